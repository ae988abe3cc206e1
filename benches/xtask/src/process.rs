//! A process with a limit of time.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How a process came to its end.
#[derive(Debug, PartialEq)]
pub(crate) enum Ended {
    /// By itself, in order: what it printed.
    Printed(String),
    /// It was stopped when its time was up.
    OutOfTime,
    /// With another exit code than 0, or it could not be started: what it said.
    Failed(String),
}

/// Runs a command for as long as `limit` at most. While it runs, nothing here takes a core's time.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Ended {
    let deadline = Instant::now() + limit;
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => return Ended::Failed(format!("{command:?} does not start: {error}")),
    };
    let printed = collected(child.stdout.take());
    let said = collected(child.stderr.take());
    let text = match printed.recv_timeout(limit) {
        Ok(text) => text,
        Err(RecvTimeoutError::Timeout) => return stopped(&mut child),
        Err(RecvTimeoutError::Disconnected) => String::new(),
    };
    // It has closed its output, and will be gone in a moment; if not, its time runs on.
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ended::Printed(text),
            Ok(Some(status)) => {
                let said = said.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
                return Ended::Failed(format!("{status}: {}", said.trim()));
            }
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(1)),
            Ok(None) => return stopped(&mut child),
            Err(error) => return Ended::Failed(format!("{command:?}: {error}")),
        }
    }
}

fn stopped(child: &mut Child) -> Ended {
    // Both fail only if it has ended by itself, and then it has been too late, too.
    let _ = child.kill();
    let _ = child.wait();
    Ended::OutOfTime
}

/// Reads all of a pipe on a thread of its own, which sleeps in the kernel meanwhile.
fn collected(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What came before an error is what there is.
            let _ = pipe.read_to_end(&mut bytes);
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Ended {
        run(Command::new("sh").args(["-c", script]), limit)
    }

    const LONG: Duration = Duration::from_secs(120);

    #[test]
    fn what_is_printed_comes_back() {
        assert_eq!(shell("echo 12.5", LONG), Ended::Printed("12.5\n".to_owned()));
    }

    #[test]
    fn a_failure_says_what_it_said() {
        let Ended::Failed(said) = shell("echo wrong sum >&2; exit 3", LONG) else { panic!("it failed") };
        assert!(said.contains("wrong sum") && said.contains('3'), "{said}");
        assert!(matches!(run(&mut Command::new("/nonexistent"), LONG), Ended::Failed(_)));
    }

    #[test]
    fn who_does_not_end_is_stopped() {
        let begun = Instant::now();
        assert_eq!(shell("exec sleep 600", Duration::from_millis(200)), Ended::OutOfTime);
        assert!(begun.elapsed() < Duration::from_secs(60));
        // Nor does it help to close the output.
        assert_eq!(shell("exec sleep 600 >&-", Duration::from_millis(200)), Ended::OutOfTime);
    }
}
