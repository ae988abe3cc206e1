//! Stages that a thread of the user's drives.

mod config;
mod poll;
#[cfg(feature = "async")]
mod polling;
mod take;
mod view;

use std::fmt;
use std::time::{Duration, Instant};

pub use config::{
    NoPollers, PolledConfig, polled, polled_by, polled_field, polled_shared_by, polled_shared_field,
};
pub use poll::{Poll, PollError, Polled};
#[cfg(feature = "async")]
pub use polling::Polling;
pub use take::Take;
pub use view::{View, WholeEvent};

use crate::Sequence;
use crate::barrier::Barrier;
use crate::control::State;
use crate::error::Closed;
use crate::memory::Memory;
use crate::own::mark_stage;
use crate::publication::Publication;
use crate::signal::Signal;
use crate::stage::Place;
use crate::sync::{Arc, Ordering, thread, thread_mark};
use crate::wait::{Idle, UNDECLARED_PARK, Wait, Waiters, parking};
use crate::word::{self, END, HALT};

/// A stage that is driven by whoever calls [`poll`](Self::poll): it holds back the producers, or the stages behind it, as any
/// stage does.
///
/// It reads the events. Those that its closure has handled when a call ends count as handled, and no others: if the closure stops,
/// fails or panics in the middle of what is there, the rest comes again.
///
/// What follows when it is dropped was said when it was declared: [`OnDrop`]. Until then, and while nobody polls, the pipeline waits
/// for it; neither a join nor a drain polls it. It cannot hold up a halt.
///
/// A declaration has one for each stage with the option `poll`, and [`spawn_with_pollers`](crate::Pipeline::spawn_with_pollers) gives
/// it; for those of a builder see [`dynamic::Poller`](crate::dynamic::Poller). `B` is what it waits on, `W` how, and `V` what it sees of
/// an event.
pub struct Poller<M: Memory, B: Barrier<M>, W, V> {
    memory: Arc<M>,
    word: usize,
    barrier: B,
    place: Place,
    wait: W,
    wake: Wake,
    view: V,
    on_drop: OnDrop,
    ended: Option<Closed>,
}

/// What becomes of a pipeline whose poller is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDrop {
    /// It goes on without the poller: the poller holds nobody back any more, and the stages behind it go on waiting on those that
    /// it waited on. They get the events that it has not handled, too.
    Release,
    /// It ends, as when a stage fails: no more events are taken, the stages before the poller handle what is published, those behind
    /// it what it has handled.
    End,
}

/// How those behind a poller are woken.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wake {
    /// None of them parks.
    Never,
    /// Those who park pay for it.
    Lite,
    /// Behind a fence.
    Fenced,
}

impl Wake {
    /// What `F` says, as a value: a poller's type may be written, and does not name those behind it.
    pub(crate) fn of<F: Waiters>() -> Self {
        match (F::BLOCK, F::FENCED) {
            (_, true) => Self::Fenced,
            (true, _) => Self::Lite,
            _ => Self::Never,
        }
    }

    fn call(self, signal: &Signal) {
        match self {
            Self::Never => {}
            Self::Lite => signal.notify_lite(),
            Self::Fenced => signal.notify(),
        }
    }
}

impl<M: Memory, B: Barrier<M>, W: Wait, V: View<M::Event>> Poller<M, B, W, V> {
    /// A poller that handles next what its word says.
    ///
    /// # Safety
    /// The word is this poller's alone; what `barrier` lets through may be read, as far as `view` shows it, until the
    /// word says that it is handled.
    pub(crate) unsafe fn new(
        memory: Arc<M>,
        word: usize,
        barrier: B,
        (wait, wake): (W, Wake),
        view: V,
        on_drop: OnDrop,
    ) -> Self {
        // Relaxed: nobody else writes to it, and who has given the word away has written before.
        let place = Place::from(word::count(memory.stage(word).word.load(Ordering::Relaxed)));
        Self { memory, word, barrier, place, wait, wake, view, on_drop, ended: None }
    }

