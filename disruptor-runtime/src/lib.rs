//! The runtime of event pipelines on one pre-allocated ring, after the LMAX Disruptor.
//!
//! Pipelines are declared with the `disruptor!` macro of the crate `disruptor-pipeline`, which also re-exports what is public
//! here. This crate holds what the macro's expansion calls: the ring and its words, barriers as types,
//! waits, producers and the loops of the stages.
//!
//! | module | what stands there |
//! |---|---|
//! | `word`, `memory` | the words in which progress, ends and halts travel; the core that holds them and the ring |
//! | `publication` | how one or many producers claim and publish |
//! | `barrier` | on what a stage waits, as a type |
//! | [`wait`] | what is done meanwhile |
//! | `producer` | claiming, writing in place, publishing |
//! | `stage` | handlers, how they are called, the loop that calls them, and what it does about errors |
//! | `poller` | stages that a thread of the user's drives |
//! | `plan`, `placement`, `pipeline`, `running`, `monitor` | from a declaration to threads, and back |
//! | [`dynamic`], `roster` | pipelines that are built at run time, and which stages a pipeline has |
//! | `own` | a stage that would wait for itself |
//! | `signal`, `asymmetric` | how those who park are woken, and none is missed |
//! | `observe` | counters, snapshots, metrics |
//! | `sync` | the one place from which atomics, cells, locks and threads come; `model`: the checks of what is made of them |
//! | `run_plan`, `table` | what starting did, as data and as a table |
//! | `control`, `failure`, `fatal`, `error` | the pipeline's state and its first failure, and what everybody is told of them |

// What `run` needs, and what the machine is asked, is not part of a model.
#![cfg_attr(any(loom, shuttle), allow(dead_code, unused_imports))]

mod asymmetric;
mod barrier;
mod control;
pub mod dynamic;
mod error;
mod failure;
mod fatal;
mod memory;
#[cfg(all(loom, test))]
mod model;
mod monitor;
mod observe;
mod own;
mod pipeline;
mod placement;
mod plan;
mod poller;
mod producer;
mod publication;
mod roster;
mod run_plan;
mod running;
mod signal;
mod stage;
mod sync;
mod table;
pub mod wait;
mod word;

pub use disruptor_topology::{Producers, StageRow, Topology};
pub use dynamic::Builder;
pub use error::{
    BatchError, Closed, JoinError, Overdue, OwnRing, RunError, SpawnError, TimedBatchError,
    TimedPublishError, TooLarge, TryBatchError, TryPublishError,
};
pub use failure::{BoxError, Cause, Failure, Panic};
pub use fatal::Fatal;
pub use monitor::{Monitor, Progress};
#[cfg(feature = "prometheus")]
pub use observe::Metrics;
pub use observe::{BatchSizes, FailureSnapshot, Snapshot, StageCounters, StageSnapshot, StateSnapshot};
pub use pipeline::Pipeline;
#[cfg(feature = "async")]
pub use poller::Polling;
pub use poller::{OnDrop, Poll, PollError, Polled, Poller, Take};
pub use producer::{Batch, Claim, Offered, Overflow, Producer, Publisher, Translate, TranslateEach};
#[cfg(feature = "async")]
pub use producer::{Publishing, PublishingBatch};
pub use run_plan::{RunPlan, Scheduling, ThreadPlan, Warning};
pub use running::Running;
pub use stage::{
    All, Decision, Fault, Handler, HandlerMut, HandlerResult, OnError, Outcome, Release, Retry, Skip, Stop,
};

/// The place of an event in the stream: the first has 0.
///
/// Sequences never wrap: at one event a nanosecond their 60 bits last 36 years, and a claim beyond them is refused with [`Closed`].
pub type Sequence = i64;

/// What the macro's expansion calls. Not for use by hand: its promises are kept by the macro's checks.
#[doc(hidden)]
pub mod __private {
    // What the expansion needs of the standard library, so that nobody's crate of the name `core` stands in for it.
    pub use std::clone::Clone;
    pub use std::hash::Hash;
    pub use std::marker::Send;
    pub use std::ptr::{from_mut, from_ref};

    pub use disruptor_topology::{Producers, StageRow, Topology};

    pub use crate::barrier::{After, Head, Released, Unheld, Workers};
    pub use crate::memory::{Core, Memory};
    pub use crate::pipeline::{
        Collect, Named, Pipeline, Stages, multi, refused_multi, refused_single, single,
    };
    pub use crate::plan::{Plan, collected, collected_beside};
    pub use crate::poller::{
        NoPollers, OnDrop, PolledConfig, Poller, View, WholeEvent, polled, polled_by, polled_field,
        polled_shared_by, polled_shared_field,
    };
    pub use crate::producer::{Claims, Overflow, Producer};
    pub use crate::publication::{Multi, Single};
    pub use crate::stage::{
        Apply, Bound, ByEvent, Copied, EventKey, Events, Given, GivenHandler, GivenHandlerMut, HandleMut,
        Handler, InTurn, Keep, KeyFunction, Kind, Known, Listed, Made, Movable, MovableFactory, Outcome,
        ReadTogether, Retry, Returned, Ring, SeenByAll, Share, Skip, Stage, StageConfig, Stop, by_event,
        by_hash, by_mut, by_mut_made, by_ref, by_ref_fn, by_ref_fn_made, by_ref_made, by_value, each,
        each_committing, event, given, initial, kind, made, on_error, policy, project, retry, ring, shard,
        shared, slices, slots, unknown, wait,
    };
    pub use crate::wait::{
        Blocking, BusySpin, LiteBlocking, PhasedBackoff, Sleeping, SpinHint, TimeoutBlocking, Wait, Waiters,
        Yielding, names,
    };

    pub use crate::Sequence;

    /// A row of a topology, on one line.
    #[must_use]
    pub const fn row(
        name: &'static str,
        after: &'static [usize],
        gates: bool,
        access: &'static [&'static str],
    ) -> StageRow {
        StageRow { name, after, gates, access, workers: 1 }
    }

    /// The same stage, so many times.
    ///
    /// # Panics
    /// If that is not at all: a compile error, since this is called in constants.
    #[must_use]
    #[track_caller]
    pub const fn shard_of(workers: usize, row: StageRow) -> StageRow {
        assert!(workers > 0, "a shard must have a worker: write `[work; 1]`, or `work` alone");
        StageRow { workers, ..row }
    }
}
