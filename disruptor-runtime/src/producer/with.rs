//! Translators: functions that write an event from arguments.

use std::ops::Range;
use std::time::Duration;

use super::room::granted;
use super::{Batch, Producer};
use crate::Sequence;
use crate::barrier::Barrier;
use crate::error::{BatchError, Closed, TimedBatchError, TimedPublishError, TryBatchError, TryPublishError};
use crate::memory::Memory;
use crate::wait::{Wait, Waiters};

mod sealed {
    pub trait Function<Event, Args> {}
    pub trait FunctionMut<Event, Args> {}
}

/// A function that writes an event from its sequence and the arguments `Args`, a tuple of up to six:
/// `fn fill(trade: &mut Trade, sequence: Sequence, price: u64, quantity: u32)` for the arguments `(u64, u32)`.
///
/// Functions and closures implement it, and nothing else does. A closure must name the types of its parameters.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not write a `{Event}` from the arguments `{Args}`",
    label = "no translator of these arguments",
    note = "a translator is a function or closure of `(&mut {Event}, Sequence, …)`, with a parameter for each of the arguments, six at \
            most, that returns `()`; one argument is given as `(argument,)`, none as `()`",
    note = "a closure must name the types of its parameters: `|event: &mut {Event}, _: Sequence, price: u64| …`"
)]
pub trait Translate<Event, Args>: sealed::Function<Event, Args> {
    /// Calls it.
    #[doc(hidden)]
    fn translate(self, event: &mut Event, sequence: Sequence, args: Args);
}

/// A [`Translate`] that can be called for each event of a batch.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not write events of type `{Event}` from the arguments `{Args}`",
    label = "no translator of these arguments",
    note = "a translator of a batch is a function or closure of `(&mut {Event}, Sequence, …)`, with a parameter for each of the \
            arguments, six at most, that returns `()` and can be called more than once; the iterator gives a tuple for each event",
    note = "a closure must name the types of its parameters: `|event: &mut {Event}, _: Sequence, price: u64| …`"
)]
pub trait TranslateEach<Event, Args>: sealed::FunctionMut<Event, Args> {
    /// Calls it.
    #[doc(hidden)]
    fn translate_each(&mut self, event: &mut Event, sequence: Sequence, args: Args);
}

macro_rules! translators {
    ($($arg:ident)*) => {
        impl<Event, T, $($arg),*> sealed::Function<Event, ($($arg,)*)> for T
        where T: FnOnce(&mut Event, Sequence, $($arg),*) {}

        impl<Event, T, $($arg),*> Translate<Event, ($($arg,)*)> for T
        where
            T: FnOnce(&mut Event, Sequence, $($arg),*),
        {
            #[inline(always)]
            #[allow(non_snake_case, reason = "an argument is called as its type")]
            fn translate(self, event: &mut Event, sequence: Sequence, ($($arg,)*): ($($arg,)*)) {
                self(event, sequence, $($arg),*);
            }
        }

        impl<Event, T, $($arg),*> sealed::FunctionMut<Event, ($($arg,)*)> for T
        where T: FnMut(&mut Event, Sequence, $($arg),*) {}

        impl<Event, T, $($arg),*> TranslateEach<Event, ($($arg,)*)> for T
        where
            T: FnMut(&mut Event, Sequence, $($arg),*),
        {
            #[inline(always)]
            #[allow(non_snake_case, reason = "an argument is called as its type")]
            fn translate_each(&mut self, event: &mut Event, sequence: Sequence, ($($arg,)*): ($($arg,)*)) {
                self(event, sequence, $($arg),*);
            }
        }
    };
}

translators!();
translators!(A);
translators!(A B);
translators!(A B C);
translators!(A B C D);
translators!(A B C D E);
translators!(A B C D E F);

