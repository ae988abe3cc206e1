//! Writing what is claimed, and making it visible.

use std::ops::Range;
use std::ptr;

use super::{Batch, Producer};
use crate::Sequence;
use crate::barrier::Barrier;
use crate::error::Closed;
use crate::memory::Memory;
use crate::publication::{Claimant, Publication};
use crate::wait::{self, Wait, Waiters};

impl<M, G, W, F> Producer<M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    /// Fills and publishes a slot.
    ///
    /// # Safety
    /// `claim` is granted, and neither committed nor aborted.
    #[inline(always)]
    pub(super) unsafe fn write_one(&mut self, claim: Sequence, write: impl FnOnce(&mut M::Event)) {
        let abort = Abort::<M> { memory: &**self.memory, claim, count: 1 };
        // SAFETY: the slot is claimed: until the commit this thread alone touches it.
        write(unsafe { &mut *self.memory.slot(claim as usize) });
        std::mem::forget(abort);
        self.commit(claim, 1);
    }

    /// Fills and publishes a batch. Gives its sequences.
    ///
    /// # Safety
    /// The claim of these `count` slots is granted, and neither committed nor aborted.
    #[inline(always)]
    pub(super) unsafe fn write_batch(
        &mut self,
        claim: Sequence,
        count: usize,
        write: impl FnOnce(Batch<'_, M::Event>),
    ) -> Range<Sequence> {
        let abort = Abort::<M> { memory: &**self.memory, claim, count };
        let (before_wrap, after_wrap) = self.slots(claim, count);
        if after_wrap.is_empty() {
            // Written out for itself: where the caller's count is a constant it is one for this slice, too.
            let whole = ptr::slice_from_raw_parts_mut(before_wrap.cast::<M::Event>(), count);
            // SAFETY: the slots are claimed: until the commit this thread alone touches them.
            write(unsafe { Batch::new(&mut *whole, &mut []) });
        } else {
            // SAFETY: as above. The two slices do not meet.
            write_around_the_wrap(write, unsafe { Batch::new(&mut *before_wrap, &mut *after_wrap) });
        }
        std::mem::forget(abort);
        self.commit(claim, count);
        claim..claim + count as i64
    }

    /// Writes a batch of no events, which takes no slot and waits with nobody.
    #[inline(always)]
    pub(super) fn write_nothing(
        &mut self,
        write: impl FnOnce(Batch<'_, M::Event>),
    ) -> Result<Range<Sequence>, Closed> {
        let nothing = self.nothing()?;
        write(Batch::new(&mut [], &mut []));
        Ok(nothing)
    }

    /// Where a batch of no events would stand.
    #[inline(always)]
    pub(super) fn nothing(&mut self) -> Result<Range<Sequence>, Closed> {
        self.apart(|slow| {
            slow.settle();
            let head = slow.memory.head();
            if head.is_closed() {
                return Err(slow.closed());
            }
            let next = head.claimed();
            Ok(next..next)
        })
    }

    /// Makes what is written visible.
    #[inline(always)]
    pub(super) fn commit(&mut self, claim: Sequence, count: usize) {
        Self::show(&self.memory, &mut self.claimant, claim, count);
    }

    /// The same for a claimant by itself.
    #[inline(always)]
    pub(super) fn show(memory: &M, claimant: &mut Claimant, claim: Sequence, count: usize) {
        memory.head().commit(claimant, claim, count);
        if memory.wakes() {
            wait::wake::<F>(&memory.cold().published);
        }
    }
}

impl<M, G, W, F> Producer<M, G, W, F>
where
    M: Memory,
{
    /// The slots of at most a ring of sequences: those up to the end of the ring, and those from its beginning on. They do not
    /// meet.
    #[inline(always)]
    pub(super) fn slots(&self, first: Sequence, count: usize) -> (*mut [M::Event], *mut [M::Event]) {
        let ring = self.memory.ring();
        let index = first as usize & (ring - 1);
        let before_wrap = count.min(ring - index);
        (
            ptr::slice_from_raw_parts_mut(self.memory.slot(index), before_wrap),
            ptr::slice_from_raw_parts_mut(self.memory.slot(0), count - before_wrap),
        )
    }
}

/// Out of the way of the batches that lie in one piece.
#[cold]
#[inline(never)]
fn write_around_the_wrap<E>(write: impl FnOnce(Batch<'_, E>), batch: Batch<'_, E>) {
    write(batch);
}

/// Ends a claim whose writer panicked.
struct Abort<'a, M: Memory> {
    memory: &'a M,
    claim: Sequence,
    count: usize,
}

impl<M: Memory> Drop for Abort<'_, M> {
    fn drop(&mut self) {
        if M::Head::HOLDS_OTHERS {
            self.memory.head().abort(self.claim, self.count);
            self.memory.cold().published.notify();
        }
    }
}
