//! Claims that are held: slots to be written at leisure, and published or given up.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Index, IndexMut, Range};
use std::time::Duration;

use super::room::granted;
use super::{Batch, Producer};
use crate::Sequence;
use crate::barrier::Barrier;
use crate::error::{BatchError, TimedBatchError, TryBatchError};
use crate::memory::Memory;
use crate::publication::Publication;
use crate::wait::{Wait, Waiters};

/// Slots that are claimed and not yet published: `count` events, to be written in place and in any order.
///
/// [`publish`](Self::publish) makes them visible together. [`abort`](Self::abort), and dropping the claim (by a panic, too), gives
/// them up: of a single producer nothing is published, and the next claim has the same sequences; of several, the slots are left
/// out by all stages, and their sequences are used up. Meanwhile, with several producers, what others publish behind the claim is
/// handled only after it, and a drain waits for it: do not hold a claim for long, nor while joining the pipeline.
///
/// A claim that is leaked ([`std::mem::forget`]) is aborted by its producer: at its next claim, when it next has no room, or
/// when it is dropped.
///
/// A slot holds what the last event there has left; what is not written is published as it stands.
///
/// `P` is the type of the producer: `Claim<'_, OrdersProducer>` for a pipeline declared as `pub struct Orders;`.
#[must_use = "a claim that is dropped publishes nothing: call `publish`"]
pub struct Claim<'a, P: Claims> {
    producer: &'a mut P,
    first: Sequence,
    count: usize,
    /// Its events are reached through it as through such a slice: it may be shared and sent as that may.
    events: PhantomData<&'a mut [P::Event]>,
}

/// The producers, as their claims need them.
///
/// # Safety
/// [`claimed`](Self::claimed) gives the slots of these sequences, each valid and filled, in two slices that do not meet, and
/// what has a claim on them may touch them.
pub unsafe trait Claims {
    /// What a slot holds.
    type Event;

    /// The slots of a claim, those up to the end of the ring and those from its beginning on.
    #[doc(hidden)]
    fn claimed(&self, first: Sequence, count: usize) -> (*mut [Self::Event], *mut [Self::Event]);

    /// Makes a claim visible.
    ///
    /// # Safety
    /// This is the claim that is open, or none of several producers.
    #[doc(hidden)]
    unsafe fn publish_claim(&mut self, first: Sequence, count: usize);

    /// Aborts the claim that is open, if one is.
    #[doc(hidden)]
    fn abort_claim(&mut self);
}

/// A claim that others wait on and whose guard has not ended it, and the limit that its producer had before.
pub(super) struct Open {
    pub(super) first: Sequence,
    pub(super) count: usize,
    pub(super) limit: Sequence,
}

/// What a producer's limit is while a claim is open: no claim is below it, so that the next one comes to where the open one is
/// settled, and the way of an event has no look for it.
const UNSETTLED: Sequence = Sequence::MIN;

impl<M, G, W, F> Producer<M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    /// Claims `count` slots together, to be written through the claim and published by it. While there is no room it waits, as
    /// the pipeline's `producer_wait` says. A `count` of 0 gives an empty claim, and waits with nobody.
    ///
    /// # Errors
    /// [`BatchError::TooLarge`] if the ring has fewer slots, whatever their state; [`BatchError::Closed`].
    #[inline]
    pub fn claim(&mut self, count: usize) -> Result<Claim<'_, Self>, BatchError> {
        self.fits(count)?;
        let first = if count == 0 {
            self.nothing()?.start
        } else {
            granted!(self.claim(count), |slow, pending| slow.wait_for_room(pending, count))
        };
        Ok(self.open(first, count))
    }

    /// As [`claim`](Self::claim), but says [`Full`](TryBatchError::Full) where that would wait.
    ///
    /// # Errors
    /// [`TryBatchError`].
    #[inline]
    pub fn try_claim(&mut self, count: usize) -> Result<Claim<'_, Self>, TryBatchError> {
        self.fits(count)?;
        let first = if count == 0 {
            self.nothing()?.start
        } else {
            granted!(self.try_claim(count), |slow, refused| slow.look_again(refused, count))
        };
        Ok(self.open(first, count))
    }

    /// As [`claim`](Self::claim), but gives up when it has waited for so long; see [`publish_within`](Self::publish_within).
    ///
    /// # Errors
    /// [`TimedBatchError`].
    #[inline]
    pub fn claim_within(
        &mut self,
        limit: Duration,
        count: usize,
    ) -> Result<Claim<'_, Self>, TimedBatchError> {
        self.fits(count)?;
        let first = if count == 0 {
            self.nothing()?.start
        } else {
            granted!(self.try_claim(count), |slow, _refused| slow.wait_within(limit, count))
        };
        Ok(self.open(first, count))
    }

    /// Hands out a claim that was just granted.
    #[inline]
    fn open(&mut self, first: Sequence, count: usize) -> Claim<'_, Self> {
        if M::Head::HOLDS_OTHERS && count > 0 {
            let limit = std::mem::replace(&mut self.claimant.limit, UNSETTLED);
            self.aside.open = Some(Open { first, count, limit });
        }
        Claim { producer: self, first, count, events: PhantomData }
    }
}

