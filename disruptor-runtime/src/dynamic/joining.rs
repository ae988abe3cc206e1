//! A stage that has joined and not started: whatever goes wrong until it has, and wherever, it leaves again.

use super::memory::Dynamic;
use super::registry::Joined;
use crate::memory::{Memory, wake_all};
use crate::publication::Publication;

/// Has a stage leave that has joined, when dropped: its start was refused, or the user's code panicked on the way to it.
pub(super) struct Joining<'a, E: Send + Sync, P: Publication> {
    memory: &'a Dynamic<E, P>,
    joined: &'a Joined,
}

impl<'a, E: Send + Sync, P: Publication> Joining<'a, E, P> {
    pub(super) fn new(memory: &'a Dynamic<E, P>, joined: &'a Joined) -> Self {
        Self { memory, joined }
    }

    /// It has started.
    pub(super) fn started(self) {
        std::mem::forget(self);
    }
}

impl<E: Send + Sync, P: Publication> Drop for Joining<'_, E, P> {
    fn drop(&mut self) {
        let Self { memory, joined } = *self;
        // First: what a thread does last is to say that its word's stage has ended. Its start was called off.
        memory.cold().control.threads_of(joined.id).into_iter().for_each(|thread| drop(thread.join()));
        let mut registry = memory.registry();
        // It has handled nothing, and nobody waits on it: those that it was to wait on are gates by now.
        let upstreams = registry.upstreams(joined.id);
        for &word in &joined.words {
            memory.replace_gate(word, &upstreams, || ());
        }
        let left = registry.leave(joined.id);
        if let Some((_, words)) = left {
            memory.reuse(&mut registry, words);
        }
        drop(registry);
        wake_all(memory);
    }
}
