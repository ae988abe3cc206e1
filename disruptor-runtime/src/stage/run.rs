//! The loop of a stage.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::{Apply, Decision, Failed, Fault, OnError, Stage};
use crate::barrier::Barrier;
use crate::control::State;
use crate::failure::{Cause, Failure};
use crate::memory::{Memory, Watch, fail};
use crate::publication::Publication;
use crate::sync::{Ordering, thread};
use crate::wait::{Idle, UNDECLARED_PARK, Wait, Waiters};
use crate::word::{self, END, HALT, HOLES};
use crate::{Sequence, wait};

/// Runs a stage until its stream ends, it fails, or the pipeline is halted; its word then says that it has ended.
///
/// `B` is what it waits on, `F` the waits of those who wait on it.
///
/// # Safety
/// `ID` is this stage's alone, and whatever `B` lets through may be touched as the stage's `apply` does until the stage's own
/// word says that it is handled.
pub(crate) unsafe fn run<M, B, F, A, W, X, const ID: usize>(memory: &M, stage: &mut Stage<A, W, X>)
where
    M: Memory + Watch,
    B: Barrier<M>,
    F: Waiters,
    A: Apply<M::Event>,
    W: Wait,
    X: OnError,
{
    let name = memory.cold().control.topology.stages[ID].name;
    let mut place = Place { next: 0, at: 0, holes: 0 };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        stage.apply.start();
        // SAFETY: the caller's promise is handed on.
        unsafe { events::<M, B, F, A, W, X, ID>(memory, stage, &mut place) }
    }));
    let (halted, failure) = match outcome {
        Ok(Stopped::Drained) => (0, None),
        Ok(Stopped::Halted) => (HALT, None),
        Ok(Stopped::Failed(failed)) => {
            (0, Some(Failure::new(name, failed.sequence, Cause::Error(failed.error))))
        }
        Err(payload) => (0, Some(Failure::new(name, place.at, Cause::panic(payload)))),
    };
    if !A::COMMITS_BATCHES {
        // What was handled before the failure counts; `at` lags only where a batch never began.
        place.next = place.next.max(place.at);
    }
    // Recorded first: who sees the end finds the reason.
    if let Some(failure) = failure {
        fail(memory, failure);
    }
    memory.stage(ID).end(place.next | place.holes | halted);
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| stage.apply.stop())) {
        fail(memory, Failure::new(name, place.next, Cause::panic(payload)));
    }
}

/// Where a stage stands.
struct Place {
    /// Everything below it is handled.
    next: Sequence,
    /// The event being handled.
    at: Sequence,
    /// `HOLES` once there has been one.
    holes: i64,
}

enum Stopped {
    Drained,
    Halted,
    Failed(Failed),
}

/// Handles batches until there are no more.
#[inline(always)]
unsafe fn events<M, B, F, A, W, X, const ID: usize>(
    memory: &M,
    stage: &mut Stage<A, W, X>,
    place: &mut Place,
) -> Stopped
where
    M: Memory + Watch,
    B: Barrier<M>,
    F: Waiters,
    A: Apply<M::Event>,
    W: Wait,
    X: OnError,
{
    let most = stage.options.batch.unwrap_or(M::RING);
    let mut barrier = B::default();
    let mut next = place.next;
    loop {
        let mut word = barrier.look(memory, next, most);
        if !word::plainly_beyond(word, next) {
            word = match wait_for_more(memory, &mut barrier, &mut stage.wait, next, most) {
                Ok(word) => word,
                Err(stopped) => return stopped,
            };
            place.holes |= word & HOLES;
        }
        let known = word::count(word);
        let end = known.min(next + most as i64);
        stage.apply.batch_start((end - next) as usize, (known - end) as usize);
        let handled = if place.holes == 0 {
            // SAFETY: the barrier has let everything below `end` through, and our own word still says `next`.
            unsafe { span(memory, &mut stage.apply, next, end, true, &mut place.at) }
        } else {
            // SAFETY: as above.
            unsafe { around_holes(memory, &mut stage.apply, next, end, &mut place.at) }
        };
        if let Err(failed) = handled {
            // SAFETY: as above.
            if let Err(stopped) = unsafe { mend(memory, stage, failed, next, end, place, ID) } {
                return stopped;
            }
        }
        next = end;
        place.next = next;
        let words = memory.stage(ID);
        // Release: pairs with the looks of those behind; who sees the count sees what was done to the events.
        words.word.store(next | place.holes, Ordering::Release);
        if F::BLOCK {
            words.aside.moved.notify();
        }
        if known > end {
            // Not all of it fitted into the batch: look afresh, so that a halt is seen between two batches.
            barrier.forget();
        }
    }
}

