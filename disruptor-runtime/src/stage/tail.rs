//! Stages fused to the one before: on its thread, each batch right after it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::batch::{Extent, Place, Stopped, batch};
use super::run::{At, end, moved_on, stop};
use super::{Apply, Keep, OnError, Stage};
use crate::Sequence;
use crate::control::drop_quietly;
use crate::memory::Memory;
use crate::plan::Slot;
use crate::sync::Ordering;
use crate::wait::Waiters;
use crate::word;

/// What follows a stage on its thread.
///
/// # Safety
/// Of the events that [`follow`](Self::follow) is given, it touches what the fused stages declare, and nothing of events that
/// it is not given.
pub unsafe trait Tail<M>: Send {
    /// True if any of the handlers learns where batches end.
    const COMMITS_BATCHES: bool;

    /// Before the first event.
    ///
    /// # Safety
    /// From now on the tail stays on this thread until it is dropped or has given back.
    unsafe fn start(&mut self, memory: &M);

    /// Handles what the stage before has handled: everything below `to`.
    fn follow(&mut self, memory: &M, to: Sequence, holes: i64);

    /// Nothing has come for as long as the first stage's wait has said.
    fn timeout(&mut self, memory: &M);

    /// After the last event: nothing more follows.
    fn end(&mut self, memory: &M, halted: bool);

    /// Puts the handlers where they are collected.
    fn give_back(self);

    /// The words of the stages.
    fn words(&self, words: &mut Vec<usize>);
}

// SAFETY: touches nothing.
unsafe impl<M> Tail<M> for () {
    const COMMITS_BATCHES: bool = false;

    unsafe fn start(&mut self, _: &M) {}

    #[inline(always)]
    fn follow(&mut self, _: &M, _: Sequence, _: i64) {}

    fn timeout(&mut self, _: &M) {}

    fn end(&mut self, _: &M, _: bool) {}

    fn give_back(self) {}

    fn words(&self, _: &mut Vec<usize>) {}
}

/// A fused stage, and those fused to it. `F` are the waits of those who wait on it.
pub struct Fused<A, W, X, H, F, T> {
    at: At,
    stage: Stage<A, W, X>,
    place: Place,
    over: bool,
    slot: Slot<H>,
    waiters: std::marker::PhantomData<fn() -> F>,
    tail: T,
}

impl<A, W, X, H, F, T> Fused<A, W, X, H, F, T> {
    /// The stage, before `tail`.
    ///
    /// # Safety
    /// Whatever it has to wait on is through with an event before the stage before it on its thread is: it is on that thread
    /// before it, or the thread's first stage waits on it, directly or by others.
    pub(crate) unsafe fn new(at: At, stage: Stage<A, W, X>, slot: Slot<H>, tail: T) -> Self {
        let waiters = std::marker::PhantomData;
        Self { at, stage, place: Place::default(), over: false, slot, waiters, tail }
    }

    /// Ends the stage, once.
    fn finish<M: Memory>(&mut self, memory: &M, outcome: Result<Stopped, Box<dyn std::any::Any + Send>>)
    where
        A: Apply<M::Event>,
    {
        if !std::mem::replace(&mut self.over, true) {
            end::<M, A>(memory, &mut self.place, outcome, self.at);
            stop(memory, &mut self.stage.apply, &self.place, self.at);
        }
    }
}

// SAFETY: handles events below `to` alone, which the stage before is through with, and from its own place on; `Fused::new` was
// promised that whatever there is to wait on is through with them then, too.
unsafe impl<M, A, W, X, F, T> Tail<M> for Fused<A, W, X, <A::Keep as Keep>::Back, F, T>
where
    M: Memory,
    A: Apply<M::Event>,
    W: Send,
    X: OnError + Send,
    F: Waiters,
    T: Tail<M>,
{
    const COMMITS_BATCHES: bool = A::COMMITS_BATCHES || T::COMMITS_BATCHES;

    unsafe fn start(&mut self, memory: &M) {
        // Relaxed: stored by who has started this thread.
        let first = memory.stage(self.at.word).word.load(Ordering::Relaxed);
        self.place = Place::from(word::count(first));
        let started = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: the caller's promise is handed on.
            unsafe { self.stage.apply.keep().make() };
            self.stage.apply.start();
        }));
        if let Err(payload) = started {
            self.finish(memory, Err(payload));
        }
        // SAFETY: the caller's promise is handed on.
        unsafe { self.tail.start(memory) };
    }

    #[inline]
    fn follow(&mut self, memory: &M, to: Sequence, holes: i64) {
        self.place.holes = holes;
        if !self.over && self.place.next < to {
            let Self { at, stage, place, tail, .. } = self;
            let handled = catch_unwind(AssertUnwindSafe(|| {
                let extent = Extent { end: to, backlog: 0 };
                // SAFETY: the stage before is through with everything below `to`, and our own word still says `place.next`.
                unsafe {
                    batch(memory, stage, place, extent, *at, |place| {
                        moved_on::<M, F>(memory, memory.stage(at.word), place);
                        tail.follow(memory, place.next, place.holes);
                    })
                }
            }));
            match handled {
                Ok(Ok(())) => {
                    self.place.next = to;
                    moved_on::<M, F>(memory, memory.stage(self.at.word), &self.place);
                }
                Ok(Err(stopped)) => self.finish(memory, Ok(stopped)),
                Err(payload) => self.finish(memory, Err(payload)),
            }
        }
        self.tail.follow(memory, self.place.next, self.place.holes);
    }

    fn timeout(&mut self, memory: &M) {
        if !self.over {
            let next = self.place.next;
            let told = catch_unwind(AssertUnwindSafe(|| self.stage.apply.timeout(next)));
            if let Err(payload) = told {
                self.finish(memory, Err(payload));
            }
        }
        self.tail.timeout(memory);
    }

    fn end(&mut self, memory: &M, halted: bool) {
        self.finish(memory, Ok(if halted { Stopped::Halted } else { Stopped::Drained }));
        self.tail.end(memory, halted);
    }

    fn give_back(self) {
        let Stage { apply, wait, on_error, .. } = self.stage;
        self.slot.put(apply.into_keep().give_back());
        self.tail.give_back();
        drop_quietly(wait);
        drop_quietly(on_error);
    }

    fn words(&self, words: &mut Vec<usize>) {
        words.push(self.at.word);
        self.tail.words(words);
    }
}