impl<M, G, W, F> Producer<M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    /// As [`publish`](Self::publish), with the event written by a function from its sequence and from arguments: `translate` is
    /// called as `translate(&mut event, sequence, a, b)` for the arguments `(a, b)`, of which there may be six.
    ///
    /// # Errors
    /// As `publish`. The arguments are dropped then.
    ///
    /// # Panics
    /// As `publish`.
    #[inline]
    pub fn publish_with<Args>(
        &mut self,
        translate: impl Translate<M::Event, Args>,
        args: Args,
    ) -> Result<Sequence, Closed> {
        let claim = granted!(self.claim(1), |slow, pending| slow.wait_for_room(pending, 1));
        // SAFETY: the claim was just granted.
        unsafe { self.write_one(claim, |event| translate.translate(event, claim, args)) };
        Ok(claim)
    }

    /// As [`try_publish`](Self::try_publish), with a translator; see [`publish_with`](Self::publish_with).
    ///
    /// # Errors
    /// As `try_publish`. The arguments are dropped then.
    ///
    /// # Panics
    /// As `publish`.
    #[inline]
    pub fn try_publish_with<Args>(
        &mut self,
        translate: impl Translate<M::Event, Args>,
        args: Args,
    ) -> Result<Sequence, TryPublishError> {
        let claim = granted!(self.try_claim(1), |slow, refused| slow.look_again(refused, 1));
        // SAFETY: the claim was just granted.
        unsafe { self.write_one(claim, |event| translate.translate(event, claim, args)) };
        Ok(claim)
    }

    /// As [`publish_within`](Self::publish_within), with a translator; see [`publish_with`](Self::publish_with).
    ///
    /// # Errors
    /// As `publish_within`. The arguments are dropped then.
    ///
    /// # Panics
    /// As `publish`.
    #[inline]
    pub fn publish_with_within<Args>(
        &mut self,
        limit: Duration,
        translate: impl Translate<M::Event, Args>,
        args: Args,
    ) -> Result<Sequence, TimedPublishError> {
        let claim = granted!(self.try_claim(1), |slow, _refused| slow.wait_within(limit, 1));
        // SAFETY: the claim was just granted.
        unsafe { self.write_one(claim, |event| translate.translate(event, claim, args)) };
        Ok(claim)
    }

    /// As [`publish_batch`](Self::publish_batch), with a translator that is called once for each of the arguments, in their
    /// order.
    ///
    /// # Errors
    /// As `publish_batch`. The arguments are not asked for then.
    ///
    /// # Panics
    /// If `translate` or the iterator does; and if the iterator gives fewer arguments, or more, than its
    /// [`len`](ExactSizeIterator::len) had said. Nothing of the batch is published then: no slot that was not written, and no part
    /// of what was given.
    #[inline]
    pub fn publish_batch_with<Args>(
        &mut self,
        translate: impl TranslateEach<M::Event, Args>,
        args: impl IntoIterator<Item = Args, IntoIter: ExactSizeIterator>,
    ) -> Result<Range<Sequence>, BatchError> {
        let args = args.into_iter();
        let count = args.len();
        self.fits(count)?;
        if count == 0 {
            return Ok(self.write_nothing(|batch| each(batch, 0, translate, args))?);
        }
        let claim = granted!(self.claim(count), |slow, pending| slow.wait_for_room(pending, count));
        // SAFETY: the claim was just granted.
        Ok(unsafe { self.write_batch(claim, count, |batch| each(batch, claim, translate, args)) })
    }

    /// As [`try_publish_batch`](Self::try_publish_batch), with a translator; see
    /// [`publish_batch_with`](Self::publish_batch_with).
    ///
    /// # Errors
    /// As `try_publish_batch`. The arguments are not asked for then.
    ///
    /// # Panics
    /// As `publish_batch_with`.
    #[inline]
    pub fn try_publish_batch_with<Args>(
        &mut self,
        translate: impl TranslateEach<M::Event, Args>,
        args: impl IntoIterator<Item = Args, IntoIter: ExactSizeIterator>,
    ) -> Result<Range<Sequence>, TryBatchError> {
        let args = args.into_iter();
        let count = args.len();
        self.fits(count)?;
        if count == 0 {
            return Ok(self.write_nothing(|batch| each(batch, 0, translate, args))?);
        }
        let claim = granted!(self.try_claim(count), |slow, refused| slow.look_again(refused, count));
        // SAFETY: the claim was just granted.
        Ok(unsafe { self.write_batch(claim, count, |batch| each(batch, claim, translate, args)) })
    }

    /// As [`publish_batch_within`](Self::publish_batch_within), with a translator; see
    /// [`publish_batch_with`](Self::publish_batch_with).
    ///
    /// # Errors
    /// As `publish_batch_within`. The arguments are not asked for then.
    ///
    /// # Panics
    /// As `publish_batch_with`.
    #[inline]
    pub fn publish_batch_with_within<Args>(
        &mut self,
        limit: Duration,
        translate: impl TranslateEach<M::Event, Args>,
        args: impl IntoIterator<Item = Args, IntoIter: ExactSizeIterator>,
    ) -> Result<Range<Sequence>, TimedBatchError> {
        let args = args.into_iter();
        let count = args.len();
        self.fits(count)?;
        if count == 0 {
            return Ok(self.write_nothing(|batch| each(batch, 0, translate, args))?);
        }
        let claim = granted!(self.try_claim(count), |slow, _refused| slow.wait_within(limit, count));
        // SAFETY: the claim was just granted.
        Ok(unsafe { self.write_batch(claim, count, |batch| each(batch, claim, translate, args)) })
    }
}

/// Writes each event from its arguments.
///
/// # Panics
/// If there are not just as many: what was claimed is aborted then.
#[inline(always)]
fn each<Event, Args>(
    batch: Batch<'_, Event>,
    first: Sequence,
    mut translate: impl TranslateEach<Event, Args>,
    mut args: impl Iterator<Item = Args>,
) {
    let said = batch.len();
    for (event, sequence) in batch.zip(first..) {
        let Some(args) = args.next() else { too_few(said, (sequence - first) as usize) };
        translate.translate_each(event, sequence, args);
    }
    if args.next().is_some() {
        too_many(said);
    }
}

#[cold]
#[inline(never)]
fn too_few(said: usize, given: usize) -> ! {
    panic!(
        "the iterator of arguments said that it had {said}, and gave {given}: nothing of the batch is published"
    )
}

#[cold]
#[inline(never)]
fn too_many(said: usize) -> ! {
    panic!(
        "the iterator of arguments said that it had {said}, and gave more: nothing of the batch is published"
    )
}
