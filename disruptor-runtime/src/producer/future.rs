//! Publishing from tasks: futures that wait for room. They need nothing of an executor but its wakers.

use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::{Batch, Producer};
use crate::Sequence;
use crate::barrier::Barrier;
use crate::error::{BatchError, Closed};
use crate::memory::Memory;
use crate::publication::{Publication, Refused};
use crate::signal::WaiterId;
use crate::wait::{self, Blocks, Wait, Waiters};

impl<M, G, W, F> Producer<M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    /// As [`publish`](Self::publish), for tasks: while the ring is full the task sleeps, and a stage that makes room wakes it.
    ///
    /// Where there is room it is as fast as `publish`. Wake-ups are sent only to producers that block: the pipeline must say so,
    /// `producer_wait: Blocking;` (see [`Blocks`]). Any executor will do. Needs the feature `async`.
    ///
    /// A future that is dropped before it is ready has published nothing and leaves nothing behind: a place is taken only when
    /// there is room, and written at once. With several producers it therefore does not queue: who waits in
    /// [`publish`](Self::publish), or finds room first, goes first.
    ///
    /// A handler that blocks its stage's thread on this, while its own stage is what holds back the ring, waits for itself until the
    /// pipeline is halted, or closed by somebody else: whether a task will be awaited there cannot be told, so that nothing is refused
    /// as `publish` refuses it. Use [`try_publish`](Self::try_publish) there.
    ///
    /// # Errors
    /// [`Closed`], as from `publish`; a task that sleeps is woken for it.
    ///
    /// # Panics
    /// As `publish`, when it is polled.
    pub fn publish_async<X>(&mut self, write: X) -> Publishing<'_, M, G, W, F, X>
    where
        W: Blocks,
        X: FnOnce(&mut M::Event),
    {
        Publishing { room: self.room(1), write: Some(write) }
    }

    /// As [`publish_batch`](Self::publish_batch), for tasks; see [`publish_async`](Self::publish_async).
    ///
    /// # Errors
    /// [`BatchError`], as from `publish_batch`.
    ///
    /// # Panics
    /// As `publish_batch`, when it is polled.
    pub fn publish_batch_async<X>(&mut self, count: usize, write: X) -> PublishingBatch<'_, M, G, W, F, X>
    where
        W: Blocks,
        X: FnOnce(Batch<'_, M::Event>),
    {
        PublishingBatch { room: self.room(count), write: Some(write) }
    }

    fn room(&mut self, count: usize) -> Room<'_, M, G, W, F> {
        const { assert!(W::BLOCKS, "a wait that implements `Blocks` must have `BLOCKS: bool = true`") };
        Room { producer: self, count, waiter: None }
    }
}

/// The future of [`Producer::publish_async`].
// A type with a name: of an `async fn` the compiler says three times where its bound does not hold.
#[must_use = "nothing is published before it is awaited"]
pub struct Publishing<'p, M, G, W, F, X>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    room: Room<'p, M, G, W, F>,
    write: Option<X>,
}

/// The future of [`Producer::publish_batch_async`].
#[must_use = "nothing is published before it is awaited"]
pub struct PublishingBatch<'p, M, G, W, F, X>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    room: Room<'p, M, G, W, F>,
    write: Option<X>,
}

/// What is polled is moved out, never pinned.
impl<M: Memory, G: Barrier<M>, W: Wait, F: Waiters, X> Unpin for Publishing<'_, M, G, W, F, X> {}

/// As above.
impl<M: Memory, G: Barrier<M>, W: Wait, F: Waiters, X> Unpin for PublishingBatch<'_, M, G, W, F, X> {}

const POLLED_AGAIN: &str = "a future is not polled again after it was ready";

impl<M, G, W, F, X> Future for Publishing<'_, M, G, W, F, X>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
    X: FnOnce(&mut M::Event),
{
    type Output = Result<Sequence, Closed>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(self.write.is_some(), "{POLLED_AGAIN}");
        let Poll::Ready(claim) = self.room.poll(context) else { return Poll::Pending };
        let write = self.write.take().expect(POLLED_AGAIN);
        if let Ok(claim) = claim {
            // SAFETY: the claim was just granted.
            unsafe { self.room.producer.write_one(claim, write) };
        }
        Poll::Ready(claim)
    }
}

impl<M, G, W, F, X> Future for PublishingBatch<'_, M, G, W, F, X>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
    X: FnOnce(Batch<'_, M::Event>),
{
    type Output = Result<Range<Sequence>, BatchError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(self.write.is_some(), "{POLLED_AGAIN}");
        let count = self.room.count;
        if count == 0 {
            let write = self.write.take().expect(POLLED_AGAIN);
            return Poll::Ready(Ok(self.room.producer.write_nothing(write)?));
        }
        self.room.producer.fits(count)?;
        let Poll::Ready(claim) = self.room.poll(context) else { return Poll::Pending };
        let write = self.write.take().expect(POLLED_AGAIN);
        // SAFETY: the claim was just granted.
        Poll::Ready(Ok(unsafe { self.room.producer.write_batch(claim?, count, write) }))
    }
}

/// Takes the next slots as soon as there is room for them.
struct Room<'p, M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    producer: &'p mut Producer<M, G, W, F>,
    count: usize,
    /// Once it has waited: the one under whose name its wakers are left.
    waiter: Option<WaiterId>,
}

impl<M, G, W, F> Room<'_, M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    /// Takes them, or leaves the task's waker. What is granted must be written at once.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Sequence, Closed>> {
        let Self { producer, count, waiter } = self;
        loop {
            match producer.apart(|slow| slow.try_take(*count)) {
                Ok(claim) => return Poll::Ready(Ok(claim)),
                Err(Refused::Closed) => return Poll::Ready(Err(producer.apart(|slow| slow.closed()))),
                Err(Refused::Full) => {}
            }
            if wait::may_be_missed::<W>() {
                // It might sleep for ever. Others of its executor have their turns.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let waiter = *waiter.get_or_insert_with(WaiterId::new);
            let behind = producer.apart(|slow| slow.behind(slow.claimant.next, *count));
            let head = producer.memory.head();
            let over = || wait::must_not_park::<W>() || head.is_closed();
            // If the stages have moved on since the look, or the pipeline was closed, there is an answer now.
            if producer.aside.gates.enlist(&**producer.memory, behind, (waiter, context.waker()), &over) {
                return Poll::Pending;
            }
        }
    }
}

impl<M, G, W, F> Drop for Room<'_, M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    fn drop(&mut self) {
        if let Some(waiter) = self.waiter {
            let producer = &mut *self.producer;
            producer.aside.gates.dismiss(&**producer.memory, waiter);
        }
    }
}
