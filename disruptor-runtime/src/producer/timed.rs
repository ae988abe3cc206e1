//! Publishing that waits for room no longer than it is told to.

use std::ops::Range;
use std::time::{Duration, Instant};

use super::room::{granted, idle};
use super::{Batch, Producer, Slow};
use crate::Sequence;
use crate::barrier::Barrier;
use crate::error::{TimedBatchError, TimedPublishError};
use crate::memory::Memory;
use crate::publication::{Publication, Refused};
use crate::wait::{Wait, Waiters};

impl<M, G, W, F> Producer<M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    /// As [`publish`](Self::publish), but gives up when it has waited for so long. A `limit` of zero is one look.
    ///
    /// It waits as the pipeline's `producer_wait` says; a wait that sleeps may oversleep by its pause. With several producers it
    /// does not queue: who waits without a limit, or finds room first, goes first.
    ///
    /// # Errors
    /// [`TimedPublishError::Timeout`] or [`TimedPublishError::Closed`]; `write` is not called then, and no sequence is used up.
    ///
    /// # Panics
    /// As `publish`.
    #[inline]
    pub fn publish_within(
        &mut self,
        limit: Duration,
        write: impl FnOnce(&mut M::Event),
    ) -> Result<Sequence, TimedPublishError> {
        let claim = granted!(self.try_claim(1), |slow, _refused| slow.wait_within(limit, 1));
        // SAFETY: the claim was just granted.
        unsafe { self.write_one(claim, write) };
        Ok(claim)
    }

    /// As [`publish_batch`](Self::publish_batch), but gives up when it has waited for so long; see
    /// [`publish_within`](Self::publish_within).
    ///
    /// # Errors
    /// [`TimedBatchError`]; `write` is not called then, and no sequence is used up.
    ///
    /// # Panics
    /// As `publish_batch`.
    #[inline]
    pub fn publish_batch_within(
        &mut self,
        limit: Duration,
        count: usize,
        write: impl FnOnce(Batch<'_, M::Event>),
    ) -> Result<Range<Sequence>, TimedBatchError> {
        self.fits(count)?;
        if count == 0 {
            return Ok(self.write_nothing(write)?);
        }
        let claim = granted!(self.try_claim(count), |slow, _refused| slow.wait_within(limit, count));
        // SAFETY: the claim was just granted.
        Ok(unsafe { self.write_batch(claim, count, write) })
    }
}

impl<M, G, W, F> Slow<'_, M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    /// Tries until the limit has passed. A place among the producers is taken only together with the room for it, so that
    /// giving up leaves no hole.
    #[cold]
    #[inline(never)]
    pub(super) fn wait_within(
        &mut self,
        limit: Duration,
        count: usize,
    ) -> Result<Sequence, TimedPublishError> {
        let begun = Instant::now();
        let mut looks: u32 = 0;
        loop {
            // Before the look: the last look comes after the limit.
            let left = limit.saturating_sub(begun.elapsed());
            match self.try_take(count) {
                Ok(claim) => return Ok(claim),
                Err(Refused::Closed) => return Err(self.closed().into()),
                Err(Refused::Full) if left.is_zero() => {
                    return Err(TimedPublishError::Timeout { waited: begun.elapsed() });
                }
                Err(Refused::Full) => {}
            }
            // Where the claim would have begun.
            let behind = self.behind(self.claimant.next, count);
            let head = self.memory.head();
            let over = || head.is_closed();
            let waits_on = (&self.aside.gates, behind, &over as &dyn Fn() -> bool);
            idle(self.memory, &mut self.aside.wait, looks, Some(left), waits_on);
            looks = looks.saturating_add(1);
        }
    }
}
