//! What a producer can see of the ring.

use super::Producer;
use crate::Sequence;
use crate::barrier::Barrier;
use crate::memory::Memory;
use crate::publication::Publication;
use crate::wait::{Wait, Waiters};
use crate::word;

/// Snapshots: by the time that they are read the stages may have moved on, and other producers may have published.
impl<M, G, W, F> Producer<M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    /// The sequence that is published next: so many events have been. With several producers this counts claims.
    #[must_use]
    pub fn published(&self) -> Sequence {
        self.memory.head().claimed()
    }

    /// The events that are published (or, with several producers, claimed) and that not every stage has handled yet.
    #[must_use]
    pub fn backlog(&self) -> usize {
        // The stages first: the difference is then never below zero.
        let handled = self.handled();
        usize::try_from(self.published() - handled).unwrap_or(0)
    }

    /// The slots that are free to be claimed. A single producer can rely on it: they only get more until it publishes.
    #[must_use]
    pub fn free_slots(&self) -> usize {
        self.memory.ring().saturating_sub(self.backlog())
    }

    /// True if so many slots are free; see [`free_slots`](Self::free_slots).
    #[must_use]
    pub fn has_room(&self, count: usize) -> bool {
        count <= self.free_slots()
    }

    /// The events that were offered to this pipeline and dropped since the ring was full, by all of its producers.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.memory.cold().control.dropped()
    }

    /// Everything below it is handled by all.
    fn handled(&self) -> Sequence {
        // Nothing that is cached is beyond everything claimed, so that the stages' words are read anew.
        let all = self.memory.head().claimed();
        word::count(self.aside.gates.clone().look(&**self.memory, all, self.memory.ring()))
    }
}
