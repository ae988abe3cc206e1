//! Publishing: claim a slot, write the event in place, make it visible.

mod batch;

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::slice;

pub use batch::Batch;

use crate::Sequence;
use crate::barrier::Barrier;
use crate::error::{BatchError, Closed, TooLarge, TryBatchError, TryPublishError};
use crate::memory::Memory;
use crate::monitor::Monitor;
use crate::publication::{Claimant, Publication, Refused};
use crate::sync::{Arc, Ordering, fence, thread};
use crate::wait::{Idle, UNDECLARED_PARK, Wait, Waiters};
use crate::word::{self, END, HALT};

/// Publishes events to a pipeline. Dropping it ends the pipeline, after everything published has been handled.
///
/// A pipeline with `producers: multi` has a handle that is `Clone`; its stream ends with the last of them.
///
/// `G` is what holds this producer back, `W` how it waits then, and `F` how the first stages wait.
pub struct Producer<M, G, W, F>
where
    M: Memory,
{
    memory: Arc<M>,
    claimant: Claimant,
    gates: G,
    wait: W,
    first_stages: PhantomData<fn() -> F>,
}

impl<M, G, W, F> Producer<M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    /// A producer of this memory.
    ///
    /// # Safety
    /// When `gates` is beyond a sequence, no stage touches its slot any more; and for a head that is not made for several
    /// producers, this is the only one.
    pub(crate) unsafe fn new(memory: Arc<M>, gates: G, wait: W) -> Self {
        let claimant = memory.head().join();
        Self { memory, claimant, gates, wait, first_stages: PhantomData }
    }

    /// Claims the next slot, lets `write` fill it in place, and publishes it. While the ring is full it waits, as the
    /// pipeline's `producer_wait` says.
    ///
    /// `write` finds in the slot what the last event there has left, or the initial value.
    ///
    /// A handler that publishes to its own pipeline waits for itself when the ring is full, as does a `write` that publishes
    /// through a clone: use [`try_publish`](Self::try_publish) there.
    ///
    /// # Errors
    /// [`Closed`] once the pipeline takes no more events: a stage failed, or somebody ended it. `write` is not called then.
    /// An event whose publication overlaps with the failure of a stage may be published, and yet not be handled by all.
    ///
    /// # Panics
    /// Only if `write` does: the event is not published then, no stage ever sees it, and the producer can go on.
    #[inline]
    pub fn publish(&mut self, write: impl FnOnce(&mut M::Event)) -> Result<Sequence, Closed> {
        let claim = self.claim(1)?;
        // SAFETY: the claim was just granted.
        unsafe { self.write_one(claim, write) };
        Ok(claim)
    }

    /// As [`publish`](Self::publish), but says [`Full`](TryPublishError::Full) where that would wait.
    ///
    /// # Errors
    /// [`TryPublishError::Full`] or [`TryPublishError::Closed`]; `write` is not called then.
    ///
    /// # Panics
    /// As `publish`.
    #[inline]
    pub fn try_publish(&mut self, write: impl FnOnce(&mut M::Event)) -> Result<Sequence, TryPublishError> {
        let claim = self.try_claim(1).map_err(|refused| match refused {
            Refused::Full => TryPublishError::Full,
            Refused::Closed => TryPublishError::Closed(self.closed()),
        })?;
        // SAFETY: the claim was just granted.
        unsafe { self.write_one(claim, write) };
        Ok(claim)
    }

    /// Claims `count` slots together, lets `write` fill them, and publishes them at once. Gives their sequences.
    ///
    /// What `write` leaves untouched is published as it stands. A `count` of 0 publishes nothing, and gives an empty range.
    ///
    /// # Errors
    /// [`BatchError::TooLarge`] if the ring has fewer slots, whatever their state; [`BatchError::Closed`]. `write` is not
    /// called then.
    ///
    /// # Panics
    /// Only if `write` does: nothing of the batch is published then.
    #[inline]
    pub fn publish_batch(
        &mut self,
        count: usize,
        write: impl FnOnce(Batch<'_, M::Event>),
    ) -> Result<Range<Sequence>, BatchError> {
        self.fits(count)?;
        if count == 0 {
            let nothing = self.nothing()?;
            write(Batch::new(&mut [], &mut []));
            return Ok(nothing);
        }
        let claim = self.claim(count)?;
        // SAFETY: the claim was just granted.
        unsafe { self.write_batch(claim, count, write) };
        Ok(claim..claim + count as i64)
    }

    /// As [`publish_batch`](Self::publish_batch), but says [`Full`](TryBatchError::Full) where that would wait.
    ///
    /// # Errors
    /// [`TryBatchError`]; `write` is not called then.
    ///
    /// # Panics
    /// As `publish_batch`.
    #[inline]
    pub fn try_publish_batch(
        &mut self,
        count: usize,
        write: impl FnOnce(Batch<'_, M::Event>),
    ) -> Result<Range<Sequence>, TryBatchError> {
        self.fits(count)?;
        if count == 0 {
            let nothing = self.nothing()?;
            write(Batch::new(&mut [], &mut []));
            return Ok(nothing);
        }
        let claim = self.try_claim(count).map_err(|refused| match refused {
            Refused::Full => TryBatchError::Full,
            Refused::Closed => TryBatchError::Closed(self.closed()),
        })?;
        // SAFETY: the claim was just granted.
        unsafe { self.write_batch(claim, count, write) };
        Ok(claim..claim + count as i64)
    }

    /// A handle to watch the pipeline with, and to end it from elsewhere: also where [`run`](crate::Pipeline::run) has started it.
    #[must_use]
    pub fn monitor(&self) -> Monitor
    where
        M: 'static,
    {
        let memory: Arc<M> = Arc::clone(&self.memory);
        Monitor::new(memory)
    }

    fn fits(&self, count: usize) -> Result<(), TooLarge> {
        let ring = self.memory.ring();
        if count <= ring { Ok(()) } else { Err(TooLarge { requested: count, ring }) }
    }

    /// What a batch of no events is.
    fn nothing(&self) -> Result<Range<Sequence>, Closed> {
        let head = self.memory.head();
        if head.is_closed() {
            return Err(self.closed());
        }
        let next = head.claimed();
        Ok(next..next)
    }

    /// The slots of the ring.
    #[must_use]
    pub fn ring_size(&self) -> usize {
        self.memory.ring()
    }

    #[inline(always)]
    fn claim(&mut self, count: usize) -> Result<Sequence, Closed> {
        match self.memory.head().claim(&mut self.claimant, count) {
            Ok(claim) => Ok(claim),
            Err(pending) => self.wait_for_room(pending, count),
        }
    }

    /// Waits until the stages have left the slots of a claim.
    #[cold]
    #[inline(never)]
    fn wait_for_room(&mut self, pending: Option<Sequence>, count: usize) -> Result<Sequence, Closed> {
        let Some(claim) = pending else { return Err(self.closed()) };
        let behind = claim + count as i64 - self.memory.ring() as i64 - 1;
        let pending = Pending { memory: &*self.memory, claim, count, gates: &mut self.gates };
        let mut looks: u32 = 0;
        loop {
            let head = self.memory.head();
            // Before the gates: a claim is given up only if there was no room after the close.
            let closed = head.is_closed();
            let word = pending.gates.look(&self.memory, behind, self.memory.ring());
            if word::count(word) > behind
                && head.grant(&mut self.claimant, word::count(word) + self.memory.ring() as i64)
            {
                std::mem::forget(pending);
                return Ok(claim);
            }
            // A claim that others may stand behind keeps its turn through a drain, which makes room for it; it is given up when
            // the slowest of the last stages has ended, and so for all that stand behind it.
            if word & (END | HALT) != 0 || (closed && !M::Head::HOLDS_OTHERS) {
                drop(pending);
                return Err(self.closed());
            }
            match self.wait.idle(looks) {
                Idle::Look => {}
                Idle::Park(limit) if W::BLOCKS => {
                    let over = || !M::Head::HOLDS_OTHERS && head.is_closed();
                    pending.gates.park(&self.memory, behind, limit, &over);
                }
                Idle::Park(limit) => thread::sleep(limit.unwrap_or(UNDECLARED_PARK).min(UNDECLARED_PARK)),
            }
            looks = looks.saturating_add(1);
        }
    }

    #[inline(always)]
    fn try_claim(&mut self, count: usize) -> Result<Sequence, Refused> {
        match self.memory.head().try_claim(&mut self.claimant, count) {
            Err(Refused::Full) => self.try_claim_after_a_look(count),
            granted_or_closed => granted_or_closed,
        }
    }

    /// Claims once more after a look at the gates: what this producer knows of them may be old.
    #[cold]
    fn try_claim_after_a_look(&mut self, count: usize) -> Result<Sequence, Refused> {
        let head = self.memory.head();
        loop {
            let behind = self.claimant.next + count as i64 - self.memory.ring() as i64 - 1;
            let word = self.gates.look(&self.memory, behind, self.memory.ring());
            if word::count(word) <= behind {
                return Err(if word & END != 0 { Refused::Closed } else { Refused::Full });
            }
            if !head.grant(&mut self.claimant, word::count(word) + self.memory.ring() as i64) {
                return Err(Refused::Closed);
            }
            match head.try_claim(&mut self.claimant, count) {
                // Other producers were faster, and there may still be room behind what they took.
                Err(Refused::Full) => {}
                granted_or_closed => return granted_or_closed,
            }
        }
    }

    /// Fills and publishes a slot.
    ///
    /// # Safety
    /// `claim` is granted, and neither committed nor aborted.
    #[inline(always)]
    unsafe fn write_one(&mut self, claim: Sequence, write: impl FnOnce(&mut M::Event)) {
        let abort = Abort::<M> { memory: &self.memory, claim, count: 1 };
        // SAFETY: the slot is claimed: until the commit this thread alone touches it.
        write(unsafe { &mut *self.memory.slot(claim as usize) });
        std::mem::forget(abort);
        self.commit(claim, 1);
    }

    /// Fills and publishes a batch.
    ///
    /// # Safety
    /// The claim of these `count` slots is granted, and neither committed nor aborted.
    #[inline(always)]
    unsafe fn write_batch(&mut self, claim: Sequence, count: usize, write: impl FnOnce(Batch<'_, M::Event>)) {
        let abort = Abort::<M> { memory: &self.memory, claim, count };
        let index = claim as usize & (self.memory.ring() - 1);
        let before_wrap = count.min(self.memory.ring() - index);
        // SAFETY: the slots are claimed: until the commit this thread alone touches them. `count` is at most the ring, so that the
        // two slices do not meet.
        let batch = unsafe {
            Batch::new(
                slice::from_raw_parts_mut(self.memory.slot(index), before_wrap),
                slice::from_raw_parts_mut(self.memory.slot(0), count - before_wrap),
            )
        };
        write(batch);
        std::mem::forget(abort);
        self.commit(claim, count);
    }

    #[inline(always)]
    fn commit(&mut self, claim: Sequence, count: usize) {
        self.memory.head().commit(&mut self.claimant, claim, count);
        if F::BLOCK {
            self.memory.cold().published.notify();
        }
    }

    fn closed(&self) -> Closed {
        // Pairs with the Release of the close that was seen: the state behind it is seen, too.
        fence(Ordering::Acquire);
        self.memory.cold().control.closed()
    }
}

/// A claim that waits for room, for the case that it is given up or that the wait panics. If there is room by now it becomes
/// a hole; if not, nothing that stands behind it has any either, and the pipeline ends before it.
struct Pending<'a, M: Memory, G: Barrier<M>> {
    memory: &'a M,
    claim: Sequence,
    count: usize,
    gates: &'a mut G,
}

impl<M: Memory, G: Barrier<M>> Drop for Pending<'_, M, G> {
    fn drop(&mut self) {
        if !M::Head::HOLDS_OTHERS {
            return;
        }
        let (memory, head) = (self.memory, self.memory.head());
        let behind = self.claim + self.count as i64 - memory.ring() as i64 - 1;
        if word::count(self.gates.look(memory, behind, memory.ring())) > behind {
            head.abort(self.claim, self.count);
        } else {
            memory.close();
            head.abandon(self.claim);
        }
        memory.cold().published.notify();
    }
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

impl<M, G, W, F> Clone for Producer<M, G, W, F>
where
    M: Memory<Head: crate::publication::Cloneable>,
    G: Barrier<M>,
    W: Wait + Clone,
{
    fn clone(&self) -> Self {
        // Before the producer is counted: if this panics, there is none.
        let wait = self.wait.clone();
        Self {
            memory: Arc::clone(&self.memory),
            claimant: self.memory.head().join(),
            gates: self.gates.clone(),
            wait,
            first_stages: PhantomData,
        }
    }
}

impl<M, G, W, F> Drop for Producer<M, G, W, F>
where
    M: Memory,
{
    fn drop(&mut self) {
        self.memory.head().leave(&self.claimant);
        self.memory.cold().published.notify();
    }
}

impl<M, G, W, F> fmt::Debug for Producer<M, G, W, F>
where
    M: Memory,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("ring", &self.memory.ring()).finish_non_exhaustive()
    }
}
