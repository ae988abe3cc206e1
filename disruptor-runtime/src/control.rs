//! What a pipeline's threads share beside the hot words: its state, its first failure, and who is still running.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::error::{Closed, Why};
use crate::failure::Failure;
use crate::observe::trace;
use crate::roster::Roster;
use crate::run_plan::RunPlan;
use crate::sync::{Arc, AtomicU32, Condvar, Mutex, MutexGuard, Ordering, PoisonError, Tally, lock, thread};

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

/// Why a pipeline ended by itself.
#[derive(Clone, Copy, Debug)]
enum Left {
    /// The poller of this name was dropped.
    Poller(&'static str),
    /// There is no sequence left.
    NoSequence,
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
    /// The pipeline's name.
    pub(crate) pipeline: &'static str,
    pub(crate) roster: Roster,
    state: AtomicU32,
    failure: Mutex<Option<Failure>>,
    plan: Mutex<Arc<RunPlan>>,
    running: Mutex<Starts>,
    /// The stages that run. Ahead of `running`, so that who ends last can say so before anybody who waits goes on.
    alive: Tally,
    ended: Condvar,
    /// The threads of stages that were added while the pipeline runs, with what the stages are known by.
    added: Mutex<Vec<(u64, thread::JoinHandle<()>)>>,
    /// What has ended the pipeline, if it was no stage and nobody who was asked to.
    left: Mutex<Option<Left>>,
    /// Events that were offered and dropped since the ring was full.
    dropped: Tally,
}

/// Which starts of stages run. Words are used again, so that a word alone does not say of which stage it is.
#[derive(Debug)]
struct Starts {
    /// How many there have been.
    count: u64,
    /// Of each word the number of the start that runs on it, from 1 on; 0 if none does.
    on: Vec<u64>,
}

impl Control {
    pub(crate) fn new(roster: Roster) -> Self {
        Self {
            running: Mutex::new(Starts { count: 0, on: vec![0; roster.capacity()] }),
            pipeline: roster.pipeline(),
            roster,
            state: AtomicU32::new(State::Open as u32),
            failure: Mutex::new(None),
            plan: Mutex::new(Arc::default()),
            alive: Tally::new(0),
            ended: Condvar::new(),
            added: Mutex::new(Vec::new()),
            left: Mutex::new(None),
            dropped: Tally::new(0),
        }
    }

    #[inline]
    pub(crate) fn state(&self) -> State {
        // Pairs with `advance`: who sees a state sees what was published before it was set.
        match self.state.load(Ordering::Acquire) {
            0 => State::Open,
            1 => State::Closing,
            _ => State::Halted,
        }
    }

