//! Handlers that are called with whole slices of a batch: at most two, since the ring wraps.

use super::ring::Events;
use super::{Apply, Failed, Outcome, Stage};
use crate::Sequence;

/// A stage declared with `&[*]` or `&mut [*]`.
pub struct Slices<H, C> {
    handler: H,
    call: C,
}

/// Binds a handler of slices to its argument list.
///
/// # Safety
/// `call` reads and writes of the events what the stage declares, and nothing else.
pub unsafe fn slices<E, H, R, C>(_: Events<E>, handler: H, call: C) -> Stage<Slices<H, C>>
where
    C: FnMut(&mut H, *mut [E], Sequence, bool) -> R,
    R: Outcome,
{
    Stage::new(Slices { handler, call })
}

// SAFETY: what `call` touches was promised to `slices`.
unsafe impl<E, H, R, C> Apply<E> for Slices<H, C>
where
    H: Send,
    C: FnMut(&mut H, *mut [E], Sequence, bool) -> R + Send,
    R: Outcome,
{
    type Handler = H;
    const COMMITS_BATCHES: bool = true;

    #[inline(always)]
    unsafe fn apply(
        &mut self,
        events: *mut [E],
        first: Sequence,
        closes: bool,
        at: &mut Sequence,
    ) -> Result<(), Failed> {
        *at = first;
        (self.call)(&mut self.handler, events, first, closes).into_result().map_err(|error| Failed {
            sequence: first,
            count: events.len(),
            error,
        })
    }

    fn into_handler(self) -> H {
        self.handler
    }
}
