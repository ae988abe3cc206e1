//! What a producer needs while events do not flow.

use std::marker::PhantomData;

use crossbeam_utils::CachePadded;

use super::Overflow;
use super::claim::Open;
use crate::memory::Memory;
use crate::publication::{Claimant, Publication};

/// What of a producer is not touched by a publication that finds room.
pub(super) struct Aside<G, W> {
    pub(super) gates: G,
    pub(super) wait: W,
    pub(super) overflow: Overflow,
    /// The claim whose guard has neither published nor aborted it, where others wait on it.
    pub(super) open: Option<Open>,
}

impl<G, W> Aside<G, W> {
    /// On lines of its own: producers that are cloned one after the other would share them, and those that hold claims write here.
    pub(super) fn new(gates: G, wait: W) -> Box<CachePadded<Self>> {
        Box::new(CachePadded::new(Self { gates, wait, overflow: Overflow::default(), open: None }))
    }
}

/// A producer where it takes its time. Its claimant is a copy: the address of the producer itself goes nowhere, so that a loop that
/// publishes keeps what it knows in registers, which the store of the cursor would otherwise have it write and read anew each time.
pub(super) struct Slow<'a, M, G, W, F> {
    pub(super) memory: &'a M,
    pub(super) claimant: &'a mut Claimant,
    pub(super) aside: &'a mut Aside<G, W>,
    pub(super) first_stages: PhantomData<fn() -> F>,
}

impl<M: Memory, G, W, F> Slow<'_, M, G, W, F> {
    /// Aborts the claim whose guard was dropped, or leaked.
    pub(super) fn settle(&mut self) {
        if M::Head::HOLDS_OTHERS
            && let Some(Open { first, count, limit }) = self.aside.open.take()
        {
            self.claimant.limit = limit;
            self.memory.head().abort(first, count);
            self.memory.cold().published.notify();
        }
    }
}
