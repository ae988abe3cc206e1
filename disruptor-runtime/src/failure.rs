//! What went wrong in a stage, and what everybody else learns of it.

use std::any::Any;
use std::error::Error;
use std::fmt;

use crate::Sequence;
use crate::sync::{Arc, Mutex, lock, thread};

/// Any error that a handler may return.
pub type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// The first failure of a pipeline: which stage, at which sequence, on which thread, and why.
///
/// Cloning is cheap; all clones are the same failure.
#[derive(Clone)]
pub struct Failure(Arc<Parts>);

struct Parts {
    stage: &'static str,
    sequence: Sequence,
    thread: String,
    cause: Cause,
}

/// Why a stage failed.
pub enum Cause {
    /// The handler returned this error, and the stage's `on_error` did not help.
    Error(BoxError),
    /// The handler panicked.
    Panic(Panic),
}

/// A panic of a handler: its message, and the payload until somebody takes it.
pub struct Panic {
    message: String,
    payload: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Failure {
    pub(crate) fn new(stage: &'static str, sequence: Sequence, cause: Cause) -> Self {
        let thread = thread::current().name().unwrap_or("unnamed").to_owned();
        Self(Arc::new(Parts { stage, sequence, thread, cause }))
    }

    /// The stage that failed.
    #[must_use]
    pub fn stage(&self) -> &'static str {
        self.0.stage
    }

    /// The event that it failed at; for a handler of whole slices, the slice's first.
    #[must_use]
    pub fn sequence(&self) -> Sequence {
        self.0.sequence
    }

    /// The name of the thread on which it failed.
    #[must_use]
    pub fn thread(&self) -> &str {
        &self.0.thread
    }

    /// Why it failed.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// True if the handler panicked, false if it returned an error.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        matches!(self.0.cause, Cause::Panic(_))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.is_panic() { "panicked" } else { "failed" };
        write!(f, "stage `{}` {verb} at sequence {}: {}", self.stage(), self.sequence(), self.cause())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("stage", &self.stage())
            .field("sequence", &self.sequence())
            .field("thread", &self.thread())
            .field("cause", self.cause())
            .finish()
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0.cause {
            Cause::Error(error) => Some(error.as_ref()),
            Cause::Panic(_) => None,
        }
    }
}

impl Cause {
    pub(crate) fn panic(payload: Box<dyn Any + Send>) -> Self {
        let message = if let Some(text) = payload.downcast_ref::<&str>() {
            (*text).to_owned()
        } else if let Some(text) = payload.downcast_ref::<String>() {
            text.clone()
        } else {
            "a panic whose payload is not a text".to_owned()
        };
        Self::Panic(Panic { message, payload: Mutex::new(Some(payload)) })
    }
}

impl Panic {
    /// The panic's text.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The payload, for [`std::panic::resume_unwind`]; the first call gets it.
    pub fn take_payload(&self) -> Option<Box<dyn Any + Send>> {
        lock(&self.payload).take()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => error.fmt(f),
            Self::Panic(panic) => f.write_str(panic.message()),
        }
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => f.debug_tuple("Error").field(error).finish(),
            Self::Panic(panic) => f.debug_tuple("Panic").field(&panic.message()).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_stage_sequence_and_cause() {
        let failure = Failure::new("risk", 41, Cause::Error("limit exceeded".into()));
        assert_eq!(failure.to_string(), "stage `risk` failed at sequence 41: limit exceeded");
        assert_eq!(failure.source().expect("an error has a source").to_string(), "limit exceeded");
        assert!(!failure.is_panic());
    }

    #[test]
    fn a_panic_keeps_its_text_and_gives_its_payload_once() {
        let failure = Failure::new("risk", 7, Cause::panic(Box::new("went wrong".to_owned())));
        assert_eq!(failure.to_string(), "stage `risk` panicked at sequence 7: went wrong");
        let Cause::Panic(panic) = failure.cause() else { panic!("a panic") };
        let payload = panic.take_payload().expect("the payload");
        assert_eq!(payload.downcast_ref::<String>().map(String::as_str), Some("went wrong"));
        assert!(panic.take_payload().is_none());
    }
}
