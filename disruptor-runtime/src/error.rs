//! The typed answers of producers, of `spawn` and of joins with a deadline.

use std::fmt;
use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::Sequence;
use crate::failure::{Cause, Failure};
use crate::running::Running;
use crate::sync::Arc;

/// The pipeline takes no more events: a stage failed, or somebody ended it.
///
/// Cheap to carry: one pointer.
#[derive(Clone, Debug)]
pub struct Closed(Arc<Why>);

#[derive(Debug)]
pub(crate) enum Why {
    Failed(Failure),
    /// The poller of this name was dropped.
    Left(&'static str),
    /// There is no sequence left.
    UsedUp,
    Ended,
    Halted,
}

impl Closed {
    pub(crate) fn new(why: Why) -> Self {
        Self(Arc::new(why))
    }

    /// The failure that closed the pipeline, unless it was closed on purpose.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match &*self.0 {
            Why::Failed(failure) => Some(failure),
            Why::Left(_) | Why::UsedUp | Why::Ended | Why::Halted => None,
        }
    }

    /// The stage that failed.
    #[must_use]
    pub fn stage(&self) -> Option<&'static str> {
        self.failure().map(Failure::stage)
    }

    /// The sequence at which it failed.
    #[must_use]
    pub fn sequence(&self) -> Option<Sequence> {
        self.failure().map(Failure::sequence)
    }

    /// Why it failed.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        self.failure().map(Failure::cause)
    }

    /// True if the pipeline was halted: what was not yet handled will not be.
    #[must_use]
    pub fn is_halted(&self) -> bool {
        matches!(&*self.0, Why::Halted)
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Why::Failed(failure) => write!(f, "the pipeline is closed: {failure}"),
            Why::Left(poller) => {
                write!(f, "the pipeline is closed: its poller `{poller}`, which was to end it, was dropped")
            }
            Why::UsedUp => f.write_str(
                "the pipeline is closed: its sequences, some 2^60, are used up: drop it and start a new one",
            ),
            Why::Ended => f.write_str("the pipeline is closed: it was told to drain and end"),
            Why::Halted => f.write_str("the pipeline is closed: it was halted"),
        }
    }
}

impl std::error::Error for Closed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.failure().map(|failure| failure as _)
    }
}

/// Why [`try_publish`](crate::Producer::try_publish) did not.
#[derive(Clone, Debug, Error)]
pub enum TryPublishError {
    /// Every slot is taken; nothing was written.
    #[error("the ring is full: the stages that hold back the producer have not freed a slot yet")]
    Full,
    /// The pipeline takes no more events.
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// Why [`publish_batch`](crate::Producer::publish_batch) did not.
#[derive(Clone, Debug, Error)]
pub enum BatchError {
    /// More slots than the ring has can never be free together.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The pipeline takes no more events.
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// Why [`try_publish_batch`](crate::Producer::try_publish_batch) did not.
#[derive(Clone, Debug, Error)]
pub enum TryBatchError {
    /// More slots than the ring has can never be free together.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// Not that many slots are free; nothing was written.
    #[error("the ring has not that many free slots yet")]
    Full,
    /// The pipeline takes no more events.
    #[error(transparent)]
    Closed(#[from] Closed),
}

impl From<TryPublishError> for TryBatchError {
    fn from(error: TryPublishError) -> Self {
        match error {
            TryPublishError::Full => Self::Full,
            TryPublishError::Closed(closed) => Self::Closed(closed),
        }
    }
}

/// Why [`publish_within`](crate::Producer::publish_within) did not.
#[derive(Clone, Debug, Error)]
pub enum TimedPublishError {
    /// Every slot was taken for all of the time; nothing was written.
    #[error(
        "no slot became free in {waited:?}: see which stage is slow (`monitor().stages()`), or enlarge the ring"
    )]
    Timeout {
        /// How long it was waited.
        waited: Duration,
    },
    /// The pipeline takes no more events.
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// Why [`publish_batch_within`](crate::Producer::publish_batch_within) did not.
#[derive(Clone, Debug, Error)]
pub enum TimedBatchError {
    /// More slots than the ring has can never be free together.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// Not that many slots were free at any time; nothing was written.
    #[error(
        "not that many slots became free in {waited:?}: see which stage is slow (`monitor().stages()`), enlarge the ring, or \
         publish in smaller batches"
    )]
    Timeout {
        /// How long it was waited.
        waited: Duration,
    },
    /// The pipeline takes no more events.
    #[error(transparent)]
    Closed(#[from] Closed),
}

impl From<TimedPublishError> for TimedBatchError {
    fn from(error: TimedPublishError) -> Self {
        match error {
            TimedPublishError::Timeout { waited } => Self::Timeout { waited },
            TimedPublishError::Closed(closed) => Self::Closed(closed),
        }
    }
}

/// A claim of more slots than the ring has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "a claim of {requested} slots can never be met by a ring of {ring}: publish in batches of at most {ring}"
)]
pub struct TooLarge {
    /// The slots asked for.
    pub requested: usize,
    /// The slots of the ring.
    pub ring: usize,
}

