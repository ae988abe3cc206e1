//! Sequence barriers, as types: on what a stage, or the producer, waits.
//!
//! `After<3>` is the word of the fourth stage, `Workers<3, 2>` the words of a shard's two workers, `Head` what the producers have published, and a pair waits on both of its sides: the
//! waits of a fan-in are thereby unrolled, and each keeps the value it saw last, which is read again only when it is used up. Those
//! behind a poller that may be dropped have barriers of their own: `Released<3, …>`, `Unheld<3>`.

mod released;

#[cfg(feature = "async")]
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::Sequence;
use crate::control::State;
use crate::memory::Memory;
use crate::publication::Publication;
use crate::signal::Signal;
#[cfg(feature = "async")]
use crate::signal::WaiterId;
use crate::sync::{Ordering, thread};
use crate::word::{self, END, HALT};

pub use released::{Released, Unheld};

/// What is waited on. A clone waits on the same.
pub trait Barrier<M>: Clone + Send {
    /// True if this is what the producers have published, or may come to be.
    const FIRST: bool = false;

    /// The word of everything waited on, for one who has handled everything below `next`; `most` bounds the search for more.
    fn look(&mut self, memory: &M, next: Sequence, most: usize) -> i64;

    /// The same for those who found nothing; where the pipeline is `closing`, an end that came from outside is seen too.
    fn look_closely(&mut self, memory: &M, next: Sequence, most: usize, closing: bool) -> i64;

    /// Shows each signal of what is waited on, with whether there is something to do beyond `next` at its word.
    fn signals(&self, memory: &M, next: Sequence, visit: &mut Visit<'_>);

    /// Parks until the words not yet beyond `next` have moved, the limit has passed, or `over` has become true and everybody
    /// was woken.
    fn park(&self, memory: &M, next: Sequence, limit: Option<Duration>, over: &dyn Fn() -> bool) {
        if limit == Some(Duration::ZERO) {
            // No time to park: at least others get theirs.
            return thread::yield_now();
        }
        let begun = limit.map(|_| Instant::now());
        // One after the other, as all are needed; at none where the word has moved already.
        self.signals(memory, next, &mut |signal, stirs| {
            let left = limit.zip(begun).map(|(limit, begun)| limit.saturating_sub(begun.elapsed()));
            if left != Some(Duration::ZERO) {
                signal.park(left, || over() || stirs());
            }
        });
    }

    /// Leaves a waker where a word not yet beyond `next` will move. False, with nothing left at it, if all have moved already
    /// or if it is `over`: then look again.
    #[cfg(feature = "async")]
    fn enlist(
        &self,
        memory: &M,
        next: Sequence,
        (waiter, waker): (WaiterId, &Waker),
        over: &dyn Fn() -> bool,
    ) -> bool {
        let mut enlisted = false;
        // One is enough, as all are needed: woken by it, the task looks again and waits at the next.
        self.signals(memory, next, &mut |signal, stirs| {
            enlisted = enlisted || !signal.enlist(waiter, waker, || over() || stirs());
        });
        enlisted
    }

    /// Takes back the wakers that this waiter has left anywhere.
    #[cfg(feature = "async")]
    fn dismiss(&self, memory: &M, waiter: WaiterId) {
        self.signals(memory, 0, &mut |signal, _| signal.dismiss(waiter));
    }
}

/// What is done at each signal of a barrier, given whether its word stirs who waits there.
pub(crate) type Visit<'a> = dyn FnMut(&Signal, &dyn Fn() -> bool) + 'a;

/// Waits on the producers.
#[derive(Clone, Debug, Default)]
pub struct Head;

impl<M: Memory> Barrier<M> for Head {
    const FIRST: bool = true;

    #[inline(always)]
    fn look(&mut self, memory: &M, next: Sequence, most: usize) -> i64 {
        memory.head().look(next, most)
    }