    /// Handles what is there by now, as one batch: calls `handle` with each event, its sequence, and true for the last one. Does
    /// not wait.
    ///
    /// # Errors
    /// [`PollError::Failed`] if `handle` failed; [`PollError::Closed`] if there will be no more events.
    ///
    /// # Panics
    /// Only if `handle` does; the event at which it did comes again.
    pub fn poll<R: Polled>(
        &mut self,
        handle: impl FnMut(&V::Part, Sequence, bool) -> R,
    ) -> Result<Poll, PollError> {
        let most = self.memory.ring();
        self.poll_most(most, handle)
    }

    /// As [`poll`](Self::poll); if there is nothing yet, waits for at most so long, as the poller's wait says (the option `wait`, or of a
    /// builder's [`Stage::wait`](crate::dynamic::Stage::wait)). A wait that sleeps may oversleep by its pause.
    ///
    /// # Errors
    /// As [`poll`](Self::poll). That the limit has passed is none: it is [`Poll::Idle`] or [`Poll::Gated`].
    ///
    /// # Panics
    /// As [`poll`](Self::poll).
    pub fn poll_within<R: Polled>(
        &mut self,
        limit: Duration,
        handle: impl FnMut(&V::Part, Sequence, bool) -> R,
    ) -> Result<Poll, PollError> {
        let most = self.memory.ring();
        self.poll_most_within(limit, most, handle)
    }

    /// Polls that handle at most so many events each.
    pub fn take(&mut self, events: usize) -> Take<'_, M, B, W, V> {
        // More than the ring there never are, and a larger number may not be one of sequences.
        let most = events.min(self.memory.ring());
        Take::new(self, most)
    }

    fn poll_most<R: Polled>(
        &mut self,
        most: usize,
        handle: impl FnMut(&V::Part, Sequence, bool) -> R,
    ) -> Result<Poll, PollError> {
        match self.look(most)? {
            Some(end) => self.handle(end, handle).map(Poll::Handled),
            None if self.memory.head().claimed() > self.place.next => Ok(Poll::Gated),
            None => Ok(Poll::Idle),
        }
    }

    fn poll_most_within<R: Polled>(
        &mut self,
        limit: Duration,
        most: usize,
        mut handle: impl FnMut(&V::Part, Sequence, bool) -> R,
    ) -> Result<Poll, PollError> {
        let begun = Instant::now();
        let mut looks: u32 = 0;
        loop {
            // Before the look: the last look comes after the limit.
            let left = limit.saturating_sub(begun.elapsed());
            match self.poll_most(most, &mut handle)? {
                handled @ Poll::Handled(_) => return Ok(handled),
                nothing if left.is_zero() || most == 0 => return Ok(nothing),
                _ => {}
            }
            if let Idle::Park(park) = self.wait.idle(looks) {
                let limit = park.map_or(left, |park| park.min(left));
                if W::BLOCKS {
                    let (limit, must_not_park) = parking::<W>(Some(limit));
                    self.barrier.park(&*self.memory, self.place.next, limit, &must_not_park);
                } else {
                    thread::sleep(limit.min(UNDECLARED_PARK));
                }
            }
            looks = looks.saturating_add(1);
        }
    }

    /// The end of what there is, if there is anything.
    fn look(&mut self, most: usize) -> Result<Option<Sequence>, Closed> {
        if let Some(closed) = &self.ended {
            return Err(closed.clone());
        }
        if most == 0 {
            return Ok(None);
        }
        let (memory, next) = (&*self.memory, self.place.next);
        let mut word = self.barrier.look(memory, next, most);
        if !word::plainly_beyond(word, next) {
            // Before the words: what was published before a close is seen.
            let state = memory.cold().control.state();
            word = self.barrier.look_closely(memory, next, most, state != State::Open);
            if word & HALT != 0 || state == State::Halted {
                return Err(self.end(HALT));
            }
            if word::count(word) <= next {
                return if word & END != 0 { Err(self.end(0)) } else { Ok(None) };
            }
        }
        self.place.look_out(self.memory.ring(), word, B::FIRST);
        Ok(Some(word::count(word).min(next.saturating_add(most as i64))))
    }

    /// Says that the poller handles no more, and gives the reason.
    #[cold]
    fn end(&mut self, with: i64) -> Closed {
        self.memory.stage(self.word).end(self.place.next | self.place.holes | with);
        let closed = self.memory.cold().control.closed();
        self.ended.insert(closed).clone()
    }

    /// Handles the events up to `end`.
    fn handle<R: Polled>(
        &mut self,
        end: Sequence,
        mut handle: impl FnMut(&V::Part, Sequence, bool) -> R,
    ) -> Result<usize, PollError> {
        let begun = self.place.next;
        let is_there = |poller: &Self, sequence: Sequence| {
            poller.place.holes == 0 || !poller.memory.head().is_hole(sequence)
        };
        let Some(last) = (begun..end).rev().find(|&sequence| is_there(self, sequence)) else {
            drop(Commit::begin(self, end));
            return Ok(0);
        };
        let mut handled = 0;
        let mut commit = Commit::begin(self, begun);
        for sequence in begun..=last {
            if is_there(commit.poller, sequence) {
                let slot = commit.poller.memory.slot(sequence as usize);
                // SAFETY: those that the poller waits on are through with the event, and its own word still says `begun`: nobody
                // writes to what it is declared to read. Where others read it, too, it is `Sync`; and the closure cannot keep the
                // reference.
                let flow = handle(unsafe { &*commit.poller.view.part(slot) }, sequence, sequence == last);
                match flow.into_flow() {
                    Err(error) => {
                        drop(commit);
                        let poller = self.name();
                        return Err(PollError::Failed { poller, sequence, error });
                    }
                    Ok(flow) => {
                        handled += 1;
                        commit.done = sequence + 1;
                        if flow.is_break() {
                            return Ok(handled);
                        }
                    }
                }
            }
        }
        commit.done = end;
        Ok(handled)
    }
}

