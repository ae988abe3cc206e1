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
use crate::wait::{Blocks, Wait, Waiters};

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
    /// # Errors
    /// [`Closed`], as from `publish`; a task that sleeps is woken for it.
    ///
    /// # Panics
    /// As `publish`.
    pub async fn publish_async(&mut self, write: impl FnOnce(&mut M::Event)) -> Result<Sequence, Closed>
    where
        W: Blocks,
    {
        let claim = self.room(1).await?;
        // SAFETY: the claim was just granted: between it and here nothing is awaited.
        unsafe { self.write_one(claim, write) };
        Ok(claim)
    }

    /// As [`publish_batch`](Self::publish_batch), for tasks; see [`publish_async`](Self::publish_async).
    ///
    /// # Errors
    /// [`BatchError`], as from `publish_batch`.
    ///
    /// # Panics
    /// As `publish_batch`.
    pub async fn publish_batch_async(
        &mut self,
        count: usize,
        write: impl FnOnce(Batch<'_, M::Event>),
    ) -> Result<Range<Sequence>, BatchError>
    where
        W: Blocks,
    {
        self.fits(count)?;
        if count == 0 {
            return Ok(self.write_nothing(write)?);
        }
        let claim = self.room(count).await?;
        // SAFETY: the claim was just granted: between it and here nothing is awaited.
        Ok(unsafe { self.write_batch(claim, count, write) })
    }

    fn room(&mut self, count: usize) -> Room<'_, M, G, W, F> {
        const { assert!(W::BLOCKS, "a wait that implements `Blocks` must have `BLOCKS: bool = true`") };
        Room { producer: self, count, waiter: None }
    }
}

/// Takes the next slots as soon as there is room for them. Ready, it must be written at once.
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

impl<M, G, W, F> Future for Room<'_, M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    type Output = Result<Sequence, Closed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { producer, count, waiter } = self.get_mut();
        loop {
            match producer.try_take(*count) {
                Ok(claim) => return Poll::Ready(Ok(claim)),
                Err(Refused::Closed) => return Poll::Ready(Err(producer.closed())),
                Err(Refused::Full) => {}
            }
            let waiter = *waiter.get_or_insert_with(WaiterId::new);
            let behind = producer.behind(producer.claimant.next, *count);
            let head = producer.memory.head();
            let over = || head.is_closed();
            // If the stages have moved on since the look, or the pipeline was closed, there is an answer now.
            if producer.gates.enlist(&producer.memory, behind, (waiter, context.waker()), &over) {
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
            self.producer.gates.dismiss(&self.producer.memory, waiter);
        }
    }
}
