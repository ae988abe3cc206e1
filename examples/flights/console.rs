//! What is shown while the program runs: results on standard output; notes and, on a terminal, progress on standard error.

use std::env;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::record::Malformed;
use crate::trouble::Trouble;

/// Back to the start of the line, and clear it.
const CLEAR: &str = "\r\x1b[K";

/// How often progress is shown.
const PACE: Duration = Duration::from_millis(100);

/// Standard error. Each call writes at once what it writes, so that the stages' threads may share it.
pub(crate) struct Console {
    shows_progress: bool,
}

impl Console {
    /// The process's own. Progress is shown if it is a terminal that can clear a line.
    pub(crate) fn new() -> Self {
        let dumb = env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        Self { shows_progress: io::stderr().is_terminal() && !dumb }
    }

    /// One that shows no progress.
    #[cfg(test)]
    pub(crate) fn quiet() -> Self {
        Self { shows_progress: false }
    }

    /// Writes a line.
    pub(crate) fn note(&self, text: &str) {
        let clear = if self.shows_progress { CLEAR } else { "" };
        write_to_stderr(&format!("{clear}{text}\n"));
    }

    /// Names a malformed line.
    pub(crate) fn malformed(&self, number: u64, reason: Malformed<'_>) {
        self.note(&format!("line {number} is malformed: {reason}"));
    }

    /// Progress, cleared again when it is dropped.
    pub(crate) fn progress(&self) -> Progress {
        Progress { due: self.shows_progress.then(|| Instant::now() + PACE), shown: false }
    }
}

/// How many events there have been so far, shown ten times a second.
pub(crate) struct Progress {
    /// When it is shown next, if ever.
    due: Option<Instant>,
    shown: bool,
}

impl Progress {
    /// Shows the events so far, unless they were shown just now.
    #[inline]
    pub(crate) fn show(&mut self, events: u64) {
        let Some(due) = self.due else { return };
        let now = Instant::now();
        if now >= due {
            self.due = Some(now + PACE);
            self.shown = true;
            write_to_stderr(&format!("{CLEAR}{events} events"));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            write_to_stderr(CLEAR);
        }
    }
}

/// Writes a result to standard output.
///
/// # Errors
/// If that fails; but a reader that has gone away (`| head`) wants no more, and that is all.
pub(crate) fn print(text: &str) -> Result<(), Trouble> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Trouble::Run(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Where standard error is closed there is nobody to tell, and nothing else to do.
fn write_to_stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