/// Handles the events of `from..to`, in at most two slices.
///
/// # Safety
/// The stage may touch these events.
#[inline(always)]
unsafe fn span<M: Memory, A: Apply<M::Event>>(
    memory: &M,
    apply: &mut A,
    from: Sequence,
    to: Sequence,
    closes: bool,
    at: &mut Sequence,
) -> Result<(), Failed> {
    let index = from as usize & (M::RING - 1);
    let count = (to - from) as usize;
    let before_wrap = count.min(M::RING - index);
    let slice = |index: usize, count: usize| std::ptr::slice_from_raw_parts_mut(memory.slot(index), count);
    // SAFETY: the slots from `index` on stand side by side up to the end of the ring; the rest is the caller's promise.
    unsafe {
        apply.apply(slice(index, before_wrap), from, closes && before_wrap == count, at)?;
        if before_wrap < count {
            apply.apply(slice(0, count - before_wrap), from + before_wrap as i64, closes, at)?;
        }
    }
    Ok(())
}

/// Handles the events of `from..to` that are no holes; the last of them closes the batch.
///
/// # Safety
/// The stage may touch these events.
#[cold]
unsafe fn around_holes<M: Memory, A: Apply<M::Event>>(
    memory: &M,
    apply: &mut A,
    from: Sequence,
    to: Sequence,
    at: &mut Sequence,
) -> Result<(), Failed> {
    let is_hole = |&sequence: &Sequence| memory.head().is_hole(sequence);
    let Some(last) = (from..to).rev().find(|sequence| !is_hole(sequence)) else { return Ok(()) };
    let mut start = from;
    while start <= last {
        let end = (start..=last).find(is_hole).unwrap_or(last + 1);
        if start < end {
            // SAFETY: the caller's promise is handed on.
            unsafe { span(memory, apply, start, end, end > last, at)? };
        }
        start = end + 1;
    }
    Ok(())
}

/// Decides about a failed event and goes on as decided, until the batch is through or the stage stops.
///
/// # Safety
/// The stage may touch the events of `from..to`.
#[cold]
unsafe fn mend<M, A, W, X>(
    memory: &M,
    stage: &mut Stage<A, W, X>,
    mut failed: Failed,
    from: Sequence,
    to: Sequence,
    place: &mut Place,
    id: usize,
) -> Result<(), Stopped>
where
    M: Memory + Watch,
    A: Apply<M::Event>,
    X: OnError,
{
    let control = &memory.cold().control;
    let name = control.topology.stages[id].name;
    let mut tries = 0;
    let mut failed_before = Sequence::MIN;
    loop {
        place.at = failed.sequence;
        tries = if failed.sequence == failed_before { tries + 1 } else { 1 };
        failed_before = failed.sequence;
        let fault = Fault { stage: name, sequence: failed.sequence, error: failed.error.as_ref(), tries };
        let resume = match stage.on_error.decide(&fault) {
            Decision::Stop => return Err(Stopped::Failed(failed)),
            Decision::Skip => {
                memory.stage(id).aside.skipped.fetch_add(failed.count as u64, Ordering::Relaxed);
                failed.sequence + failed.count as i64
            }
            Decision::Retry(pause) => {
                if !rest(pause, || control.state() == State::Halted) {
                    return Err(Stopped::Halted);
                }
                from
            }
        };
        if resume >= to {
            return Ok(());
        }
        // SAFETY: the caller's promise is handed on.
        let handled = unsafe {
            if place.holes == 0 {
                span(memory, &mut stage.apply, resume, to, true, &mut place.at)
            } else {
                around_holes(memory, &mut stage.apply, resume, to, &mut place.at)
            }
        };
        match handled {
            Ok(()) => return Ok(()),
            Err(again) => failed = again,
        }
    }
}

/// Sleeps, but not through a halt. False if there was one.
fn rest(pause: Duration, halted: impl Fn() -> bool) -> bool {
    const STEP: Duration = Duration::from_millis(10);
    let begun = Instant::now();
    loop {
        if halted() {
            return false;
        }
        match pause.saturating_sub(begun.elapsed()) {
            Duration::ZERO => return true,
            left => thread::sleep(left.min(STEP)),
        }
    }
}

/// Waits until there is something beyond `next`, and gives its word.
#[cold]
#[inline(never)]
fn wait_for_more<M, B, W>(
    memory: &M,
    barrier: &mut B,
    wait: &mut W,
    next: Sequence,
    most: usize,
) -> Result<i64, Stopped>
where
    M: Memory,
    B: Barrier<M>,
    W: Wait,
{
    let mut looks: u32 = 0;
    loop {
        // Nothing flows here, so that the state may be looked at. Before the words: what was published before a close is seen.
        let state = memory.cold().control.state();
        let word = barrier.look_closely(memory, next, most, state != State::Open);
        if word & HALT != 0 || state == State::Halted {
            return Err(Stopped::Halted);
        }
        if word::count(word) > next {
            return Ok(word);
        }
        if word & END != 0 {
            return Err(Stopped::Drained);
        }
        match wait.idle(looks) {
            Idle::Look => {}
            Idle::Park(limit) if W::BLOCKS => barrier.park(memory, next, limit),
            Idle::Park(limit) => thread::sleep(limit.unwrap_or(wait::UNDECLARED_PARK).min(UNDECLARED_PARK)),
        }
        looks = looks.saturating_add(1);
    }
}
