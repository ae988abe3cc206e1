//! What holds back the producers of a pipeline that is built at run time: a list of words, which changes while events flow.
//!
//! The list is read under a lock, by producers that have used up the room they know of and by nobody else. That makes changes
//! safe: every limit is the lowest gate plus the ring, found with the list locked, and no gate is beyond what is published without a
//! gap. A stage that is added takes that count, `s`, under the lock, and starts there. So a limit that was granted before is at
//! most `s` plus the ring, which overwrites nothing from `s` on, and one that is granted later takes the new stage into account.
//! What several producers have claimed and not yet published lies at or beyond `s`, and so beyond every gate: nobody laps it, also
//! when the older stages leave.
//! A word leaves the list when its stage has ended, and those that the stage waited on stand there from then on.

use super::memory::Dynamic;
use crate::Sequence;
use crate::barrier::{Barrier, Visit, stirs};
use crate::control::State;
use crate::memory::{Memory, Watch};
use crate::publication::Publication;
use crate::sync::{Ordering, lock};
use crate::word::{self, END};

/// What holds back the producers.
#[derive(Debug, Default)]
pub(super) struct GateList {
    gates: Vec<Gate>,
    /// While there is no gate: everything below it is published, and may be overwritten once the ring is used up.
    floor: Sequence,
}

#[derive(Debug)]
struct Gate {
    word: usize,
    /// Its stage is to end, and to hold back nobody then: its end is not that of the pipeline.
    leaving: bool,
}

impl Gate {
    /// What of its word counts: the end of a stage that is to leave stirs nobody, as it is about to be taken from the list.
    fn mask(&self) -> i64 {
        if self.leaving { !END } else { !0 }
    }
}

impl GateList {
    /// The word of all gates, for one who has seen these values of them and wants to go beyond `next`.
    fn look<E: Send + Sync, P: Publication>(
        &mut self,
        memory: &Dynamic<E, P>,
        next: Sequence,
        seen: &mut Vec<i64>,
    ) -> i64 {
        if self.gates.is_empty() {
            // Nobody handles events: what has been published completely is done with. A claim that is still being written holds
            // back those that would lap it.
            let word = self.published(memory);
            self.floor = word::count(word);
            return word;
        }
        seen.resize(self.gates.len(), 0);
        let words = self.gates.iter().zip(seen).map(|(gate, seen)| {
            if !word::plainly_beyond(*seen, next) {
                // Acquire: pairs with the Release of the stage's loop; its slots are left.
                *seen = memory.stage(gate.word).word.load(Ordering::Acquire);
            }
            *seen & gate.mask()
        });
        // There is a gate.
        words.reduce(word::join).unwrap_or_default()
    }

    /// The word of what is published without a gap. No gate is beyond it.
    fn published<E: Send + Sync, P: Publication>(&self, memory: &Dynamic<E, P>) -> i64 {
        // Acquire: as in `look`. What is below a gate is published: its stage has seen it.
        let words = self.gates.iter().map(|gate| memory.stage(gate.word).word.load(Ordering::Acquire));
        let below = words.map(word::count).min().unwrap_or(self.floor);
        let closing = memory.cold().control.state() != State::Open;
        memory.head().look_closely(below, memory.ring(), closing)
    }

    fn add(&mut self, word: usize) {
        if !self.gates.iter().any(|gate| gate.word == word) {
            self.gates.push(Gate { word, leaving: false });
        }
    }
}

impl<E: Send + Sync, P: Publication> Dynamic<E, P> {
    /// Has the gates begin where the stream does, before there is one.
    pub(super) fn begin_gates(&self) {
        lock(&self.gates).floor = self.head().claimed();
    }

    /// Lets new stages hold back the producers from here on; gives the first sequence that they are sure to get.
    pub(super) fn add_gates(&self, own: &[usize], gates: &[usize]) -> Sequence {
        let mut list = lock(&self.gates);
        let from = word::count(list.published(self));
        for &word in own {
            // Release: pairs with the looks; it is in no list yet.
            self.stage(word).word.store(from, Ordering::Release);
        }
        gates.iter().for_each(|word| list.add(*word));
        self.changed();
        from
    }

    /// Says that the stage of this word is about to end, and is no gate then.
    pub(super) fn expect_leave(&self, word: usize) {
        let mut list = lock(&self.gates);
        if let Some(gate) = list.gates.iter_mut().find(|gate| gate.word == word) {
            gate.leaving = true;
        }
    }

    /// Puts in the place of a gate what its stage waited on: its last word is `word`, and it touches no event any more.
    pub(super) fn replace_gate(&self, own: usize, upstreams: &[usize], end: impl FnOnce()) {
        let mut list = lock(&self.gates);
        end();
        let Some(at) = list.gates.iter().position(|gate| gate.word == own) else { return };
        list.gates.swap_remove(at);
        upstreams.iter().for_each(|word| list.add(*word));
        if list.gates.is_empty() {
            // Acquire: what is below it was published, as the stage has seen.
            list.floor = word::count(self.stage(own).word.load(Ordering::Acquire));
        }
        self.changed();
    }

    fn changed(&self) {
        // Release: pairs with the Acquire of those who are about to park at a gate.
        self.gates_version.fetch_add(1, Ordering::Release);
    }
}

/// The gates, as a producer waits on them.
#[derive(Clone, Debug, Default)]
pub struct Gates {
    /// Of which state of the list the values are.
    version: u64,
    /// What was last seen of each gate: one that is far enough is not read again.
    seen: Vec<i64>,
}

impl<E: Send + Sync, P: Publication> Barrier<Dynamic<E, P>> for Gates {
    fn look(&mut self, memory: &Dynamic<E, P>, next: Sequence, _: usize) -> i64 {
        let mut list = lock(&memory.gates);
        // Relaxed: it changes with the list locked.
        let version = memory.gates_version.load(Ordering::Relaxed);
        if version != self.version {
            self.version = version;
            self.seen.clear();
        }
        list.look(memory, next, &mut self.seen)
    }

    fn look_closely(&mut self, memory: &Dynamic<E, P>, next: Sequence, most: usize, _: bool) -> i64 {
        self.look(memory, next, most)
    }

    fn signals(&self, memory: &Dynamic<E, P>, next: Sequence, visit: &mut Visit<'_>) {
        let (words, version) = {
            let list = lock(&memory.gates);
            let words: Vec<_> = list.gates.iter().map(|gate| (gate.word, gate.mask())).collect();
            (words, memory.gates_version.load(Ordering::Acquire))
        };
        for &(word, mask) in &words {
            let words = memory.stage(word);
            visit(&words.aside.moved, &|| {
                memory.gates_version.load(Ordering::Acquire) != version
                    || stirs(words.word.load(Ordering::Relaxed) & mask, next)
            });
        }
        if words.is_empty() {
            visit(&memory.cold().published, &|| {
                memory.gates_version.load(Ordering::Acquire) != version
                    || stirs(lock(&memory.gates).look(memory, next, &mut Vec::new()), next)
            });
        }
    }
}