    /// Moves to `state`, unless the pipeline is there or beyond. True if that is news for a stage that still runs.
    pub(crate) fn advance(&self, state: State) -> bool {
        // Release: pairs with `state`. Acquire: a later closer's view includes an earlier one's.
        let before = self.state.fetch_max(state as u32, Ordering::AcqRel);
        before < state as u32 && self.alive.load(Ordering::Relaxed) != 0
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

    /// Notes what was started: all of the pipeline, or more of it.
    pub(crate) fn set_plan(&self, plan: RunPlan) {
        let mut known = lock(&self.plan);
        if known.threads.is_empty() {
            *known = Arc::new(plan);
        } else {
            Arc::make_mut(&mut known).threads.extend(plan.threads);
            Arc::make_mut(&mut known).warnings.extend(plan.warnings);
        }
    }

    /// Takes the thread of this stage or worker out of the plan.
    pub(crate) fn leave_plan(&self, label: &str) {
        let mut known = lock(&self.plan);
        Arc::make_mut(&mut known).threads.retain(|thread| !thread.stages.iter().any(|stage| stage == label));
    }

    pub(crate) fn plan(&self) -> Arc<RunPlan> {
        Arc::clone(&lock(&self.plan))
    }

    /// What a producer is told once the pipeline takes no more.
    pub(crate) fn closed(&self) -> Closed {
        Closed::new(match (self.failure(), self.state(), *lock(&self.left)) {
            (Some(failure), ..) => Why::Failed(failure),
            (None, State::Halted, _) => Why::Halted,
            (None, _, Some(Left::Poller(poller))) => Why::Left(poller),
            (None, _, Some(Left::NoSequence)) => Why::UsedUp,
            (None, _, None) => Why::Ended,
        })
    }

    /// Keeps the name of the poller whose drop ends the pipeline, if it is open.
    pub(crate) fn leave(&self, poller: &'static str) {
        self.left_by(Left::Poller(poller));
    }

    /// Notes that the pipeline ends for want of sequences, if it is open.
    pub(crate) fn use_up(&self) {
        self.left_by(Left::NoSequence);
    }

    fn left_by(&self, left: Left) {
        if self.state() == State::Open {
            lock(&self.left).get_or_insert(left);
        }
    }

    /// Keeps the thread of a stage that was added, to be joined.
    pub(crate) fn keep_thread(&self, id: u64, thread: thread::JoinHandle<()>) {
        lock(&self.added).push((id, thread));
    }

    /// The threads of the stage that is known by this, which was added.
    pub(crate) fn threads_of(&self, id: u64) -> Vec<thread::JoinHandle<()>> {
        let mut added = lock(&self.added);
        added.extract_if(.., |(of, _)| *of == id).map(|(_, thread)| thread).collect()
    }

    /// The threads of all stages that were added.
    pub(crate) fn added_threads(&self) -> Vec<thread::JoinHandle<()>> {
        lock(&self.added).drain(..).map(|(_, thread)| thread).collect()
    }

    /// True on the thread of a stage that was added.
    pub(crate) fn is_added_thread(&self) -> bool {
        let own = thread::current().id();
        lock(&self.added).iter().any(|(_, thread)| thread.thread().id() == own)
    }

    /// Counts events that were dropped.
    pub(crate) fn drop_events(&self, count: usize) {
        // Relaxed: a count, and nothing behind it.
        let before = self.dropped.fetch_add(count as u64, Ordering::Relaxed);
        let after = before + count as u64;
        // At the first, and then whenever they have doubled: a feed that is dropped from may be dropped from at any rate.
        if before.checked_ilog2() != after.checked_ilog2() {
            trace::dropped(self.pipeline, after);
        }
    }

    /// The events that were dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Notes that a stage's thread, of which this is the word, is about to start.
    pub(crate) fn started(&self, word: usize) {
        self.alive.fetch_add(1, Ordering::Relaxed);
        let mut running = lock(&self.running);
        running.count += 1;
        running.on[word] = running.count;
    }

    /// Notes that a stage's thread has done its last.
    pub(crate) fn ended(&self, word: usize) {
        // Relaxed: what is counted is who comes last, and nothing is read by it. A pipeline that never started does not end.
        if self.alive.fetch_sub(1, Ordering::Relaxed) == 1 && !self.plan().threads.is_empty() {
            trace::ended(self.pipeline);
        }
        lock(&self.running).on[word] = 0;
        self.ended.notify_all();
    }

    /// Waits until no stage runs, or until the limit has passed; gives the stages that still run.
    pub(crate) fn wait_for_end(&self, limit: Option<Duration>) -> Vec<&'static str> {
        let running = self.wait_while(limit, |running| running.on.iter().any(|start| *start != 0));
        let words: Vec<_> = (0..running.on.len()).filter(|word| running.on[*word] != 0).collect();
        // The roster has a lock of its own.
        drop(running);
        let mut stages: Vec<_> = words.into_iter().map(|word| self.roster.name_of(word)).collect();
        stages.dedup();
        stages
    }

    /// The starts that run on these words, to be waited for.
    pub(crate) fn starts(&self, words: &[usize]) -> Vec<(usize, u64)> {
        let running = lock(&self.running);
        words.iter().map(|word| (*word, running.on[*word])).filter(|(_, start)| *start != 0).collect()
    }

    /// Waits until none of these starts runs. False if the limit has passed first.
    pub(crate) fn wait_for(&self, starts: &[(usize, u64)], limit: Option<Duration>) -> bool {
        let any = |running: &Starts| starts.iter().any(|(word, start)| running.on[*word] == *start);
        !any(&self.wait_while(limit, any))
    }

    fn wait_while(
        &self,
        limit: Option<Duration>,
        goes_on: impl Fn(&Starts) -> bool,
    ) -> MutexGuard<'_, Starts> {
        let begun = Instant::now();
        let mut running = lock(&self.running);
        while goes_on(&running) {
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
        running
    }
}

#[cfg(test)]
mod tests {
    use disruptor_topology::{Producers, StageRow, Topology};

    use super::*;

    /// Who waits for a stage does not wait for the next one that has its word.
    #[test]
    fn a_word_that_is_used_again_is_another_start() {
        const ROW: StageRow = StageRow { name: "work", after: &[], gates: true, access: &[], workers: 1 };
        static TOPOLOGY: Topology =
            Topology { name: "", ring: 8, producers: Producers::Single, stages: &[ROW] };
        let control = Control::new(Roster::Declared(&TOPOLOGY));
        assert_eq!(control.starts(&[0]), []);
        control.started(0);
        let first = control.starts(&[0]);
        assert!(!control.wait_for(&first, Some(Duration::ZERO)));
        control.ended(0);
        control.started(0);
        assert!(control.wait_for(&first, None));
        assert!(!control.wait_for(&control.starts(&[0]), Some(Duration::ZERO)));
        control.ended(0);
        assert!(control.wait_for_end(None).is_empty());
    }
}
