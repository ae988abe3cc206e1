//! One batch of a stage: its events in slices, around holes, and what follows when the handler fails on one.

use std::ops::Range;
use std::time::{Duration, Instant};

use super::{Apply, At, Decision, Failed, Fault, OnError, Release, Stage};
use crate::Sequence;
use crate::control::State;
use crate::fatal::{is_fatal, plain};
use crate::memory::Memory;
use crate::observe::trace;
use crate::publication::Publication;
use crate::sync::{Ordering, thread};
use crate::word::{self, HOLES};

/// Where a stage stands.
#[derive(Default)]
pub(crate) struct Place {
    /// Everything below it is handled.
    pub(crate) next: Sequence,
    /// The event being handled.
    pub(super) at: Sequence,
    /// [`HOLES`] while there may be one among the events that some stage has still to handle.
    pub(crate) holes: i64,
    /// Of a first stage: the sequence from which on every stage is beyond the last hole.
    pub(super) whole_from: Sequence,
}

impl Place {
    /// A stage that is to handle this event next.
    pub(crate) fn from(next: Sequence) -> Self {
        Self { next, ..Self::default() }
    }

    /// Takes note of the holes that a word tells of. A stage behind others does as they do. A first stage, which sees them
    /// itself, has every other stage look out for them until a ring's length behind the last: nothing is published there before
    /// every stage is beyond it.
    #[inline(always)]
    pub(crate) fn look_out(&mut self, ring: usize, word: i64, first: bool) {
        if !first {
            self.holes = word & HOLES;
        } else if word & HOLES != 0 {
            self.holes = HOLES;
            self.whole_from = word::count(word) + ring as i64;
        } else if self.holes != 0 && self.next >= self.whole_from {
            self.holes = 0;
        }
    }
}

/// Why a stage handles no more.
pub(super) enum Stopped {
    Drained,
    Halted,
    Failed(Failed),
}

/// Which events a batch is made of.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    /// The sequence behind the last.
    pub(super) end: Sequence,
    /// How many more are known to be there.
    pub(super) backlog: usize,
}

/// Handles the events from `place.next` up to the extent's end as a batch. Does not move the stage on at its end, but calls
/// `released` each time that the handler has let go of a part of it, with `place.next` behind that part.
///
/// # Safety
/// The stage may touch these events; and those below `place.next` no more once `released` was called.
#[inline(always)]
pub(super) unsafe fn batch<M, A, W, X>(
    memory: &M,
    stage: &mut Stage<A, W, X>,
    place: &mut Place,
    extent: Extent,
    at: At,
    mut released: impl FnMut(&Place),
) -> Result<(), Stopped>
where
    M: Memory,
    A: Apply<M::Event>,
    X: OnError,
{
    let next = place.next;
    // SAFETY: the caller's promise is handed on.
    unsafe {
        let size = begin(memory, &mut stage.apply, place, extent);
        if size == 0 {
            return Ok(());
        }
        if let Err(failed) = events(memory, &mut stage.apply, place, next, extent.end, &mut released) {
            mend(memory, stage, failed, extent, place, at, &mut released)?;
        }
        memory.stage(at.word).counters.batch(size);
        Ok(())
    }
}

/// Tells the handler of the batch that begins at `place.next`, unless it has no events. Gives how many it has.
///
/// # Safety
/// The stage may touch its events.
#[inline(always)]
unsafe fn begin<M, A>(memory: &M, apply: &mut A, place: &Place, extent: Extent) -> usize
where
    M: Memory,
    A: Apply<M::Event>,
{
    let size = if A::PICKS || place.holes != 0 {
        // SAFETY: the caller's promise is handed on.
        unsafe { count(memory, apply, place.holes, place.next, extent.end) }
    } else {
        (extent.end - place.next) as usize
    };
    if size > 0 {
        apply.batch_start(size, extent.backlog);
    }
    size
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
    released: &mut impl FnMut(&Place),
) -> Result<(), Failed> {
    // SAFETY: the caller's promise is handed on.
    unsafe {
        if A::PICKS {
            in_spans(memory, apply, place, from, to, released)
        } else if place.holes != 0 {
            around_holes(memory, apply, place, from, to, released)
        } else {
            span(memory, apply, place, from..to, true, released)
        }
    }
}

/// Handles the events of a range, in at most two slices, and anew behind each event that is released.
///
/// # Safety
/// The stage may touch these events.
#[inline(always)]
unsafe fn span<M: Memory, A: Apply<M::Event>>(
    memory: &M,
    apply: &mut A,
    place: &mut Place,
    range: Range<Sequence>,
    closes: bool,
    released: &mut impl FnMut(&Place),
) -> Result<(), Failed> {
    let Range { mut start, end } = range;
    loop {
        let index = start as usize & (memory.ring() - 1);
        let count = (end - start) as usize;
        let before_wrap = count.min(memory.ring() - index);
        let slice = std::ptr::slice_from_raw_parts_mut(memory.slot(index), before_wrap);
        // SAFETY: the slots from `index` on stand side by side up to the end of the ring; the rest is the caller's promise.
        let handled = unsafe { apply.apply(slice, start, closes && before_wrap == count, &mut place.at)? };
        start = match handled {
            Release::AtEnd => start + before_wrap as i64,
            Release::Now => {
                place.next = place.at;
                released(place);
                place.at
            }
        };
        if start == end {
            return Ok(());
        }
    }
}