/// Why a stage failed that waited for room in its own ring: the room is where it stands itself, and it would wait for ever.
///
/// It is the [`Cause::Error`] of the [`Failure`], to be had by `downcast_ref`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "it publishes into its own ring, whose {ring} slots are full, and would wait for itself for ever: \
     use `try_publish` there, a larger ring, or a second pipeline"
)]
pub struct OwnRing {
    /// The slots of the ring.
    pub ring: usize,
}

/// Why a pipeline did not start. Whatever of it had started is stopped again, and no event was handled.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SpawnError {
    /// A stage was to be pinned to a core that this machine has not, or has not switched on.
    #[error("stage `{stage}` cannot be pinned to core {core}: the cores of this machine are {}", list(.cores))]
    NoSuchCore {
        /// The stage.
        stage: &'static str,
        /// The core asked for.
        core: usize,
        /// The cores that are there.
        cores: Vec<usize>,
    },
    /// The pipeline's `cores` are fewer than the threads that have no `core` of their own.
    #[error(
        "{threads} threads are to be pinned, and `cores` names {}: {}; name one a thread, or fuse stages (`a + b`)",
        .cores.len(), list(.cores)
    )]
    TooFewCores {
        /// The threads to pin.
        threads: usize,
        /// The cores named.
        cores: Vec<usize>,
    },
    /// The system did not let a stage's thread have the core it was to be pinned to.
    #[error(
        "stage `{stage}` was refused core {core}, though the machine has it: \
         see which cores this process may use (`taskset -cp $$`, cpuset of the container)"
    )]
    PinRefused {
        /// The stage.
        stage: &'static str,
        /// The core asked for.
        core: usize,
    },
    /// A pipeline that was built at run time has pollers, and somebody must be given them.
    #[error("the pipeline has pollers ({}): start it with `spawn_with_pollers`, which gives them", stages.join(", "))]
    Pollers {
        /// The pollers.
        stages: Vec<String>,
    },
    /// The pipeline's threads were to have a real-time priority that there is not.
    #[error("there is no real-time priority {priority}: choose 1 to 99")]
    NoSuchPriority {
        /// The priority asked for.
        priority: u8,
    },
    /// A stage's batch limit is 0 or above the ring.
    #[error("stage `{stage}` has `batch: {batch}`: choose 1 to {ring}, the slots of the ring")]
    BatchLimit {
        /// The stage.
        stage: &'static str,
        /// The limit asked for.
        batch: usize,
        /// The slots of the ring.
        ring: usize,
    },
    /// A stage's thread was to have a name with a NUL in it, which no thread can bear.
    #[error("stage `{stage}` cannot have a thread of the name {name:?}: leave the NUL out")]
    ThreadName {
        /// The stage.
        stage: &'static str,
        /// The name asked for.
        name: String,
    },
    /// The system gave no thread.
    #[error("no thread for stage `{stage}`: {source}")]
    Thread {
        /// The stage.
        stage: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

fn list(cores: &[usize]) -> String {
    cores.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Why [`run`](crate::Pipeline::run) has no handlers to give back.
#[derive(Debug, Error)]
pub enum RunError {
    /// The pipeline did not start.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// A stage failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// Why a join with a deadline has no handlers to give back.
pub enum JoinError<H> {
    /// A stage failed; every thread has ended.
    Failed(Failure),
    /// The deadline passed first. The pipeline is given back, to wait on or to halt.
    Overdue(Overdue<H>),
}

/// A pipeline that had not ended at a deadline.
pub struct Overdue<H> {
    /// The pipeline, still running.
    pub running: Running<H>,
    /// How long it was waited for.
    pub waited: Duration,
    /// The stages that had not ended.
    pub stages: Vec<&'static str>,
}

impl<H> fmt::Display for JoinError<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(failure) => failure.fmt(f),
            Self::Overdue(Overdue { waited, stages, .. }) => {
                write!(f, "not ended after {waited:?}: still running are the stages {}", stages.join(", "))
            }
        }
    }
}

impl<H> fmt::Debug for JoinError<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(failure) => f.debug_tuple("Failed").field(failure).finish(),
            Self::Overdue(overdue) => f
                .debug_struct("Overdue")
                .field("waited", &overdue.waited)
                .field("stages", &overdue.stages)
                .finish(),
        }
    }
}

impl<H> std::error::Error for JoinError<H> {}
