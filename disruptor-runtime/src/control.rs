//! What a pipeline's threads share beside the hot words: its state, its first failure, and who is still running.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use disruptor_topology::Topology;

use crate::error::{Closed, Why};
use crate::failure::Failure;
use crate::sync::{AtomicU32, AtomicU64, Condvar, Mutex, Ordering, PoisonError, lock};

/// The states in which a pipeline can be; it only ever moves on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub(crate) enum State {
    /// Events flow.
    Open = 0,
    /// No more events are taken; what is published is handled.
    Closing = 1,
    /// No more events are taken, and none is handled.
    Halted = 2,
}

/// Drops what is the user's, also if that panics: whoever ends a stage goes on ending it.
pub(crate) fn drop_quietly<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        // Its own drop could panic again.
        std::mem::forget(payload);
    }
}

/// The cold part of a pipeline's memory.
#[derive(Debug)]
pub struct Control {
    pub(crate) topology: &'static Topology,
    state: AtomicU32,
    failure: Mutex<Option<Failure>>,
    running: Mutex<Vec<bool>>,
    ended: Condvar,
    /// Events that were offered and dropped since the ring was full.
    dropped: AtomicU64,
}

impl Control {
    pub(crate) fn new(topology: &'static Topology) -> Self {
        Self {
            topology,
            state: AtomicU32::new(State::Open as u32),
            failure: Mutex::new(None),
            running: Mutex::new(vec![false; topology.threads()]),
            ended: Condvar::new(),
            dropped: AtomicU64::new(0),
        }
    }

    pub(crate) fn state(&self) -> State {
        // Pairs with `advance`: who sees a state sees what was published before it was set.
        match self.state.load(Ordering::Acquire) {
            0 => State::Open,
            1 => State::Closing,
            _ => State::Halted,
        }
    }

    /// Moves to `state`, unless the pipeline is there or beyond.
    pub(crate) fn advance(&self, state: State) {
        // Release: pairs with `state`. Acquire: a later closer's view includes an earlier one's.
        self.state.fetch_max(state as u32, Ordering::AcqRel);
    }

    /// Keeps the failure if it is the first.
    pub(crate) fn record(&self, failure: Failure) {
        let mut kept = lock(&self.failure);
        let surplus = if kept.is_none() {
            *kept = Some(failure);
            None
        } else {
            Some(failure)
        };
        drop(kept);
        // Outside of the lock: the error is the user's, and its drop may ask for the failure that was kept, or panic.
        drop_quietly(surplus);
    }

    pub(crate) fn failure(&self) -> Option<Failure> {
        lock(&self.failure).clone()
    }

    /// What a producer is told once the pipeline takes no more.
    pub(crate) fn closed(&self) -> Closed {
        Closed::new(match (self.failure(), self.state()) {
            (Some(failure), _) => Why::Failed(failure),
            (None, State::Halted) => Why::Halted,
            (None, _) => Why::Ended,
        })
    }

    /// Counts events that were dropped.
    pub(crate) fn drop_events(&self, count: usize) {
        // Relaxed: a count, and nothing behind it.
        self.dropped.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// The events that were dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Notes that a stage's thread, of which this is the word, is about to start.
    pub(crate) fn started(&self, word: usize) {
        lock(&self.running)[word] = true;
    }

    /// Notes that a stage's thread has done its last.
    pub(crate) fn ended(&self, word: usize) {
        lock(&self.running)[word] = false;
        self.ended.notify_all();
    }

    /// Waits until no stage runs, or until the limit has passed; gives the stages that still run.
    pub(crate) fn wait_for_end(&self, limit: Option<Duration>) -> Vec<&'static str> {
        let begun = Instant::now();
        let mut running = lock(&self.running);
        while running.contains(&true) {
            let left = limit.map(|limit| limit.saturating_sub(begun.elapsed()));
            if left == Some(Duration::ZERO) {
                break;
            }
            running = match left {
                None => self.ended.wait(running).unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    self.ended.wait_timeout(running, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        let running = running.iter().enumerate().filter(|(_, running)| **running);
        let mut stages: Vec<_> = running.map(|(word, _)| self.topology.stage_of(word)).collect();
        stages.dedup();
        stages.into_iter().map(|stage| self.topology.stages[stage].name).collect()
    }
}
