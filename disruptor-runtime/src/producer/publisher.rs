//! Whatever producer it is: for code that feeds any pipeline.

use std::ops::Range;

use super::{Batch, Producer};
use crate::Sequence;
use crate::barrier::Barrier;
use crate::error::{BatchError, Closed};
use crate::memory::Memory;
use crate::wait::{Wait, Waiters};

/// A producer of events, of whatever pipeline: declared or built, with one producer or many.
///
/// The type of a declared pipeline's producer has no name to write. A function that feeds any pipeline takes `&mut impl Publisher`:
///
/// ```
/// use disruptor_runtime::{Closed, Publisher};
///
/// fn feed(producer: &mut impl Publisher<Event = u64>) -> Result<(), Closed> {
///     for value in 0..10 {
///         producer.publish(|event| *event = value)?;
///     }
///     Ok(())
/// }
/// ```
///
/// [`Producer`] alone implements it, with methods of the same names.
pub trait Publisher: sealed::Sealed {
    /// What a slot holds.
    type Event;

    /// As [`Producer::publish`].
    ///
    /// # Errors
    /// As there.
    fn publish(&mut self, write: impl FnOnce(&mut Self::Event)) -> Result<Sequence, Closed>;

    /// As [`Producer::publish_each`].
    ///
    /// # Errors
    /// As there.
    fn publish_each(
        &mut self,
        count: usize,
        write: impl FnMut(&mut Self::Event, usize),
    ) -> Result<(), Closed>;

    /// As [`publish`](Self::publish), with a `write` that may fail: nothing is published then.
    ///
    /// # Errors
    /// [`Closed`] as there, outside; what `write` has failed with, inside.
    fn publish_if<X>(
        &mut self,
        write: impl FnOnce(&mut Self::Event) -> Result<(), X>,
    ) -> Result<Result<Sequence, X>, Closed>;

    /// As [`Producer::publish_batch`].
    ///
    /// # Errors
    /// As there.
    fn publish_batch(
        &mut self,
        count: usize,
        write: impl FnOnce(Batch<'_, Self::Event>),
    ) -> Result<Range<Sequence>, BatchError>;

    /// As [`Producer::ring_size`].
    fn ring_size(&self) -> usize;
}

mod sealed {
    pub trait Sealed {}
}

impl<M, G, W, F> sealed::Sealed for Producer<M, G, W, F> where M: Memory {}

impl<M, G, W, F> Publisher for Producer<M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    type Event = M::Event;

    #[inline]
    fn publish(&mut self, write: impl FnOnce(&mut M::Event)) -> Result<Sequence, Closed> {
        Producer::publish(self, write)
    }

    #[inline]
    fn publish_each(&mut self, count: usize, write: impl FnMut(&mut M::Event, usize)) -> Result<(), Closed> {
        Producer::publish_each(self, count, write)
    }

    #[inline]
    fn publish_if<X>(
        &mut self,
        write: impl FnOnce(&mut M::Event) -> Result<(), X>,
    ) -> Result<Result<Sequence, X>, Closed> {
        let mut claim = match self.claim(1) {
            Ok(claim) => claim,
            Err(BatchError::Closed(closed)) => return Err(closed),
            Err(BatchError::TooLarge(_)) => unreachable!("every ring has a slot"),
        };
        let sequence = claim.sequences().start;
        Ok(match write(&mut claim[0]) {
            Ok(()) => {
                claim.publish();
                Ok(sequence)
            }
            Err(error) => Err(error),
        })
    }

    #[inline]
    fn publish_batch(
        &mut self,
        count: usize,
        write: impl FnOnce(Batch<'_, M::Event>),
    ) -> Result<Range<Sequence>, BatchError> {
        Producer::publish_batch(self, count, write)
    }

    fn ring_size(&self) -> usize {
        Producer::ring_size(self)
    }
}
