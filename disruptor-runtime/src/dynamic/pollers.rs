//! Pollers before they are taken, and polls with a limit.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::One;
use super::poller::{Poll, PollError, Polled, Poller};
use crate::Sequence;
use crate::publication::Publication;

/// Polls that handle at most so many events each; made by [`Poller::take`].
#[must_use = "it polls nothing by itself"]
pub struct Take<'a, E: Send + Sync + 'static, P: Publication + 'static = One> {
    poller: &'a mut Poller<E, P>,
    most: usize,
}

impl<'a, E: Send + Sync + 'static, P: Publication + 'static> Take<'a, E, P> {
    pub(super) fn new(poller: &'a mut Poller<E, P>, most: usize) -> Self {
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
        handle: impl FnMut(&E, Sequence, bool) -> R,
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
        handle: impl FnMut(&E, Sequence, bool) -> R,
    ) -> Result<Poll, PollError> {
        self.poller.poll_most_within(limit, self.most, handle)
    }
}

/// The pollers of a pipeline, by name, until they are taken. Those that are not taken are dropped with it.
pub struct Pollers<E: Send + Sync + 'static, P: Publication + 'static = One>(BTreeMap<String, Poller<E, P>>);

impl<E: Send + Sync + 'static, P: Publication + 'static> Pollers<E, P> {
    pub(super) fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub(super) fn add(&mut self, name: String, poller: Poller<E, P>) {
        self.0.insert(name, poller);
    }

    /// The poller of this name; the first call gets it.
    pub fn take(&mut self, name: &str) -> Option<Poller<E, P>> {
        self.0.remove(name)
    }
}

impl<E: Send + Sync + 'static, P: Publication + 'static> fmt::Debug for Pollers<E, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pollers").field(&self.0.keys()).finish()
    }
}

impl<E: Send + Sync + 'static, P: Publication + 'static> fmt::Debug for Take<'_, E, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Take").field("poller", self.poller).field("most", &self.most).finish()
    }
}
