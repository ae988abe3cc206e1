//! gungraun's runner, which gungraun's benches start: it runs valgrind and reads what that has counted.

use std::process::ExitCode;

fn main() -> ExitCode {
    match gungraun_runner::runner::run::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("instructions: {error:?}");
            ExitCode::FAILURE
        }
    }
}
