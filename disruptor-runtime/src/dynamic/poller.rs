//! Stages that a thread of the user's drives.

use std::fmt;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use thiserror::Error;

use super::One;
use super::barrier::Upstreams;
use super::erased::AnyWait;
use super::memory::{Dynamic, Forward};
use super::pollers::Take;
use super::registry::Joined;
use super::stage::OnDrop;
use crate::Sequence;
use crate::barrier::Barrier;
use crate::control::State;
use crate::error::Closed;
use crate::failure::BoxError;
use crate::memory::{Memory, Watch, wake_all};
use crate::own::mark_stage;
use crate::publication::Publication;
use crate::sync::{Arc, Ordering, lock, thread_mark};
use crate::wait::{Idle, Wait};
use crate::word::{self, END, HALT, HOLES};

/// A stage that is driven by whoever calls [`poll`](Self::poll): it holds back the producers, or the stages behind it, as any
/// stage does.
///
/// It reads the events. Those that its closure has handled when a call ends count as handled, and no others: if the closure stops,
/// fails or panics in the middle of what is there, the rest comes again.
///
/// What follows when it is dropped was said when it was declared: [`OnDrop`]. Until then, and while nobody polls, the pipeline waits
/// for it; neither a join nor a drain polls it. It cannot hold up a halt.
///
/// ```
/// use disruptor_runtime::dynamic::{Builder, OnDrop, Poll, Stage};
///
/// let mut builder = Builder::single(64, u64::default);
/// builder.handle_events_with([Stage::poller("audit", OnDrop::Release)]);
/// let (mut producer, running, mut pollers) = builder.build()?.spawn_with_pollers()?;
/// let mut audit = pollers.take("audit").expect("it was declared");
///
/// producer.publish(|event| *event = 7)?;
/// let mut seen = Vec::new();
/// let polled = audit.poll(|event, sequence, end_of_batch| seen.push((*event, sequence, end_of_batch)))?;
/// assert_eq!((polled, seen), (Poll::Handled(1), vec![(7, 0, true)]));
/// assert_eq!(audit.poll(|_, _, _| ())?, Poll::Idle);
/// # drop((producer, audit));
/// # running.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Poller<E: Send + Sync + 'static, P: Publication + 'static = One> {
    memory: Arc<Dynamic<E, P>>,
    id: u64,
    word: usize,
    upstreams: Upstreams,
    next: Sequence,
    holes: i64,
    wait: AnyWait,
    on_drop: OnDrop,
    ended: Option<Closed>,
}

/// What a poll has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// So many events were handled. It may be none, if the closure failed nowhere and several producers had given up what was
    /// there.
    Handled(usize),
    /// There are events, and those that the poller waits on have not handled them yet.
    Gated,
    /// There are no events yet.
    Idle,
}

/// Why a poll ended without being through.
#[derive(Debug, Error)]
pub enum PollError {
    /// There will be no more events: everything that the poller was to see is handled, or the pipeline was halted. The
    /// [`Closed`] says why: a failure, a halt, or neither if the stream has come to its end.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The pipeline sends no wake-ups, and the task that was to wait for events would sleep for ever.
    #[error(
        "the poller `{poller}` cannot be awaited, as its pipeline sends no wake-ups: \
         give it a wait that blocks, `.wait(Blocking::default())`, or call `wake_ups` on the builder"
    )]
    NoWakeUps {
        /// The poller.
        poller: &'static str,
    },
    /// The closure failed. What it had handled before is handled; this event comes again.
    #[error("the poller `{poller}` failed at sequence {sequence}: {error}")]
    Failed {
        /// The poller.
        poller: &'static str,
        /// The event.
        sequence: Sequence,
        /// What the closure returned.
        #[source]
        error: BoxError,
    },
}

/// What a poller's closure may return: nothing; a [`ControlFlow`], to stop behind this event; or a `Result` of either.
pub trait Polled {
    /// Whether to go on.
    ///
    /// # Errors
    /// The closure's own.
    fn into_flow(self) -> Result<ControlFlow<()>, BoxError>;
}

impl Polled for () {
    #[inline]
    fn into_flow(self) -> Result<ControlFlow<()>, BoxError> {
        Ok(ControlFlow::Continue(()))
    }
}

impl Polled for ControlFlow<()> {
    #[inline]
    fn into_flow(self) -> Result<Self, BoxError> {
        Ok(self)
    }
}

impl<T: Polled, X: Into<BoxError>> Polled for Result<T, X> {
    #[inline]
    fn into_flow(self) -> Result<ControlFlow<()>, BoxError> {
        self.map_err(Into::into)?.into_flow()
    }
}

impl<E: Send + Sync + 'static, P: Publication + 'static> Poller<E, P> {
    pub(super) fn new(
        memory: Arc<Dynamic<E, P>>,
        joined: &Joined,
        from: Sequence,
        wait: AnyWait,
        on_drop: OnDrop,
    ) -> Self {
        let word = joined.words[0];
        let upstreams = Upstreams::new(word, &joined.upstreams);
        Self { memory, id: joined.id, word, upstreams, next: from, holes: 0, wait, on_drop, ended: None }
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
        handle: impl FnMut(&E, Sequence, bool) -> R,
    ) -> Result<Poll, PollError> {
        let most = self.memory.ring();
        self.poll_most(most, handle)
    }

    /// As [`poll`](Self::poll); if there is nothing yet, waits for at most so long, as the poller's wait says (see
    /// [`Stage::wait`](super::Stage::wait)). A wait that sleeps may oversleep by its pause.
    ///
    /// # Errors
    /// As [`poll`](Self::poll). That the limit has passed is none: it is [`Poll::Idle`] or [`Poll::Gated`].
    ///
    /// # Panics
    /// As [`poll`](Self::poll).
    pub fn poll_within<R: Polled>(
        &mut self,
        limit: Duration,
        handle: impl FnMut(&E, Sequence, bool) -> R,
    ) -> Result<Poll, PollError> {
        let most = self.memory.ring();
        self.poll_most_within(limit, most, handle)
    }

