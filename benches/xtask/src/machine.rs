//! What is measured on: read from the system, so that nobody types it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::figures::Machine;

/// Describes this machine, and the commit of the tree at `root`.
pub(crate) fn describe(root: &Path, lmax: Option<String>) -> Machine {
    let dirty = said(Command::new("git").arg("-C").arg(root).args(["status", "--porcelain"]));
    let commit = said(Command::new("git").arg("-C").arg(root).args(["rev-parse", "--short=10", "HEAD"]));
    Machine {
        cpu: cpu(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default()),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        kernel: said(Command::new("uname").args(["-sr"])).unwrap_or_else(unknown),
        rustc: said(Command::new("rustc").arg("--version")).unwrap_or_else(unknown),
        lmax,
        // Where git says nothing at all, nobody knows the state of the tree either.
        commit: match (commit, dirty) {
            (Some(commit), Some(changes)) if changes.is_empty() => commit,
            (Some(commit), _) => format!("{commit} and changes that are not committed"),
            (None, _) => unknown(),
        },
    }
}

/// The day, `2026-11-21`.
pub(crate) fn today() -> String {
    said(Command::new("date").args(["-u", "+%Y-%m-%d"])).unwrap_or_else(unknown)
}

/// The load averages of 1, 5 and 15 minutes, where the system tells them.
pub(crate) fn load() -> Option<[f64; 3]> {
    load_averages(&fs::read_to_string("/proc/loadavg").ok()?)
}

fn load_averages(text: &str) -> Option<[f64; 3]> {
    let numbers: Vec<f64> = text.split(' ').map_while(|number| number.parse().ok()).collect();
    numbers.get(..3)?.try_into().ok()
}

fn cpu(cpuinfo: &str) -> String {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"));
    line.and_then(|line| line.split_once(": ")).map_or_else(unknown, |(_, name)| name.trim().to_owned())
}

fn unknown() -> String {
    "unknown".to_owned()
}

/// What a command prints, where it is there and content.
fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_is_called_what_the_kernel_calls_it() {
        assert_eq!(cpu("processor\t: 0\nmodel name\t: AMD EPYC\nmodel name\t: other\n"), "AMD EPYC");
        assert_eq!(cpu(""), "unknown");
    }

    #[test]
    fn load_averages_are_three() {
        assert_eq!(load_averages("1.50 0.75 0.25 2/144 999\n"), Some([1.5, 0.75, 0.25]));
        assert_eq!(load_averages(""), None);
    }

    #[test]
    fn a_machine_has_cores_and_a_kernel() {
        let machine = describe(Path::new(env!("CARGO_MANIFEST_DIR")), None);
        assert!(machine.cores > 0 && machine.rustc.starts_with("rustc "), "{machine:?}");
    }
}
