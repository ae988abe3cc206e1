//! Polls with a limit.

use std::fmt;
use std::time::Duration;

use super::{Poll, PollError, Polled, Poller, View};
use crate::Sequence;
use crate::barrier::Barrier;
use crate::memory::Memory;
use crate::wait::Wait;

/// Polls that handle at most so many events each; made by [`Poller::take`].
#[must_use = "it polls nothing by itself"]
pub struct Take<'a, M: Memory, B: Barrier<M>, W, V> {
    poller: &'a mut Poller<M, B, W, V>,
    most: usize,
}

impl<'a, M: Memory, B: Barrier<M>, W: Wait, V: View<M::Event>> Take<'a, M, B, W, V> {
    pub(super) fn new(poller: &'a mut Poller<M, B, W, V>, most: usize) -> Self {
        Self { poller, most }
    }

    /// As [`Poller::poll`]. `end_of_batch` is true for the last of these events.
    ///
    /// # Errors
    /// As [`Poller::poll`].
    ///
    /// # Panics
    /// As [`Poller::poll`].
    pub fn poll<R: Polled>(
        &mut self,
        handle: impl FnMut(&V::Part, Sequence, bool) -> R,
    ) -> Result<Poll, PollError> {
        self.poller.poll_most(self.most, handle)
    }

    /// As [`Poller::poll_within`].
    ///
    /// # Errors
    /// As [`Poller::poll_within`].
    ///
    /// # Panics
    /// As [`Poller::poll`].
    pub fn poll_within<R: Polled>(
        &mut self,
        limit: Duration,
        handle: impl FnMut(&V::Part, Sequence, bool) -> R,
    ) -> Result<Poll, PollError> {
        self.poller.poll_most_within(limit, self.most, handle)
    }
}

impl<M: Memory, B: Barrier<M>, W, V> fmt::Debug for Take<'_, M, B, W, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Take").field("poller", self.poller).field("most", &self.most).finish()
    }
}