    /// Polls that handle at most so many events each.
    pub fn take(&mut self, events: usize) -> Take<'_, E, P> {
        // More than the ring there never are, and a larger number may not be one of sequences.
        let most = events.min(self.memory.ring());
        Take::new(self, most)
    }

    /// The sequence of the event that comes next.
    #[must_use]
    pub fn next_sequence(&self) -> Sequence {
        self.next
    }

    /// The poller's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.memory.cold().control.roster.name_of(self.word)
    }

    #[cfg(feature = "async")]
    pub(super) fn memory(&self) -> &Dynamic<E, P> {
        &self.memory
    }

    #[cfg(feature = "async")]
    pub(super) fn upstreams(&self) -> &Upstreams {
        &self.upstreams
    }

    pub(super) fn poll_most<R: Polled>(
        &mut self,
        most: usize,
        handle: impl FnMut(&E, Sequence, bool) -> R,
    ) -> Result<Poll, PollError> {
        match self.look(most)? {
            Some(end) => self.handle(end, handle).map(Poll::Handled),
            None if self.memory.head().claimed() > self.next => Ok(Poll::Gated),
            None => Ok(Poll::Idle),
        }
    }

    pub(super) fn poll_most_within<R: Polled>(
        &mut self,
        limit: Duration,
        most: usize,
        mut handle: impl FnMut(&E, Sequence, bool) -> R,
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
                self.upstreams.park(&*self.memory, self.next, Some(limit), &|| false);
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
        let (memory, next) = (&*self.memory, self.next);
        let mut word = self.upstreams.look(memory, next, most);
        if !word::plainly_beyond(word, next) {
            // Before the words: what was published before a close is seen.
            let state = memory.control().state();
            word = self.upstreams.look_closely(memory, next, most, state != State::Open);
            if word & HALT != 0 || state == State::Halted {
                return Err(self.end(HALT));
            }
            if word::count(word) <= next {
                return if word & END != 0 { Err(self.end(0)) } else { Ok(None) };
            }
        }
        self.holes = word & HOLES;
        Ok(Some(word::count(word).min(next.saturating_add(most as i64))))
    }

    /// Says that the poller handles no more, and gives the reason.
    #[cold]
    fn end(&mut self, with: i64) -> Closed {
        self.memory.stage(self.word).end(self.next | self.holes | with);
        let closed = self.memory.control().closed();
        self.ended.insert(closed).clone()
    }

    /// Handles the events up to `end`.
    fn handle<R: Polled>(
        &mut self,
        end: Sequence,
        mut handle: impl FnMut(&E, Sequence, bool) -> R,
    ) -> Result<usize, PollError> {
        let begun = self.next;
        let is_there =
            |poller: &Self, sequence: Sequence| poller.holes == 0 || !poller.memory.head().is_hole(sequence);
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
                // writes to it. `E` is `Sync`, and the closure cannot keep the reference.
                let flow = handle(unsafe { &*slot }, sequence, sequence == last).into_flow();
                match flow {
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

/// Moves the poller on to where its closure has come, however it ended; and says meanwhile that the stage runs on this thread.
struct Commit<'a, E: Send + Sync + 'static, P: Publication + 'static> {
    poller: &'a mut Poller<E, P>,
    done: Sequence,
}

impl<'a, E: Send + Sync + 'static, P: Publication + 'static> Commit<'a, E, P> {
    fn begin(poller: &'a mut Poller<E, P>, done: Sequence) -> Self {
        mark_stage(&*poller.memory, poller.word, thread_mark());
        Self { poller, done }
    }
}

impl<E: Send + Sync + 'static, P: Publication + 'static> Drop for Commit<'_, E, P> {
    fn drop(&mut self) {
        let Poller { memory, word, next, holes, .. } = &mut *self.poller;
        mark_stage(&**memory, *word, 0);
        if self.done > *next {
            *next = self.done;
            let words = memory.stage(*word);
            // Release: pairs with the looks of those behind, and of the producers; the events are left.
            words.word.store(*next | *holes, Ordering::Release);
            if memory.wakes() {
                words.aside.moved.notify();
            }
        }
    }
}

impl<E: Send + Sync + 'static, P: Publication + 'static> Drop for Poller<E, P> {
    fn drop(&mut self) {
        let memory = &*self.memory;
        let words = memory.stage(self.word);
        let end = self.next | self.holes;
        if self.ended.is_some() {
            return;
        }
        match self.on_drop {
            OnDrop::End => {
                memory.control().leave(self.name());
                memory.close();
                words.end(end);
            }
            OnDrop::Release => {
                let mut registry = memory.registry();
                let upstreams = registry.upstreams(self.id);
                *lock(&memory.note(self.word).forward) = Some(Forward { words: upstreams.clone() });
                // With the gates locked: between its end and its leaving the list nobody takes the one for the pipeline's.
                memory.replace_gate(self.word, &upstreams, || {
                    // Release: those behind see the end, and then where to go on.
                    words.word.store(end | END, Ordering::Release);
                });
                let free = registry.release(self.id);
                memory.reuse(&mut registry, free);
                drop(registry);
                wake_all(memory);
            }
        }
    }
}

impl<E: Send + Sync + 'static, P: Publication + 'static> fmt::Debug for Poller<E, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller").field("name", &self.name()).field("next", &self.next).finish_non_exhaustive()
    }
}
