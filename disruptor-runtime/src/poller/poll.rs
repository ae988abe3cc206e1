//! What a poll gives, and what its closure may.

use std::ops::ControlFlow;

use thiserror::Error;

use crate::Sequence;
use crate::error::Closed;
use crate::failure::BoxError;

/// What a poll has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// So many events were handled. It may be none, if the closure failed nowhere and several producers had given up what was
    /// there.
    Handled(usize),
    /// There are events, and those that the poller waits on have not handled them yet.
    Gated,
    /// There are no events yet.
    Idle,
}

/// Why a poll ended without being through.
#[derive(Debug, Error)]
pub enum PollError {
    /// There will be no more events: everything that the poller was to see is handled, or the pipeline was halted. The
    /// [`Closed`] says why: a failure, a halt, or neither if the stream has come to its end.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The pipeline sends no wake-ups, and the task that was to wait for events would sleep for ever.
    #[error(
        "the poller `{poller}` cannot be awaited, as nobody sends it wake-ups: give it a wait that blocks, `wait: Blocking` \
         (of a builder's `.wait(Blocking::default())`, or call `wake_ups` on the builder)"
    )]
    NoWakeUps {
        /// The poller.
        poller: &'static str,
    },
    /// The closure failed. What it had handled before is handled; this event comes again.
    #[error("the poller `{poller}` failed at sequence {sequence}: {error}")]
    Failed {
        /// The poller.
        poller: &'static str,
        /// The event.
        sequence: Sequence,
        /// What the closure returned.
        #[source]
        error: BoxError,
    },
}

/// What a poller's closure may return: nothing; a [`ControlFlow`], to stop behind this event; or a `Result` of either.
pub trait Polled {
    /// Whether to go on.
    ///
    /// # Errors
    /// The closure's own.
    fn into_flow(self) -> Result<ControlFlow<()>, BoxError>;
}

impl Polled for () {
    #[inline]
    fn into_flow(self) -> Result<ControlFlow<()>, BoxError> {
        Ok(ControlFlow::Continue(()))
    }
}

impl Polled for ControlFlow<()> {
    #[inline]
    fn into_flow(self) -> Result<Self, BoxError> {
        Ok(self)
    }
}

impl<T: Polled, X: Into<BoxError>> Polled for Result<T, X> {
    #[inline]
    fn into_flow(self) -> Result<ControlFlow<()>, BoxError> {
        self.map_err(Into::into)?.into_flow()
    }
}