// SAFETY: `slots` gives the slots of the ring, which are filled for as long as the memory lives.
unsafe impl<M, G, W, F> Claims for Producer<M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    type Event = M::Event;

    #[inline(always)]
    fn claimed(&self, first: Sequence, count: usize) -> (*mut [M::Event], *mut [M::Event]) {
        self.slots(first, count)
    }

    #[inline]
    unsafe fn publish_claim(&mut self, first: Sequence, count: usize) {
        if M::Head::HOLDS_OTHERS
            && let Some(open) = self.aside.open.take()
        {
            self.claimant.limit = open.limit;
        }
        self.commit(first, count);
    }

    #[inline]
    fn abort_claim(&mut self) {
        if M::Head::HOLDS_OTHERS {
            self.apart(|slow| slow.settle());
        }
    }
}

impl<'a, P: Claims> Claim<'a, P> {
    /// The sequences of its events.
    #[must_use]
    pub fn sequences(&self) -> Range<Sequence> {
        self.first..self.first + self.count as i64
    }

    /// How many events it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// True if it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The events: those up to the end of the ring, and those from its beginning on.
    #[must_use]
    pub fn slices(&self) -> (&[P::Event], &[P::Event]) {
        let (before_wrap, after_wrap) = self.producer.claimed(self.first, self.count);
        // SAFETY: the slots are claimed: until this is published or aborted, whoever has a reference to it alone touches them,
        // and what is given here borrows it.
        unsafe { (&*before_wrap, &*after_wrap) }
    }

    /// The events, to be written: those up to the end of the ring, and those from its beginning on.
    #[must_use]
    pub fn slices_mut(&mut self) -> (&mut [P::Event], &mut [P::Event]) {
        let (before_wrap, after_wrap) = self.producer.claimed(self.first, self.count);
        // SAFETY: as in `slices`; the borrow is an exclusive one, and the two do not meet.
        unsafe { (&mut *before_wrap, &mut *after_wrap) }
    }

    /// The events, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &P::Event> {
        let (before_wrap, after_wrap) = self.slices();
        before_wrap.iter().chain(after_wrap)
    }

    /// The events, oldest first, to be written.
    #[must_use]
    pub fn iter_mut(&mut self) -> Batch<'_, P::Event> {
        let (before_wrap, after_wrap) = self.slices_mut();
        Batch::new(before_wrap, after_wrap)
    }

    /// The event at this place of the claim, if it has so many.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&P::Event> {
        let (before_wrap, after_wrap) = self.slices();
        before_wrap.get(index).or_else(|| after_wrap.get(index.checked_sub(before_wrap.len())?))
    }

    /// The event at this place of the claim, if it has so many, to be written.
    #[must_use]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut P::Event> {
        let (before_wrap, after_wrap) = self.slices_mut();
        match index.checked_sub(before_wrap.len()) {
            None => before_wrap.get_mut(index),
            Some(index) => after_wrap.get_mut(index),
        }
    }

    /// Publishes all of it. Gives the sequences.
    ///
    /// Where the pipeline was closed meanwhile, it may not be handled; the producer's next call says so.
    pub fn publish(self) -> Range<Sequence> {
        let sequences = self.sequences();
        let mut claim = ManuallyDrop::new(self);
        if claim.count > 0 {
            let Self { first, count, .. } = *claim;
            // SAFETY: nobody else ends this claim while its guard borrows the producer, and the guard is not dropped.
            unsafe { claim.producer.publish_claim(first, count) };
        }
        sequences
    }

    /// Gives it up: none of it is published. Dropping it does the same.
    pub fn abort(self) {
        drop(self);
    }
}

impl<P: Claims> Drop for Claim<'_, P> {
    fn drop(&mut self) {
        self.producer.abort_claim();
    }
}

/// The event at a place of the claim, from 0.
impl<P: Claims> Index<usize> for Claim<'_, P> {
    type Output = P::Event;

    /// # Panics
    /// If the claim has not so many events.
    fn index(&self, index: usize) -> &P::Event {
        let count = self.count;
        self.get(index).unwrap_or_else(|| beyond(index, count))
    }
}

impl<P: Claims> IndexMut<usize> for Claim<'_, P> {
    /// # Panics
    /// If the claim has not so many events.
    fn index_mut(&mut self, index: usize) -> &mut P::Event {
        let count = self.count;
        self.get_mut(index).unwrap_or_else(|| beyond(index, count))
    }
}

#[cold]
#[inline(never)]
fn beyond(index: usize, count: usize) -> ! {
    panic!("event {index} of a claim of {count}")
}

impl<'c, P: Claims> IntoIterator for &'c mut Claim<'_, P> {
    type Item = &'c mut P::Event;
    type IntoIter = Batch<'c, P::Event>;

    fn into_iter(self) -> Batch<'c, P::Event> {
        self.iter_mut()
    }
}

impl<P: Claims> fmt::Debug for Claim<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("sequences", &self.sequences()).finish_non_exhaustive()
    }
}
