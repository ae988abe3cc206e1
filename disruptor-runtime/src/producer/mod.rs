//! Publishing: claim a slot, write the event in place, make it visible.

mod batch;
mod claim;
mod each;
#[cfg(feature = "async")]
mod future;
mod offer;
mod publisher;
mod query;
mod room;
mod slow;
mod timed;
mod with;
mod write;

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Range;

use crossbeam_utils::CachePadded;

pub use batch::Batch;
pub use claim::{Claim, Claims};
#[cfg(feature = "async")]
pub use future::{Publishing, PublishingBatch};
pub use offer::{Offered, Overflow};
pub use publisher::Publisher;
pub use with::{Translate, TranslateEach};

use room::granted;
use slow::{Aside, Slow};

use crate::Sequence;
use crate::barrier::Barrier;
use crate::error::{BatchError, Closed, TryBatchError, TryPublishError};
use crate::memory::Memory;
use crate::monitor::Monitor;
use crate::publication::{Claimant, Publication};
use crate::sync::Arc;
use crate::wait::{Wait, Waiters};

/// Publishes events to a pipeline. Dropping it ends the pipeline, after everything published has been handled.
///
/// A pipeline with `producers: multi` has a handle that is `Clone`; its stream ends with the last of them.
///
/// `G` is what holds this producer back, `W` how it waits then, and `F` how the first stages wait.
pub struct Producer<M, G, W, F>
where
    M: Memory,
{
    /// Dropped, as what is aside, by value: see [`Slow`].
    memory: ManuallyDrop<Arc<M>>,
    claimant: Claimant,
    aside: ManuallyDrop<Box<CachePadded<Aside<G, W>>>>,
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
        // SAFETY: the caller's promise is handed on, and it has just joined.
        unsafe { Self::over(memory, claimant, gates, wait) }
    }

    /// A producer that has joined as this claimant.
    ///
    /// # Safety
    /// As of [`new`](Self::new); and nobody else is this claimant.
    unsafe fn over(memory: Arc<M>, claimant: Claimant, gates: G, wait: W) -> Self {
        Self {
            memory: ManuallyDrop::new(memory),
            claimant,
            aside: ManuallyDrop::new(Aside::new(gates, wait)),
            first_stages: PhantomData,
        }
    }

    /// The same, with another rule for what is offered to a full ring.
    pub(crate) fn with_overflow(mut self, overflow: Overflow) -> Self {
        self.aside.overflow = overflow;
        self
    }

    pub(crate) fn memory(&self) -> &M {
        &self.memory
    }

    /// Has something done that takes its time, or has to.
    #[inline(always)]
    fn apart<R>(&mut self, act: impl FnOnce(&mut Slow<'_, M, G, W, F>) -> R) -> R {
        let mut claimant = self.claimant;
        // Where this panics, as the user's wait does, the copy is lost, and with it at most a limit that was higher.
        let result = act(&mut Slow {
            memory: &self.memory,
            claimant: &mut claimant,
            aside: &mut self.aside,
            first_stages: PhantomData,
        });
        self.claimant = claimant;
        result
    }

    /// The same producer with another wait, made of the one that it has.
    pub(crate) fn with_wait<X: Wait>(self, wait: impl FnOnce(W) -> X) -> Producer<M, G, X, F> {
        let mut this = ManuallyDrop::new(self);
        this.apart(|slow| slow.settle());
        // SAFETY: each is moved out once, of what is not dropped: the claimant goes on, and nobody leaves.
        let (memory, aside) =
            unsafe { (ManuallyDrop::take(&mut this.memory), ManuallyDrop::take(&mut this.aside)) };
        let Aside { gates, wait: old, overflow, open: _ } = CachePadded::into_inner(*aside);
        // SAFETY: as `new` was promised of this one, which is gone.
        let mut producer = unsafe { Producer::over(memory, this.claimant, gates, wait(old)) };
        producer.aside.overflow = overflow;
        producer
    }

    /// Claims the next slot, lets `write` fill it in place, and publishes it. While the ring is full it waits, as the
    /// pipeline's `producer_wait` says.
    ///
    /// `write` finds in the slot what the last event there has left, or the initial value.
    ///
    /// A handler may publish to its own pipeline. Where the ring is full and the handler's own stage is what holds it back, it would
    /// wait for itself for ever: the pipeline fails then, with [`OwnRing`](crate::OwnRing) as the cause, and this returns
    /// [`Closed`]. [`try_publish`](Self::try_publish) says [`Full`](TryPublishError::Full) there, and nothing fails. A `write` that
    /// publishes through a clone waits for itself when the ring is full: do not.
    ///
    /// # Errors
    /// [`Closed`] once the pipeline takes no more events: a stage failed, or somebody ended it. `write` is not called then.
    /// An event whose publication overlaps with the failure of a stage may be published, and yet not be handled by all.
    ///
    /// # Panics
    /// Only if `write` does: the event is not published then, no stage ever sees it, and the producer can go on.
    #[inline]
    pub fn publish(&mut self, write: impl FnOnce(&mut M::Event)) -> Result<Sequence, Closed> {
        let claim = granted!(self.claim(1), |slow, pending| slow.wait_for_room(pending, 1));
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
        let claim = granted!(self.try_claim(1), |slow, refused| slow.look_again(refused, 1));
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
            return Ok(self.write_nothing(write)?);
        }
        let claim = granted!(self.claim(count), |slow, pending| slow.wait_for_room(pending, count));
        // SAFETY: the claim was just granted.
        Ok(unsafe { self.write_batch(claim, count, write) })
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
            return Ok(self.write_nothing(write)?);
        }
        let claim = granted!(self.try_claim(count), |slow, refused| slow.look_again(refused, count));
        // SAFETY: the claim was just granted.
        Ok(unsafe { self.write_batch(claim, count, write) })
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

    /// The slots of the ring.
    #[must_use]
    pub fn ring_size(&self) -> usize {
        self.memory.ring()
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
        let mut aside = Aside::new(self.aside.gates.clone(), self.aside.wait.clone());
        aside.overflow = self.aside.overflow;
        let claimant = self.memory.head().join();
        Self {
            memory: ManuallyDrop::new(Arc::clone(&self.memory)),
            claimant,
            aside: ManuallyDrop::new(aside),
            first_stages: PhantomData,
        }
    }
}

impl<M, G, W, F> Drop for Producer<M, G, W, F>
where
    M: Memory,
{
    // Always: its address goes nowhere, see `Slow`.
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: each is moved out once, and not looked at again.
        let (memory, aside) =
            unsafe { (ManuallyDrop::take(&mut self.memory), ManuallyDrop::take(&mut self.aside)) };
        leave(memory, self.claimant, aside);
    }
}

/// A producer is gone.
#[cold]
#[inline(never)]
fn leave<M: Memory, G, W>(memory: Arc<M>, mut claimant: Claimant, mut aside: Box<CachePadded<Aside<G, W>>>) {
    Slow::<_, _, _, ()> {
        memory: &*memory,
        claimant: &mut claimant,
        aside: &mut aside,
        first_stages: PhantomData,
    }
    .settle();
    memory.head().leave(&claimant);
    memory.cold().published.notify();
}

impl<M, G, W, F> fmt::Debug for Producer<M, G, W, F>
where
    M: Memory,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("ring", &self.memory.ring()).finish_non_exhaustive()
    }
}
