//! Faults for tests: every step that touches the disk has a name, and can be made to fail or to kill the process.
//!
//! In a child process the environment says what happens, since it must be in force from the first step on:
//! - `JOURNAL_FAULTS=record:FILE` writes each step that is reached to a file, a line each;
//! - `JOURNAL_FAULTS=kill:STEP:n` kills the process with SIGKILL when a step is reached for the n-th time, counted from 1.
//!
//! In the test's own process [`fail`] arms a step for a directory.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

enum Environment {
    Nothing,
    Record(Mutex<File>),
    Kill { step: String, pass: u64, counts: Mutex<u64> },
}

struct Rule {
    directory: PathBuf,
    step: String,
    /// How many times the step still goes well.
    passes: u64,
    errno: i32,
}

static RULES: Mutex<Vec<Rule>> = Mutex::new(Vec::new());
static REACHED: Mutex<Option<HashMap<String, u64>>> = Mutex::new(None);

/// Has a step in this directory fail with this error of the system's, after it has gone well `passes` times; from then on each time.
///
/// The step's name is what is done and how far it is: `frame.write.before`.
pub fn fail(directory: &Path, step: &str, passes: u64, errno: i32) {
    let rule = Rule { directory: directory.to_owned(), step: step.to_owned(), passes, errno };
    lock(&RULES).push(rule);
}

/// Has all steps in this directory go well again.
pub fn mend(directory: &Path) {
    lock(&RULES).retain(|rule| rule.directory != directory);
}

/// Counts the steps from now on.
pub fn count() {
    *lock(&REACHED) = Some(HashMap::new());
}

/// How often each step was reached since [`count`].
#[must_use]
pub fn counted() -> HashMap<String, u64> {
    lock(&REACHED).clone().unwrap_or_default()
}

/// True if something happens when a step is reached: then it is to find what a step that is broken off leaves.
pub(crate) fn is_armed(path: &Path, what: &'static str, when: &'static str) -> bool {
    let step = format!("{what}.{when}");
    matches!(environment(), Environment::Kill { step: armed, .. } if *armed == step)
        || lock(&RULES).iter().any(|rule| path.starts_with(&rule.directory) && rule.step == step)
}

/// A step has been reached.
pub(crate) fn reached(path: &Path, what: &'static str, when: &'static str) -> io::Result<()> {
    let step = format!("{what}.{when}");
    match environment() {
        Environment::Nothing => {}
        Environment::Record(file) => writeln!(lock(file), "{step}")?,
        Environment::Kill { step: armed, pass, counts } => {
            if *armed == step {
                let mut count = lock(counts);
                *count += 1;
                if *count == *pass {
                    kill();
                }
            }
        }
    }
    if let Some(counts) = &mut *lock(&REACHED) {
        *counts.entry(step.clone()).or_default() += 1;
    }
    for rule in lock(&RULES).iter_mut().filter(|rule| path.starts_with(&rule.directory) && rule.step == step)
    {
        match rule.passes.checked_sub(1) {
            Some(left) => rule.passes = left,
            None => return Err(io::Error::from_raw_os_error(rule.errno)),
        }
    }
    Ok(())
}

fn environment() -> &'static Environment {
    static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let Ok(text) = std::env::var("JOURNAL_FAULTS") else { return Environment::Nothing };
        match text.split(':').collect::<Vec<_>>()[..] {
            ["record", file] => {
                let file = OpenOptions::new().create(true).append(true).open(file);
                Environment::Record(Mutex::new(file.expect("a file to record to")))
            }
            ["kill", step, pass] => Environment::Kill {
                step: step.to_owned(),
                pass: pass.parse().expect("a number"),
                counts: Mutex::new(0),
            },
            _ => panic!("JOURNAL_FAULTS={text}"),
        }
    })
}

fn kill() -> ! {
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)
        .expect("a process may kill itself");
    // The signal ends it before it comes to anything.
    loop {
        std::thread::park();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
