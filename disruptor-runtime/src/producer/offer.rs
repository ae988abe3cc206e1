//! Offering an event to a ring that may be full, under a rule for that case.

use std::ops::Range;

use super::{Batch, Producer, Slow};
use crate::Sequence;
use crate::barrier::Barrier;
use crate::error::{TryBatchError, TryPublishError};
use crate::memory::Memory;
use crate::publication::{Publication, Refused};
use crate::wait::{Wait, Waiters};

/// What becomes of an event that is offered while the ring is full.
///
/// Given by the setting `overflow`, or by [`Pipeline::overflow`](crate::Pipeline::overflow); followed by
/// [`Producer::offer`] and [`Producer::offer_batch`], and looked at only when the ring is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// The producer waits, as in [`publish`](Producer::publish).
    #[default]
    Block,
    /// The producer is told [`Full`](TryPublishError::Full), as by [`try_publish`](Producer::try_publish).
    Error,
    /// The event is dropped and counted: what is in the ring already is kept. For feeds that cannot wait.
    DropNewest,
}

/// What became of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an event that was offered may have been dropped"]
pub enum Offered<T = Sequence> {
    /// It was published: under this sequence, or, a batch, under these.
    Published(T),
    /// The ring was full, and the rule is [`Overflow::DropNewest`]: it was not written.
    Dropped,
}

impl<T> Offered<T> {
    /// The sequence of what was published.
    pub fn published(self) -> Option<T> {
        match self {
            Self::Published(sequence) => Some(sequence),
            Self::Dropped => None,
        }
    }

    /// True if it was dropped.
    #[must_use]
    pub const fn is_dropped(&self) -> bool {
        matches!(self, Self::Dropped)
    }
}

impl<M, G, W, F> Producer<M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    /// Publishes as [`publish`](Self::publish) does where there is room; where there is none, the pipeline's
    /// [`Overflow`] rule decides: it waits, says [`Full`](TryPublishError::Full), or drops the event, counts it
    /// ([`dropped`](Self::dropped)) and says so.
    ///
    /// # Errors
    /// [`TryPublishError::Full`] under [`Overflow::Error`]; [`TryPublishError::Closed`] under every rule. `write` is not called
    /// then.
    ///
    /// # Panics
    /// As `publish`.
    #[inline]
    pub fn offer(&mut self, write: impl FnOnce(&mut M::Event)) -> Result<Offered, TryPublishError> {
        let claim = match self.memory.head().try_claim(&mut self.claimant, 1) {
            Ok(claim) => claim,
            Err(refused) => match self.apart(|slow| slow.overflown(refused, 1))? {
                Some(claim) => claim,
                None => return Ok(Offered::Dropped),
            },
        };
        // SAFETY: the claim was just granted.
        unsafe { self.write_one(claim, write) };
        Ok(Offered::Published(claim))
    }

    /// As [`offer`](Self::offer), for `count` events that are published, or dropped, together.
    ///
    /// # Errors
    /// [`TryBatchError`]; [`Full`](TryBatchError::Full) only under [`Overflow::Error`]. `write` is not called then.
    ///
    /// # Panics
    /// As [`publish_batch`](Self::publish_batch).
    #[inline]
    pub fn offer_batch(
        &mut self,
        count: usize,
        write: impl FnOnce(Batch<'_, M::Event>),
    ) -> Result<Offered<Range<Sequence>>, TryBatchError> {
        self.fits(count)?;
        if count == 0 {
            return Ok(Offered::Published(self.write_nothing(write)?));
        }
        let claim = match self.memory.head().try_claim(&mut self.claimant, count) {
            Ok(claim) => claim,
            Err(refused) => match self.apart(|slow| slow.overflown(refused, count))? {
                Some(claim) => claim,
                None => return Ok(Offered::Dropped),
            },
        };
        // SAFETY: the claim was just granted.
        Ok(Offered::Published(unsafe { self.write_batch(claim, count, write) }))
    }
}

impl<M, G, W, F> Slow<'_, M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    /// Looks again, and then does what the rule says; gives the claim if it waited for one, nothing if the events are dropped.
    #[cold]
    #[inline(never)]
    fn overflown(&mut self, refused: Refused, count: usize) -> Result<Option<Sequence>, TryPublishError> {
        let refused = match self.try_take_after_a_look(refused, count) {
            Ok(claim) => return Ok(Some(claim)),
            Err(refused) => refused,
        };
        match (refused, self.aside.overflow) {
            (Refused::Closed, _) => Err(self.closed().into()),
            (Refused::Full, Overflow::Block) => Ok(Some(self.take(count)?)),
            (Refused::Full, Overflow::Error) => Err(TryPublishError::Full),
            (Refused::Full, Overflow::DropNewest) => {
                self.memory.cold().control.drop_events(count);
                Ok(None)
            }
        }
    }
}
