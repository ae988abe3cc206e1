//! Polling from tasks: a future that waits for events. It needs nothing of an executor but its wakers.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{self, Context};

use super::{Poll, PollError, Polled, Poller, View};
use crate::Sequence;
use crate::barrier::Barrier;
use crate::memory::Memory;
use crate::signal::WaiterId;
use crate::wait::{Wait, may_be_missed, must_not_park};

impl<M: Memory, B: Barrier<M>, W: Wait, V: View<M::Event>> Poller<M, B, W, V> {
    /// As [`poll`](Self::poll), for tasks: while there are no events the task sleeps, and whoever publishes them (or lets them
    /// through) wakes it. Any executor will do. Needs the feature `async`.
    ///
    /// Wake-ups are sent to a declared poller if its wait blocks (`wait: Blocking`); to one of a builder if any stage of the pipeline, or
    /// the producer, was built with a wait that blocks, the poller's own included (see [`Stage::wait`](crate::dynamic::Stage::wait)),
    /// or if [`Builder::wake_ups`](crate::Builder::wake_ups) was called.
    ///
    /// A future that is dropped leaves nothing behind: what its closure has handled is handled, and the rest comes again.
    ///
    /// # Errors
    /// As [`poll`](Self::poll), for which a task that sleeps is woken; [`PollError::NoWakeUps`] if none are sent.
    ///
    /// # Panics
    /// As [`poll`](Self::poll), when it is polled.
    pub fn poll_async<R, F>(&mut self, handle: F) -> Polling<'_, M, B, W, V, R, F>
    where
        R: Polled,
        F: FnMut(&V::Part, Sequence, bool) -> R,
    {
        Polling { poller: self, handle, waiter: None, returned: PhantomData }
    }
}

/// The future of [`Poller::poll_async`].
#[must_use = "nothing is polled before it is awaited"]
pub struct Polling<'p, M: Memory, B: Barrier<M>, W, V, R, F> {
    poller: &'p mut Poller<M, B, W, V>,
    handle: F,
    /// Once it has waited: the one under whose name its wakers are left.
    waiter: Option<WaiterId>,
    returned: PhantomData<fn() -> R>,
}

/// Nothing in it is ever pinned.
impl<M: Memory, B: Barrier<M>, W, V, R, F> Unpin for Polling<'_, M, B, W, V, R, F> {}

impl<M, B, W, V, R, F> Future for Polling<'_, M, B, W, V, R, F>
where
    M: Memory,
    B: Barrier<M>,
    W: Wait,
    V: View<M::Event>,
    R: Polled,
    F: FnMut(&V::Part, Sequence, bool) -> R,
{
    type Output = Result<Poll, PollError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> task::Poll<Self::Output> {
        let Self { poller, handle, waiter, .. } = &mut *self;
        if !W::BLOCKS || !poller.memory.wakes() {
            return task::Poll::Ready(Err(PollError::NoWakeUps { poller: poller.name() }));
        }
        loop {
            match poller.poll(&mut *handle) {
                // All that was there had been given up by its producers.
                Ok(Poll::Handled(0)) => continue,
                Ok(Poll::Gated | Poll::Idle) => {}
                handled_or_failed => return task::Poll::Ready(handled_or_failed),
            }
            if may_be_missed::<W>() {
                // It might sleep for ever. Others of its executor have their turns.
                context.waker().wake_by_ref();
                return task::Poll::Pending;
            }
            let waiter = *waiter.get_or_insert_with(WaiterId::new);
            let next = poller.place.next;
            // If something has come since the look, there is an answer now.
            let over = &must_not_park::<W>;
            if poller.barrier.enlist(&*poller.memory, next, (waiter, context.waker()), over) {
                return task::Poll::Pending;
            }
        }
    }
}

impl<M: Memory, B: Barrier<M>, W, V, R, F> Drop for Polling<'_, M, B, W, V, R, F> {
    fn drop(&mut self) {
        if let Some(waiter) = self.waiter {
            self.poller.barrier.dismiss(&*self.poller.memory, waiter);
        }
    }
}

impl<M: Memory, B: Barrier<M>, W, V, R, F> fmt::Debug for Polling<'_, M, B, W, V, R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Polling")
            .field("poller", &self.poller)
            .field("ring", &self.poller.memory.ring())
            .finish()
    }
}
