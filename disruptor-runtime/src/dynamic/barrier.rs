//! What a stage waits on in a pipeline that is built at run time: words that are known then, and change where a poller that it
//! waited on is released.

use super::memory::Dynamic;
use crate::Sequence;
use crate::barrier::{Barrier, Visit, stirs};
use crate::control::State;
use crate::memory::{Memory, Watch};
use crate::publication::Publication;
use crate::sync::{Ordering, lock};
use crate::word::{self, END, HOLES};

/// What the stage of a word waits on.
#[derive(Clone, Debug)]
pub struct Upstreams {
    own: usize,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    /// The producers.
    Head(Whole),
    /// Stages: at least one.
    Words(Vec<Seen>),
}

/// A word, and the value that was last seen there.
#[derive(Clone, Debug)]
struct Seen {
    word: usize,
    value: i64,
}

/// Until where those behind must look out for holes; see `Place::look_out`, which does it for stages that never wait on
/// anything but the producers.
#[derive(Clone, Debug, Default)]
struct Whole {
    holes: i64,
    from: Sequence,
}

impl Upstreams {
    /// What the stage of the word `own` waits on: the stages of these words, or, if there are none, the producers.
    pub(super) fn new(own: usize, words: &[usize]) -> Self {
        Self { own, source: Source::of(words, Whole::default()) }
    }

    /// True if the stage is to end.
    #[inline(always)]
    fn is_leaving<E: Send + Sync, P: Publication>(&self, memory: &Dynamic<E, P>) -> bool {
        memory.is_leaving(self.own)
    }

    /// Goes on behind the pollers among those waited on that were released. False if there are none.
    #[cold]
    fn forward<E: Send + Sync, P: Publication>(&mut self, memory: &Dynamic<E, P>, next: Sequence) -> bool {
        let Source::Words(seen) = &self.source else { return false };
        let mut words = Vec::new();
        let mut forwarded = false;
        for Seen { word, value } in seen {
            let released = if value & END == 0 { None } else { lock(&memory.note(*word).forward).clone() };
            match released {
                Some(forward) => {
                    words.extend(forward.words);
                    forwarded = true;
                }
                None => words.push(*word),
            }
        }
        if forwarded {
            words.sort_unstable();
            words.dedup();
            // Any stage is behind the producers. Where these alone are left, it is this stage that looks for holes from now on;
            // those behind it may still stand before one that the poller has seen.
            let whole = Whole { holes: HOLES, from: next + memory.ring() as i64 };
            self.source = Source::of(&words, whole);
        }
        forwarded
    }
}

impl Source {
    fn of(words: &[usize], whole: Whole) -> Self {
        if words.is_empty() {
            return Self::Head(whole);
        }
        Self::Words(words.iter().map(|&word| Seen { word, value: 0 }).collect())
    }
}

impl Whole {
    /// The word of the producers, with what those behind must know of holes.
    #[inline(always)]
    fn look_out(&mut self, word: i64, next: Sequence, ring: usize) -> i64 {
        if word & HOLES != 0 {
            self.holes = HOLES;
            self.from = word::count(word) + ring as i64;
        } else if self.holes != 0 && next >= self.from {
            self.holes = 0;
        }
        word | self.holes
    }
}

impl<E: Send + Sync, P: Publication> Barrier<Dynamic<E, P>> for Upstreams {
    fn look(&mut self, memory: &Dynamic<E, P>, next: Sequence, most: usize) -> i64 {
        if self.is_leaving(memory) {
            return next | END;
        }
        loop {
            let mut ended = false;
            let word = match &mut self.source {
                Source::Head(whole) => whole.look_out(memory.head().look(next, most), next, memory.ring()),
                Source::Words(seen) => {
                    let mut joined = None;
                    for Seen { word, value } in seen {
                        if !word::plainly_beyond(*value, next) {
                            // Acquire: pairs with the Release of the stage's loop; who sees the count sees what the stage did.
                            *value = memory.stage(*word).word.load(Ordering::Acquire);
                            ended |= *value & END != 0;
                        }
                        joined = Some(joined.map_or(*value, |joined| word::join(joined, *value)));
                    }
                    joined.unwrap_or_default()
                }
            };
            if !ended || !self.forward(memory, next) {
                return word;
            }
        }
    }

    fn look_closely(&mut self, memory: &Dynamic<E, P>, next: Sequence, most: usize, closing: bool) -> i64 {
        if let Source::Head(whole) = &mut self.source {
            let word = memory.head().look_closely(next, most, closing);
            let word = whole.look_out(word, next, memory.ring());
            if !self.is_leaving(memory) {
                return word;
            }
        }
        self.look(memory, next, most)
    }

    fn signals(&self, memory: &Dynamic<E, P>, next: Sequence, visit: &mut Visit<'_>) {
        match &self.source {
            Source::Head(_) => {
                let cold = memory.cold();
                visit(&cold.published, &|| {
                    let closing = cold.control.state() != State::Open;
                    self.is_leaving(memory) || stirs(memory.head().look_closely(next, 1, closing), next)
                });
            }
            Source::Words(seen) => {
                for Seen { word, .. } in seen {
                    let words = memory.stage(*word);
                    visit(&words.aside.moved, &|| {
                        self.is_leaving(memory) || stirs(words.word.load(Ordering::Relaxed), next)
                    });
                }
            }
        }
    }
}
