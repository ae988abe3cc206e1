//! A program of this package, run.

use std::process::Command;

/// Its exit code, what it printed, and what it said on the side.
pub(crate) fn ran(program: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(program).args(arguments).output().expect("it starts");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}
