//! LMAX's Disruptor in Java, where the machine has it: `benches/lmax/`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::{Ended, run};

/// Where Debian's `libdisruptor-java` puts it; the variable `DISRUPTOR_JAR` says otherwise.
const JAR: &str = "/usr/share/java/disruptor.jar";
/// Below `benches/lmax/`.
const FILES: [&str; 6] =
    ["Growth.java", "Histogram.java", "Latency.java", "Rounds.java", "Stages.java", "Throughput.java"];
const LIMIT: Duration = Duration::from_secs(120);

/// The compiled programs.
#[derive(Clone, Debug)]
pub(crate) struct Java {
    class_path: String,
    /// Versions of Java and of the library.
    pub(crate) version: String,
}

impl Java {
    /// Compiles `benches/lmax/*.java` into a folder below `target`.
    ///
    /// # Errors
    /// What is missing, for the page.
    pub(crate) fn build(root: &Path, target: &Path) -> Result<Self, String> {
        let jar = std::env::var_os("DISRUPTOR_JAR").map_or_else(|| PathBuf::from(JAR), PathBuf::from);
        if !jar.is_file() {
            return Err(format!(
                "there is no {}: Debian's package `libdisruptor-java` has it, or DISRUPTOR_JAR names another",
                jar.display()
            ));
        }
        let classes = target.join("lmax");
        std::fs::create_dir_all(&classes).map_err(|error| format!("{}: {error}", classes.display()))?;
        let mut javac = Command::new("javac");
        javac.arg("-nowarn").arg("-cp").arg(&jar).arg("-d").arg(&classes);
        for file in FILES {
            javac.arg(root.join("benches/lmax").join(file));
        }
        match run(&mut javac, LIMIT) {
            Ended::Printed(_) => {}
            Ended::OutOfTime => return Err("javac did not end".to_owned()),
            Ended::Failed(said) => return Err(format!("javac is missing or fails: {said}")),
        }
        let class_path = format!("{}:{}", classes.display(), jar.display());
        let mut java = Self { class_path, version: String::new() };
        java.version = match run(java.command("Throughput").arg("--version"), LIMIT) {
            Ended::Printed(version) => version.trim().to_owned(),
            Ended::OutOfTime => return Err("java did not end".to_owned()),
            Ended::Failed(said) => return Err(format!("java is missing or fails: {said}")),
        };
        Ok(java)
    }

    /// A command that runs one of the programs.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("java");
        command.arg("-cp").arg(&self.class_path).arg(program);
        command
    }
}
