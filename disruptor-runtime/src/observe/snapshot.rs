//! A whole pipeline at one time, as data.

use std::fmt;

use super::StageCounters;
use crate::Sequence;
use crate::failure::Failure;
use crate::table::table;

/// A pipeline as it was when somebody looked: cursors, counters, state. Print it with `{}`; with the feature `serde` it can be
/// serialised.
///
/// While events flow its figures are of slightly different moments: cursors are read first, what is published last.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// The pipeline's name; empty if it has none.
    pub pipeline: String,
    /// What it is at.
    pub state: StateSnapshot,
    /// The slots of the ring.
    pub ring: usize,
    /// The events that were published; with several producers, claimed.
    pub published: Sequence,
    /// The slots that are free to be claimed.
    pub free_slots: usize,
    /// The events that were offered and dropped, since the ring was full.
    pub dropped: u64,
    /// The first failure, if there was one.
    pub failure: Option<FailureSnapshot>,
    /// The stages, in the order of the declaration.
    pub stages: Vec<StageSnapshot>,
}

/// A stage as it was when somebody looked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct StageSnapshot {
    /// The stage.
    pub stage: String,
    /// The sequence that it handles next. Of a shard, that of its slowest worker.
    pub cursor: Sequence,
    /// The events that are published and that it has not handled.
    pub backlog: usize,
    /// True once it handles no more.
    pub ended: bool,
    /// What it has counted.
    pub counters: StageCounters,
}

/// What a pipeline is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum StateSnapshot {
    /// Events flow, as far as its producers were not dropped.
    Running,
    /// It takes no more events and handles what is published: somebody told it to, or a stage failed.
    Draining,
    /// It was halted, and its stages are about to end.
    Halting,
    /// Every stage has ended.
    Ended,
}

/// A failure, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FailureSnapshot {
    /// The stage that failed.
    pub stage: String,
    /// The sequence at which it failed.
    pub sequence: Sequence,
    /// The name of its thread.
    pub thread: String,
    /// True if the handler panicked.
    pub panic: bool,
    /// What the error or the panic said.
    pub cause: String,
}

impl FailureSnapshot {
    pub(crate) fn of(failure: &Failure) -> Self {
        Self {
            stage: failure.stage().to_owned(),
            sequence: failure.sequence(),
            thread: failure.thread().to_owned(),
            panic: failure.is_panic(),
            cause: failure.cause().to_string(),
        }
    }
}

impl fmt::Display for StateSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "running",
            Self::Draining => "draining",
            Self::Halting => "halting",
            Self::Ended => "ended",
        })
    }
}

impl fmt::Display for FailureSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.panic { "panicked" } else { "failed" };
        write!(f, "stage `{}` {verb} at sequence {}: {}", self.stage, self.sequence, self.cause)
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.pipeline.is_empty() { "pipeline" } else { &self.pipeline };
        let Self { state, published, free_slots, dropped, ring, .. } = self;
        writeln!(
            f,
            "{name}: {state}, {published} published, {dropped} dropped, {free_slots} of {ring} slots free"
        )?;
        let rows: Vec<_> = (self.stages.iter())
            .map(|row| {
                let counters = &row.counters;
                [
                    row.stage.clone(),
                    if row.ended { "ended" } else { "running" }.to_owned(),
                    row.cursor.to_string(),
                    row.backlog.to_string(),
                    counters.events.to_string(),
                    counters.batches.to_string(),
                    counters.waits.to_string(),
                    counters.parks.to_string(),
                    counters.rests.to_string(),
                    counters.faults.to_string(),
                    counters.skipped.to_string(),
                    counters.retries.to_string(),
                ]
            })
            .collect();
        let heading = [
            "stage", "state", "cursor", "backlog", "events", "batches", "waits", "parks", "rests", "faults",
            "skipped", "retries",
        ];
        table(f, heading, &rows)?;
        self.failure.iter().try_for_each(|failure| writeln!(f, "failure: {failure}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_a_table_with_the_failure_below() {
        let stage = |stage: &str, cursor, backlog, ended, events| StageSnapshot {
            stage: stage.to_owned(),
            cursor,
            backlog,
            ended,
            counters: StageCounters {
                events,
                batches: 12,
                waits: 3,
                rests: 7,
                faults: 1,
                ..StageCounters::default()
            },
        };
        let snapshot = Snapshot {
            pipeline: "orders".to_owned(),
            state: StateSnapshot::Draining,
            ring: 64,
            published: 1000,
            free_slots: 4,
            dropped: 2,
            failure: Some(FailureSnapshot {
                stage: "risk".to_owned(),
                sequence: 940,
                thread: "orders/risk".to_owned(),
                panic: false,
                cause: "limit".to_owned(),
            }),
            stages: vec![stage("journal", 1000, 0, false, 1000), stage("risk", 940, 60, true, 900)],
        };
        let told = "\
orders: draining, 1000 published, 2 dropped, 4 of 64 slots free
stage    state    cursor  backlog  events  batches  waits  parks  rests  faults  skipped  retries
journal  running    1000        0    1000       12      3      0      7       1        0        0
risk     ended       940       60     900       12      3      0      7       1        0        0
failure: stage `risk` failed at sequence 940: limit
";
        assert_eq!(snapshot.to_string(), told);
    }
}