impl<M: Memory, B: Barrier<M>, W, V> Poller<M, B, W, V> {
    /// The sequence of the event that comes next.
    #[must_use]
    pub fn next_sequence(&self) -> Sequence {
        self.place.next
    }

    /// The poller's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.memory.cold().control.roster.name_of(self.word)
    }
}

/// Moves the poller on to where its closure has come, however it ended; and says meanwhile that the stage runs on this thread.
struct Commit<'a, M: Memory, B: Barrier<M>, W, V> {
    poller: &'a mut Poller<M, B, W, V>,
    done: Sequence,
}

impl<'a, M: Memory, B: Barrier<M>, W, V> Commit<'a, M, B, W, V> {
    fn begin(poller: &'a mut Poller<M, B, W, V>, done: Sequence) -> Self {
        mark_stage(&*poller.memory, poller.word, thread_mark());
        Self { poller, done }
    }
}

impl<M: Memory, B: Barrier<M>, W, V> Drop for Commit<'_, M, B, W, V> {
    fn drop(&mut self) {
        let Poller { memory, word, place, wake, .. } = &mut *self.poller;
        mark_stage(&**memory, *word, 0);
        if self.done > place.next {
            place.next = self.done;
            let words = memory.stage(*word);
            // Release: pairs with the looks of those behind, and of the producers; the events are left.
            words.word.store(place.next | place.holes, Ordering::Release);
            wake.call(&words.aside.moved);
        }
    }
}

impl<M: Memory, B: Barrier<M>, W, V> Drop for Poller<M, B, W, V> {
    fn drop(&mut self) {
        if self.ended.is_some() {
            return;
        }
        let (memory, end) = (&*self.memory, self.place.next | self.place.holes);
        match self.on_drop {
            OnDrop::End => {
                memory.cold().control.leave(self.name());
                memory.close();
                memory.stage(self.word).end(end);
            }
            OnDrop::Release => memory.release(self.word, end),
        }
    }
}

impl<M: Memory, B: Barrier<M>, W, V> fmt::Debug for Poller<M, B, W, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller")
            .field("name", &self.name())
            .field("next", &self.place.next)
            .finish_non_exhaustive()
    }
}