/// [`in_spans`], where the stage is to have every event.
///
/// # Safety
/// The stage may touch these events.
#[cold]
unsafe fn around_holes<M: Memory, A: Apply<M::Event>>(
    memory: &M,
    apply: &mut A,
    place: &mut Place,
    from: Sequence,
    to: Sequence,
    released: &mut impl FnMut(&Place),
) -> Result<(), Failed> {
    // SAFETY: the caller's promise is handed on.
    unsafe { in_spans(memory, apply, place, from, to, released) }
}

/// Handles the events of `from..to` that are there and that the stage picks; the last of them closes the batch.
///
/// # Safety
/// The stage may touch these events.
unsafe fn in_spans<M: Memory, A: Apply<M::Event>>(
    memory: &M,
    apply: &mut A,
    place: &mut Place,
    from: Sequence,
    to: Sequence,
    released: &mut impl FnMut(&Place),
) -> Result<(), Failed> {
    let holes = place.holes;
    // SAFETY: the caller's promise is handed on. What is released lies below `start`, where nobody looks any more.
    unsafe {
        let has = |apply: &A, sequence| has(memory, apply, holes, sequence);
        let Some(last) = (from..to).rev().find(|sequence| has(apply, *sequence)) else { return Ok(()) };
        let mut start = from;
        while start <= last {
            let end = (start..=last).find(|sequence| !has(apply, *sequence)).unwrap_or(last + 1);
            if start < end {
                span(memory, apply, place, start..end, end > last, released)?;
            }
            start = end + 1;
        }
    }
    Ok(())
}

/// How many events of `from..to` are there and picked.
///
/// # Safety
/// As of [`has`], for each of them.
unsafe fn count<M: Memory, A: Apply<M::Event>>(
    memory: &M,
    apply: &A,
    holes: i64,
    from: Sequence,
    to: Sequence,
) -> usize {
    // SAFETY: the caller's promise is handed on.
    (from..to).filter(|sequence| unsafe { has(memory, apply, holes, *sequence) }).count()
}

/// True if the event is there, and picked.
///
/// # Safety
/// The stage may touch the event.
#[inline(always)]
unsafe fn has<M: Memory, A: Apply<M::Event>>(memory: &M, apply: &A, holes: i64, sequence: Sequence) -> bool {
    if holes != 0 && memory.head().is_hole(sequence) {
        return false;
    }
    // SAFETY: the caller's promise is handed on.
    !A::PICKS || unsafe { apply.picks(memory.slot(sequence as usize), sequence) }
}

/// Decides about a failed event and goes on as decided, until the batch is through or the stage stops.
///
/// # Safety
/// The stage may touch the events from `place.next` up to the extent's end.
#[cold]
unsafe fn mend<M, A, W, X>(
    memory: &M,
    stage: &mut Stage<A, W, X>,
    mut failed: Failed,
    extent: Extent,
    place: &mut Place,
    at: At,
    released: &mut impl FnMut(&Place),
) -> Result<(), Stopped>
where
    M: Memory,
    A: Apply<M::Event>,
    X: OnError,
{
    let (control, words) = (&memory.cold().control, memory.stage(at.word));
    let mut tries: u32 = 0;
    let mut furthest = Sequence::MIN;
    let mut skipped: Vec<Sequence> = Vec::new();
    loop {
        place.at = failed.sequence;
        if is_fatal(&failed.error) {
            words.counters.fault();
            return Err(Stopped::Failed(Failed { error: plain(failed.error), ..failed }));
        }
        let behind = failed.sequence + failed.count as i64;
        let resume = if skipped.contains(&failed.sequence) {
            // Decided before the batch was rewound.
            behind
        } else {
            // A batch that gets further than before is new luck; one that does not is a further try.
            tries = if failed.sequence > furthest { 1 } else { tries.saturating_add(1) };
            furthest = furthest.max(failed.sequence);
            words.counters.fault();
            let fault =
                Fault { stage: at.name, sequence: failed.sequence, error: failed.error.as_ref(), tries };
            match stage.on_error.decide(&fault) {
                Decision::Stop => return Err(Stopped::Failed(failed)),
                Decision::Skip => {
                    words.aside.skipped.fetch_add(failed.count as u64, Ordering::Relaxed);
                    trace::skipped(control.pipeline, &fault, failed.count);
                    skipped.push(failed.sequence);
                    behind
                }
                Decision::Retry(pause) => {
                    words.counters.retry();
                    trace::retried(control.pipeline, &fault, pause);
                    rest(pause, || match control.state() {
                        State::Halted => Some(Stopped::Halted),
                        // It leaves behind what it has handled.
                        _ => memory.is_leaving(at.word).then_some(Stopped::Drained),
                    })?;
                    // It begins anew, behind what the handler has let go of.
                    // SAFETY: the caller's promise is handed on.
                    unsafe { begin(memory, &mut stage.apply, place, extent) };
                    place.next
                }
            }
        };
        if resume >= extent.end {
            return Ok(());
        }
        // SAFETY: the caller's promise is handed on.
        match unsafe { events(memory, &mut stage.apply, place, resume, extent.end, released) } {
            Ok(()) => return Ok(()),
            Err(again) => failed = again,
        }
    }
}

/// Sleeps, but not longer than the stage is to go on.
fn rest(pause: Duration, stopped: impl Fn() -> Option<Stopped>) -> Result<(), Stopped> {
    const STEP: Duration = Duration::from_millis(10);
    let begun = Instant::now();
    loop {
        if let Some(stopped) = stopped() {
            return Err(stopped);
        }
        match pause.saturating_sub(begun.elapsed()) {
            Duration::ZERO => return Ok(()),
            left => thread::sleep(left.min(STEP)),
        }
    }
}
