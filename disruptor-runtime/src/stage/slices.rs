//! Handlers that are called with whole slices of a batch: at most two, since the ring wraps.

use super::apply::{Bound, keep_in};
use super::ring::Events;
use super::{Apply, Failed, Keep, Outcome, Release, Stage};
use crate::Sequence;

/// A stage declared with `&[*]` or `&mut [*]`.
pub struct Slices<K, C> {
    keep: K,
    call: C,
}

/// Binds a handler of slices to its argument list.
///
/// # Safety
/// `call` reads and writes of the events what the stage declares, and nothing else.
pub unsafe fn slices<E, K, R, C>(_: Events<E>, keep: K, call: C) -> Stage<Slices<K, C>>
where
    K: Keep,
    C: FnMut(&mut K::Handler, *mut [E], Sequence, bool) -> R,
    R: Outcome,
{
    Stage::new(Slices { keep, call })
}

impl<K: Keep, C> Bound for Slices<K, C> {
    keep_in!(keep);
}

// SAFETY: what `call` touches was promised to `slices`.
unsafe impl<E, K, R, C> Apply<E> for Slices<K, C>
where
    K: Keep<Back: Send> + Send,
    C: FnMut(&mut K::Handler, *mut [E], Sequence, bool) -> R + Send,
    R: Outcome,
{
    const COMMITS_BATCHES: bool = true;

    #[inline(always)]
    unsafe fn apply(
        &mut self,
        events: *mut [E],
        first: Sequence,
        closes: bool,
        at: &mut Sequence,
    ) -> Result<Release, Failed> {
        *at = first;
        match (self.call)(self.keep.handler(), events, first, closes).into_result() {
            Ok(release) => {
                *at = first + events.len() as i64;
                Ok(release)
            }
            Err(error) => Err(Failed { sequence: first, count: events.len(), error }),
        }
    }
}
