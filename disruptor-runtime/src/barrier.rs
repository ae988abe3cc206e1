//! Sequence barriers, as types: on what a stage, or the producer, waits.
//!
//! `After<3>` is the word of the fourth stage, `Workers<3, 2>` the words of a shard's two workers, `Head` what the producers have published, and a pair waits on both of its sides: the
//! waits of a fan-in are thereby unrolled, and each keeps the value it saw last, which is read again only when it is used up.

use std::time::Duration;

use crate::Sequence;
use crate::control::State;
use crate::memory::Memory;
use crate::publication::Publication;
use crate::sync::Ordering;
use crate::word::{self, END, HALT};

/// What is waited on. A clone waits on the same.
pub trait Barrier<M>: Clone + Send {
    /// True if this is what the producers have published.
    const FIRST: bool = false;

    /// The word of everything waited on, for one who has handled everything below `next`; `most` bounds the search for more.
    fn look(&mut self, memory: &M, next: Sequence, most: usize) -> i64;

    /// The same for those who found nothing; where the pipeline is `closing`, an end that came from outside is seen too.
    fn look_closely(&mut self, memory: &M, next: Sequence, most: usize, closing: bool) -> i64;

    /// Parks until one of the words not yet beyond `next` moves, or `over` has become true and everybody was woken.
    fn park(&self, memory: &M, next: Sequence, limit: Option<Duration>, over: &dyn Fn() -> bool);
}

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

    fn park(&self, memory: &M, next: Sequence, limit: Option<Duration>, over: &dyn Fn() -> bool) {
        let cold = memory.cold();
        cold.published.park(limit, || {
            let closing = cold.control.state() != State::Open;
            over() || stirs(memory.head().look_closely(next, 1, closing), next)
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

    fn park(&self, memory: &M, next: Sequence, limit: Option<Duration>, over: &dyn Fn() -> bool) {
        let words = memory.stage(STAGE);
        words.aside.moved.park(limit, || over() || stirs(words.word.load(Ordering::Relaxed), next));
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

    fn park(&self, memory: &M, next: Sequence, limit: Option<Duration>, over: &dyn Fn() -> bool) {
        for worker in 0..COUNT {
            let words = memory.stage(FIRST + worker);
            words.aside.moved.park(limit, || over() || stirs(words.word.load(Ordering::Relaxed), next));
        }
    }
}

impl<M, A: Barrier<M>, B: Barrier<M>> Barrier<M> for (A, B) {
    #[inline(always)]
    fn look(&mut self, memory: &M, next: Sequence, most: usize) -> i64 {
        word::join(self.0.look(memory, next, most), self.1.look(memory, next, most))
    }

    fn look_closely(&mut self, memory: &M, next: Sequence, most: usize, closing: bool) -> i64 {
        let first = self.0.look_closely(memory, next, most, closing);
        word::join(first, self.1.look_closely(memory, next, most, closing))
    }

    fn park(&self, memory: &M, next: Sequence, limit: Option<Duration>, over: &dyn Fn() -> bool) {
        // One after the other, as both are needed; neither parks where its word has moved already.
        self.0.park(memory, next, limit, over);
        self.1.park(memory, next, limit, over);
    }
}

/// True where a word gives its reader something to do.
fn stirs(word: i64, next: Sequence) -> bool {
    word::count(word) > next || word & (END | HALT) != 0
}
