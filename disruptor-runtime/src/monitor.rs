//! A running pipeline seen from outside: cursors, backlog, free slots. Whoever looks pays; the hot path does not.

use std::fmt;

use disruptor_topology::Topology;

use crate::Sequence;
use crate::control::State;
use crate::failure::Failure;
use crate::memory::{StageWords, Watch};
use crate::observe::{FailureSnapshot, Snapshot, StageCounters, StageSnapshot, StateSnapshot};
use crate::run_plan::RunPlan;
use crate::sync::{Arc, Ordering};
use crate::word::{self, END};

/// Watches a pipeline, and can end it. Cheap to clone, and may outlive the pipeline.
#[derive(Clone)]
pub struct Monitor {
    memory: Arc<dyn Watch>,
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The stage.
    pub stage: &'static str,
    /// The sequence that it handles next: so many events it has handled. Of a shard, that of its slowest worker.
    pub cursor: Sequence,
    /// The events that are published (or, with several producers, claimed) and that it has not handled; none of a poller that was
    /// dropped and holds nobody back.
    pub backlog: usize,
    /// The events that it skipped, since its handler failed on them.
    pub skipped: u64,
    /// True once it handles no more.
    pub ended: bool,
}

impl Monitor {
    pub(crate) fn new(memory: Arc<dyn Watch>) -> Self {
        Self { memory }
    }

    /// The pipeline's name; empty if it has none.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.memory.control().pipeline
    }

    /// What is declared; of a pipeline that was built at run time, what there is now.
    #[must_use]
    pub fn topology(&self) -> &'static Topology {
        self.memory.control().roster.topology()
    }

    /// What starting the pipeline did: which thread runs which stages, where, and what could not be had.
    #[must_use]
    pub fn plan(&self) -> Arc<RunPlan> {
        self.memory.control().plan()
    }

    /// The sequence that is published next: so many events have been. With several producers this counts claims.
    #[must_use]
    pub fn published(&self) -> Sequence {
        self.memory.claimed()
    }

    /// How far each stage is, in the order of the declaration.
    #[must_use]
    pub fn stages(&self) -> Vec<Progress> {
        self.progress().into_iter().map(|(progress, _)| progress).collect()
    }

    /// How far each stage is, and the words of its workers.
    fn progress(&self) -> Vec<(Progress, Vec<usize>)> {
        // Cursors first: a backlog is then never below zero for what was read of the stages.
        let rows = self.memory.control().roster.rows();
        let mut stages: Vec<_> = (rows.into_iter())
            .map(|row| {
                let workers: Vec<_> = row.words.iter().map(|word| self.memory.words(*word)).collect();
                // Acquire: who reads a cursor here may rely on what the stage did before it moved.
                let word = |words: &StageWords| words.word.load(Ordering::Acquire);
                let skipped = |words: &StageWords| words.aside.skipped.load(Ordering::Relaxed);
                let progress = Progress {
                    stage: row.name,
                    cursor: workers.iter().map(|words| word::count(word(words))).min().unwrap_or_default(),
                    backlog: 0,
                    skipped: workers.iter().map(|words| skipped(words)).sum(),
                    ended: workers.iter().all(|words| word(words) & END != 0),
                };
                (progress, row.words)
            })
            .collect();
        let published = self.published();
        for (stage, words) in &mut stages {
            let released = words.iter().all(|word| self.memory.words(*word).aside.is_released());
            if !(stage.ended && released) {
                stage.backlog = usize::try_from(published - stage.cursor).unwrap_or(0);
            }
        }
        stages
    }

    /// How far the stage of this name is.
    #[must_use]
    pub fn stage(&self, name: &str) -> Option<Progress> {
        self.stages().into_iter().find(|progress| progress.stage == name)
    }

    /// All that there is to see, at once.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let stages = self.progress();
        let published = self.published();
        let slowest = stages.iter().map(|(stage, _)| stage.backlog).max().unwrap_or(0);
        let stages: Vec<_> = (stages.into_iter())
            .map(|(progress, words)| {
                let mut counters = StageCounters::default();
                for word in words {
                    counters.add(&self.memory.words(word).counters.read());
                }
                let Progress { stage, cursor, backlog, skipped, ended } = progress;
                counters.skipped = skipped;
                StageSnapshot { stage: stage.to_owned(), cursor, backlog, ended, counters }
            })
            .collect();
        Snapshot {
            pipeline: self.memory.control().pipeline.to_owned(),
            state: match self.memory.control().state() {
                _ if stages.iter().all(|stage| stage.ended) => StateSnapshot::Ended,
                State::Open => StateSnapshot::Running,
                State::Closing => StateSnapshot::Draining,
                State::Halted => StateSnapshot::Halting,
            },
            ring: self.ring_size(),
            published,
            free_slots: self.ring_size().saturating_sub(slowest),
            dropped: self.dropped(),
            failure: self.failure().as_ref().map(FailureSnapshot::of),
            stages,
        }
    }

    /// The slots of the ring.
    #[must_use]
    pub fn ring_size(&self) -> usize {
        self.memory.ring()
    }

    /// The slots that are free to be claimed.
    #[must_use]
    pub fn free_slots(&self) -> usize {
        let slowest = self.stages().iter().map(|progress| progress.backlog).max().unwrap_or(0);
        self.memory.ring().saturating_sub(slowest)
    }

    /// The events that were offered ([`Producer::offer`](crate::Producer::offer)) and dropped since the ring was full.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.memory.control().dropped()
    }

    /// The first failure, as soon as there is one.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        self.memory.control().failure()
    }

    /// True while the pipeline takes events, as far as it was not ended by its producers.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.memory.control().state() == State::Open
    }

    /// Tells the pipeline to take no more events, to handle what is published, and to end. Does not wait for it.
    pub fn drain(&self) {
        self.memory.close();
    }

    /// Tells every stage to stop after the batch that it is handling; see [`Running::halt`](crate::Running::halt). Does not wait
    /// for it.
    pub fn halt(&self) {
        self.memory.halt();
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor")
            .field("published", &self.published())
            .field("stages", &self.stages())
            .field("dropped", &self.dropped())
            .field("failure", &self.failure())
            .finish()
    }
}
