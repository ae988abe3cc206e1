//! Polling from tasks: a future that waits for events. It needs nothing of an executor but its wakers.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{self, Context};

use super::One;
use super::poller::{Poll, PollError, Polled, Poller};
use crate::Sequence;
use crate::barrier::Barrier;
use crate::memory::{Memory, Watch};
use crate::publication::Publication;
use crate::signal::WaiterId;

impl<E: Send + Sync + 'static, P: Publication + 'static> Poller<E, P> {
    /// As [`poll`](Self::poll), for tasks: while there are no events the task sleeps, and whoever publishes them (or lets them
    /// through) wakes it. Any executor will do. Needs the feature `async`.
    ///
    /// Wake-ups are sent if any stage of the pipeline, or the producer, was built with a wait that blocks, the poller's own
    /// included (see [`Stage::wait`](super::Stage::wait)), or if [`Builder::wake_ups`](super::Builder::wake_ups) was called.
    ///
    /// A future that is dropped leaves nothing behind: what its closure has handled is handled, and the rest comes again.
    ///
    /// # Errors
    /// As [`poll`](Self::poll), for which a task that sleeps is woken; [`PollError::NoWakeUps`] if the pipeline sends none.
    ///
    /// # Panics
    /// As [`poll`](Self::poll), when it is polled.
    pub fn poll_async<R, F>(&mut self, handle: F) -> Polling<'_, E, R, F, P>
    where
        R: Polled,
        F: FnMut(&E, Sequence, bool) -> R,
    {
        Polling { poller: self, handle, waiter: None, returned: PhantomData }
    }
}

/// The future of [`Poller::poll_async`].
#[must_use = "nothing is polled before it is awaited"]
pub struct Polling<'p, E: Send + Sync + 'static, R, F, P: Publication + 'static = One> {
    poller: &'p mut Poller<E, P>,
    handle: F,
    /// Once it has waited: the one under whose name its wakers are left.
    waiter: Option<WaiterId>,
    returned: PhantomData<fn() -> R>,
}

/// Nothing in it is ever pinned.
impl<E: Send + Sync + 'static, R, F, P: Publication + 'static> Unpin for Polling<'_, E, R, F, P> {}

impl<E, R, F, P> Future for Polling<'_, E, R, F, P>
where
    E: Send + Sync + 'static,
    R: Polled,
    F: FnMut(&E, Sequence, bool) -> R,
    P: Publication + 'static,
{
    type Output = Result<Poll, PollError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> task::Poll<Self::Output> {
        let Self { poller, handle, waiter, .. } = &mut *self;
        if !poller.memory().wakes() {
            return task::Poll::Ready(Err(PollError::NoWakeUps { poller: poller.name() }));
        }
        loop {
            match poller.poll(&mut *handle) {
                // All that was there had been given up by its producers.
                Ok(Poll::Handled(0)) => continue,
                Ok(Poll::Gated | Poll::Idle) => {}
                handled_or_failed => return task::Poll::Ready(handled_or_failed),
            }
            let waiter = *waiter.get_or_insert_with(WaiterId::new);
            let (memory, next) = (poller.memory(), poller.next_sequence());
            // If something has come since the look, there is an answer now.
            if poller.upstreams().enlist(memory, next, (waiter, context.waker()), &|| false) {
                return task::Poll::Pending;
            }
        }
    }
}

impl<E: Send + Sync + 'static, R, F, P: Publication + 'static> Drop for Polling<'_, E, R, F, P> {
    fn drop(&mut self) {
        if let Some(waiter) = self.waiter {
            self.poller.upstreams().dismiss(self.poller.memory(), waiter);
        }
    }
}

impl<E: Send + Sync + 'static, R, F, P: Publication + 'static> fmt::Debug for Polling<'_, E, R, F, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Polling")
            .field("poller", &self.poller)
            .field("ring", &self.poller.memory().ring())
            .finish()
    }
}
