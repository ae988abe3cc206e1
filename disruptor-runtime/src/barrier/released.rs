//! Barriers behind pollers that may be dropped while events flow: whoever waits on such a poller goes on waiting on what the poller
//! waited on.

use super::{Barrier, Visit, stirs};
use crate::Sequence;
use crate::control::State;
use crate::memory::{Memory, StageWords};
use crate::publication::Publication;
use crate::sync::Ordering;
use crate::word::{self, END};

/// Waits on a poller; once that is released, on its `upstreams`.
///
/// What the poller had not handled then, those behind it get as its upstreams let it through: these are never behind it.
#[derive(Clone, Debug, Default)]
pub struct Released<const STAGE: usize, U> {
    seen: i64,
    /// Known, as it is for good.
    released: bool,
    upstreams: U,
}

impl<M: Memory, const STAGE: usize, U: Barrier<M>> Barrier<M> for Released<STAGE, U> {
    /// Where the producers are all that is left, it is this stage that sees holes first. It looks out for them from the beginning:
    /// the poller's word tells it as that of a first stage would.
    const FIRST: bool = U::FIRST;

    #[inline(always)]
    fn look(&mut self, memory: &M, next: Sequence, most: usize) -> i64 {
        if word::plainly_beyond(self.seen, next) || self.is_there(memory) {
            self.seen
        } else {
            self.upstreams.look(memory, next, most)
        }
    }

    fn look_closely(&mut self, memory: &M, next: Sequence, most: usize, closing: bool) -> i64 {
        if word::plainly_beyond(self.seen, next) || self.is_there(memory) {
            self.seen
        } else {
            self.upstreams.look_closely(memory, next, most, closing)
        }
    }

    fn signals(&self, memory: &M, next: Sequence, visit: &mut Visit<'_>) {
        let words = memory.stage(STAGE);
        if self.released || is_released(words) {
            self.upstreams.signals(memory, next, visit);
        } else {
            visit(&words.aside.moved, &|| stirs(words.word.load(Ordering::Relaxed), next));
        }
    }
}

impl<const STAGE: usize, U> Released<STAGE, U> {
    /// True while there is a poller, whose word is then seen anew.
    #[inline(always)]
    fn is_there<M: Memory>(&mut self, memory: &M) -> bool {
        if !self.released {
            let words = memory.stage(STAGE);
            // Acquire: as in `After`; who sees the end of a released poller sees that it reads nothing any more.
            self.seen = words.word.load(Ordering::Acquire);
            self.released = self.seen & END != 0 && words.aside.is_released();
        }
        !self.released
    }
}

/// What holds back the producers where a poller waits on nothing but them; once that is released, what they have published themselves.
///
/// The poller's word then goes on: everything below its count is published, and may be overwritten once the ring is used up. A
/// claim that is still being written holds back those that would lap it.
#[derive(Clone, Debug, Default)]
pub struct Unheld<const STAGE: usize> {
    seen: i64,
}

impl<const STAGE: usize> Unheld<STAGE> {
    /// What is published, if the poller is released; otherwise its word.
    fn word<M: Memory>(memory: &M) -> i64 {
        let words = memory.stage(STAGE);
        // Acquire: pairs with the Release of the poller, and of those who have moved the word on below.
        let mut floor = words.word.load(Ordering::Acquire);
        if floor & END == 0 || !words.aside.is_released() {
            return floor;
        }
        loop {
            let closing = memory.cold().control.state() != State::Open;
            let published = memory.head().look_closely(word::count(floor), memory.ring(), closing);
            if word::count(published) > word::count(floor) {
                // Release: what was seen to be published is so for those who begin to look here. Before anybody claims what it makes
                // room for: a floor whose slot is overwritten is no longer the word's.
                words.word.fetch_max(word::count(published) | END, Ordering::Release);
                return published;
            }
            let now = words.word.load(Ordering::Acquire);
            if word::count(now) == word::count(floor) {
                return published;
            }
            floor = now;
        }
    }
}

impl<M: Memory, const STAGE: usize> Barrier<M> for Unheld<STAGE> {
    fn look(&mut self, memory: &M, next: Sequence, _: usize) -> i64 {
        if !word::plainly_beyond(self.seen, next) {
            self.seen = Self::word(memory);
        }
        self.seen
    }

    fn look_closely(&mut self, memory: &M, next: Sequence, most: usize, _: bool) -> i64 {
        self.look(memory, next, most)
    }

    fn signals(&self, memory: &M, next: Sequence, visit: &mut Visit<'_>) {
        let words = memory.stage(STAGE);
        if is_released(words) {
            visit(&memory.cold().published, &|| stirs(Self::word(memory), next));
        } else {
            visit(&words.aside.moved, &|| stirs(words.word.load(Ordering::Relaxed), next));
        }
    }
}

/// True once the poller of these words is released.
fn is_released(words: &StageWords) -> bool {
    words.word.load(Ordering::Acquire) & END != 0 && words.aside.is_released()
}