    fn look_closely(&mut self, memory: &M, next: Sequence, most: usize, closing: bool) -> i64 {
        memory.head().look_closely(next, most, closing)
    }

    fn signals(&self, memory: &M, next: Sequence, visit: &mut Visit<'_>) {
        let cold = memory.cold();
        visit(&cold.published, &|| {
            let closing = cold.control.state() != State::Open;
            stirs(memory.head().look_closely(next, 1, closing), next)
        });
    }
}

/// Waits on a stage.
#[derive(Clone, Debug, Default)]
pub struct After<const STAGE: usize> {
    seen: i64,
}

impl<M: Memory, const STAGE: usize> Barrier<M> for After<STAGE> {
    #[inline(always)]
    fn look(&mut self, memory: &M, next: Sequence, _: usize) -> i64 {
        if !word::plainly_beyond(self.seen, next) {
            // Acquire: pairs with the Release of the stage's loop; who sees the count sees what the stage did.
            self.seen = memory.stage(STAGE).word.load(Ordering::Acquire);
        }
        self.seen
    }

    fn look_closely(&mut self, memory: &M, next: Sequence, most: usize, _: bool) -> i64 {
        self.look(memory, next, most)
    }

    fn signals(&self, memory: &M, next: Sequence, visit: &mut Visit<'_>) {
        let words = memory.stage(STAGE);
        visit(&words.aside.moved, &|| stirs(words.word.load(Ordering::Relaxed), next));
    }
}

/// Waits on all workers of a shard, whose words are `COUNT` from `FIRST` on.
#[derive(Clone, Debug)]
pub struct Workers<const FIRST: usize, const COUNT: usize> {
    seen: [i64; COUNT],
}

impl<const FIRST: usize, const COUNT: usize> Default for Workers<FIRST, COUNT> {
    fn default() -> Self {
        Self { seen: [0; COUNT] }
    }
}

impl<M: Memory, const FIRST: usize, const COUNT: usize> Barrier<M> for Workers<FIRST, COUNT> {
    #[inline(always)]
    fn look(&mut self, memory: &M, next: Sequence, _: usize) -> i64 {
        for (worker, seen) in self.seen.iter_mut().enumerate() {
            if !word::plainly_beyond(*seen, next) {
                // Acquire: as in `After`.
                *seen = memory.stage(FIRST + worker).word.load(Ordering::Acquire);
            }
        }
        self.seen.into_iter().reduce(word::join).unwrap_or_default()
    }

    fn look_closely(&mut self, memory: &M, next: Sequence, most: usize, _: bool) -> i64 {
        self.look(memory, next, most)
    }

    fn signals(&self, memory: &M, next: Sequence, visit: &mut Visit<'_>) {
        for worker in 0..COUNT {
            let words = memory.stage(FIRST + worker);
            visit(&words.aside.moved, &|| stirs(words.word.load(Ordering::Relaxed), next));
        }
    }
}

impl<M, A: Barrier<M>, B: Barrier<M>> Barrier<M> for (A, B) {
    const FIRST: bool = A::FIRST || B::FIRST;

    #[inline(always)]
    fn look(&mut self, memory: &M, next: Sequence, most: usize) -> i64 {
        word::join(self.0.look(memory, next, most), self.1.look(memory, next, most))
    }

    fn look_closely(&mut self, memory: &M, next: Sequence, most: usize, closing: bool) -> i64 {
        let first = self.0.look_closely(memory, next, most, closing);
        word::join(first, self.1.look_closely(memory, next, most, closing))
    }

    fn signals(&self, memory: &M, next: Sequence, visit: &mut Visit<'_>) {
        self.0.signals(memory, next, visit);
        self.1.signals(memory, next, visit);
    }
}

/// True where a word gives its reader something to do.
pub(crate) fn stirs(word: i64, next: Sequence) -> bool {
    word::count(word) > next || word & (END | HALT) != 0
}
