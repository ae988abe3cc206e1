//! The options `start`, `stop` and `timeout` of a stage.

use super::apply::{Bound, inside};
use super::{Apply, Failed, Keep, Release};
use crate::Sequence;
use crate::control::drop_quietly;

/// A handler, and what is called with it before the first event and after the last.
#[derive(Clone)]
pub struct Hooked<A, F, G> {
    apply: A,
    start: Option<F>,
    stop: Option<G>,
}

impl<A, F, G> Hooked<A, F, G> {
    pub(super) fn new(apply: A, start: F, stop: G) -> Self {
        Self { apply, start: Some(start), stop: Some(stop) }
    }
}

impl<A: Bound, F, G> Bound for Hooked<A, F, G> {
    type Keep = A::Keep;

    #[inline(always)]
    fn keep(&mut self) -> &mut A::Keep {
        self.apply.keep()
    }

    fn into_keep(self) -> A::Keep {
        // Where the handler could not be made they were not called, and their drop is the user's.
        drop_quietly(self.start);
        drop_quietly(self.stop);
        self.apply.into_keep()
    }
}

// SAFETY: as of the one inside; what is called before and after it gets no event.
unsafe impl<E, A, F, G, R, S> Apply<E> for Hooked<A, F, G>
where
    A: Apply<E>,
    F: FnOnce(&mut <A::Keep as Keep>::Handler) -> R + Send,
    G: FnOnce(&mut <A::Keep as Keep>::Handler) -> S + Send,
{
    const COMMITS_BATCHES: bool = A::COMMITS_BATCHES;
    const PICKS: bool = A::PICKS;

    fn start(&mut self) {
        self.apply.start();
        if let Some(start) = self.start.take() {
            start(self.apply.keep().handler());
        }
    }

    #[inline(always)]
    unsafe fn picks(&self, event: *mut E, sequence: Sequence) -> bool {
        // SAFETY: the caller's promise is handed on.
        unsafe { self.apply.picks(event, sequence) }
    }

    inside!(E);

    fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop(self.apply.keep().handler());
        }
        self.apply.stop();
    }
}

/// A handler, and what is called with it when nothing has come for a while.
#[derive(Clone)]
pub struct Timed<A, F> {
    apply: A,
    timeout: F,
}

impl<A, F> Timed<A, F> {
    pub(super) fn new(apply: A, timeout: F) -> Self {
        Self { apply, timeout }
    }
}

impl<A: Bound, F> Bound for Timed<A, F> {
    type Keep = A::Keep;

    #[inline(always)]
    fn keep(&mut self) -> &mut A::Keep {
        self.apply.keep()
    }

    fn into_keep(self) -> A::Keep {
        drop_quietly(self.timeout);
        self.apply.into_keep()
    }
}

// SAFETY: as of the one inside; what is called meanwhile gets no event.
unsafe impl<E, A, F, R> Apply<E> for Timed<A, F>
where
    A: Apply<E>,
    F: FnMut(&mut <A::Keep as Keep>::Handler) -> R + Send,
{
    const COMMITS_BATCHES: bool = A::COMMITS_BATCHES;
    const PICKS: bool = A::PICKS;

    fn start(&mut self) {
        self.apply.start();
    }

    #[inline(always)]
    unsafe fn picks(&self, event: *mut E, sequence: Sequence) -> bool {
        // SAFETY: the caller's promise is handed on.
        unsafe { self.apply.picks(event, sequence) }
    }

    #[inline(always)]
    fn batch_start(&mut self, size: usize, backlog: usize) {
        self.apply.batch_start(size, backlog);
    }

    #[inline(always)]
    unsafe fn apply(
        &mut self,
        events: *mut [E],
        first: Sequence,
        closes: bool,
        at: &mut Sequence,
    ) -> Result<Release, Failed> {
        // SAFETY: the caller's promise is handed on.
        unsafe { self.apply.apply(events, first, closes, at) }
    }

    fn timeout(&mut self, next: Sequence) {
        self.apply.timeout(next);
        (self.timeout)(self.apply.keep().handler());
    }

    fn stop(&mut self) {
        self.apply.stop();
    }
}
