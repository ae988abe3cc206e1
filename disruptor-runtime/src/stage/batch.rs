//! One batch of a stage: its events in slices, around holes, and what follows when the handler fails on one.

use std::time::{Duration, Instant};

use super::{Apply, Decision, Failed, Fault, OnError, Stage};
use crate::Sequence;
use crate::control::State;
use crate::memory::Memory;
use crate::publication::Publication;
use crate::sync::{Ordering, thread};

/// Where a stage stands.
#[derive(Default)]
pub(super) struct Place {
    /// Everything below it is handled.
    pub(super) next: Sequence,
    /// The event being handled.
    pub(super) at: Sequence,
    /// [`HOLES`](crate::word::HOLES) once there has been one.
    pub(super) holes: i64,
}

/// Why a stage handles no more.
pub(super) enum Stopped {
    Drained,
    Halted,
    Failed(Failed),
}

/// Handles the events from `place.next` up to `end` as a batch, of which `backlog` more are there. Does not move the stage on.
///
/// # Safety
/// The stage `id` may touch these events.
#[inline(always)]
pub(super) unsafe fn batch<M, A, W, X>(
    memory: &M,
    stage: &mut Stage<A, W, X>,
    place: &mut Place,
    end: Sequence,
    backlog: usize,
    id: usize,
) -> Result<(), Stopped>
where
    M: Memory,
    A: Apply<M::Event>,
    X: OnError,
{
    let next = place.next;
    stage.apply.batch_start((end - next) as usize, backlog);
    // SAFETY: the caller's promise is handed on.
    unsafe {
        match events(memory, &mut stage.apply, place, next, end) {
            Ok(()) => Ok(()),
            Err(failed) => mend(memory, stage, failed, end, place, id),
        }
    }
}

/// Handles the events of `from..to`; the last of them closes the batch.
///
/// # Safety
/// The stage may touch these events.
#[inline(always)]
unsafe fn events<M: Memory, A: Apply<M::Event>>(
    memory: &M,
    apply: &mut A,
    place: &mut Place,
    from: Sequence,
    to: Sequence,
) -> Result<(), Failed> {
    // SAFETY: the caller's promise is handed on.
    unsafe {
        if place.holes == 0 {
            span(memory, apply, from, to, true, &mut place.at)
        } else {
            around_holes(memory, apply, from, to, &mut place.at)
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
/// The stage may touch the events from `place.next` up to `to`.
#[cold]
unsafe fn mend<M, A, W, X>(
    memory: &M,
    stage: &mut Stage<A, W, X>,
    mut failed: Failed,
    to: Sequence,
    place: &mut Place,
    id: usize,
) -> Result<(), Stopped>
where
    M: Memory,
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
                place.next
            }
        };
        if resume >= to {
            return Ok(());
        }
        // SAFETY: the caller's promise is handed on.
        match unsafe { events(memory, &mut stage.apply, place, resume, to) } {
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
