//! Who takes part: the programs of `benches/compare`, and LMAX's Disruptor in Java.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::java::Java;
use crate::process::{Ended, run};

/// This project, as `contender --list` calls it.
pub(crate) const OWN: &str = "disruptor!";
/// The hand-written loops.
pub(crate) const LIMIT: &str = "limit";
/// LMAX's Disruptor in Java.
pub(crate) const LMAX: &str = "lmax";
/// disruptor-rs with a yielding wait, and with its own spin hint: the better one counts.
pub(crate) const DISRUPTOR_RS: &str = "disruptor-rs";
pub(crate) const DISRUPTOR_RS_SPIN: &str = "disruptor-rs-spin";

/// The order in which tables and legends show them; who is not named here comes last.
const ORDER: [&str; 8] =
    [OWN, LIMIT, DISRUPTOR_RS, DISRUPTOR_RS_SPIN, LMAX, "crossbeam", "sync_channel", "rtrb"];

/// Where a contender stands in tables.
pub(crate) fn place(contender: &str) -> usize {
    ORDER.iter().position(|known| *known == contender).unwrap_or(ORDER.len())
}

/// The programs, built.
pub(crate) struct Contenders {
    programs: Vec<(String, PathBuf)>,
    pub(crate) java: Result<Java, String>,
}

impl Contenders {
    /// Builds `benches/compare` and, where it can be, `benches/lmax`.
    ///
    /// # Errors
    /// What cargo says when it fails. That Java is missing is none: it is kept for the page.
    pub(crate) fn build(root: &Path) -> Result<Self, String> {
        let manifest = root.join("benches/compare/Cargo.toml");
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["build", "--release", "--bins", "--locked", "--message-format=json-render-diagnostics"])
            .arg("--manifest-path")
            .arg(&manifest)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("cargo does not start: {error}"))?;
        if !output.status.success() {
            return Err(format!("{} does not build: cargo says above why", manifest.display()));
        }
        let programs = executables(&String::from_utf8_lossy(&output.stdout));
        for needed in ["contender", "growth", "latency"] {
            if !programs.iter().any(|(name, _)| name == needed) {
                return Err(format!("{} has no program `{needed}`", manifest.display()));
            }
        }
        let folder = programs[0].1.parent().unwrap_or(root);
        let java = Java::build(root, folder);
        Ok(Self { programs, java })
    }

    /// A command that runs one of the programs of `benches/compare`.
    pub(crate) fn command(&self, program: &str) -> Command {
        let path = self.programs.iter().find(|(name, _)| name == program).map(|(_, path)| path);
        Command::new(path.expect("it was looked for when it was built"))
    }

    /// Who can do what by `PROGRAM --list`: pairs of contender and shape.
    ///
    /// # Errors
    /// What the program says, when it fails.
    pub(crate) fn list(
        &self,
        program: &str,
        limit: std::time::Duration,
    ) -> Result<Vec<(String, String)>, String> {
        let mut list = listed(run(self.command(program).arg("--list"), limit), program)?;
        if let Ok(java) = &self.java {
            let name = match program {
                "contender" => "Throughput",
                "growth" => "Growth",
                _ => "Latency",
            };
            list.extend(listed(run(java.command(name).arg("--list"), limit), name)?);
        }
        list.sort_by_key(|(contender, _)| place(contender));
        Ok(list)
    }
}

fn listed(ended: Ended, program: &str) -> Result<Vec<(String, String)>, String> {
    let text = match ended {
        Ended::Printed(text) => text,
        Ended::OutOfTime => return Err(format!("`{program} --list` does not end")),
        Ended::Failed(said) => return Err(format!("`{program} --list` fails: {said}")),
    };
    let pairs = text.lines().filter_map(|line| line.trim().split_once(' '));
    Ok(pairs.map(|(contender, shape)| (contender.to_owned(), shape.trim().to_owned())).collect())
}

/// Names and places of the programs that cargo has built, from its messages.
fn executables(messages: &str) -> Vec<(String, PathBuf)> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    messages
        .filter_map(|message| {
            let path = message.get("executable")?.as_str()?;
            let name = message.get("target")?.get("name")?.as_str()?;
            Some((name.to_owned(), PathBuf::from(path)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_what_cargo_says() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"compare"},"executable":null}
not a message
{"reason":"compiler-artifact","target":{"name":"contender"},"executable":"/t/release/contender"}"#;
        assert_eq!(executables(messages), [("contender".to_owned(), PathBuf::from("/t/release/contender"))]);
    }

    #[test]
    fn lists_are_pairs() {
        let printed = Ended::Printed("limit unicast\nrtrb pipeline\n".to_owned());
        let pairs = listed(printed, "contender").expect("it was printed");
        assert_eq!(pairs[1], ("rtrb".to_owned(), "pipeline".to_owned()));
        assert!(listed(Ended::OutOfTime, "contender").is_err());
    }

    #[test]
    fn own_comes_first_and_who_is_not_known_last() {
        assert!(place(OWN) < place(LIMIT) && place("rtrb") < place("newcomer"));
    }
}
