//! Handlers that are called once an event.

use std::marker::PhantomData;

use super::apply::for_each;
use super::{Apply, Failed, Handler, HandlerMut, HandlerResult, Outcome};
use crate::Sequence;

/// A stage without an argument list: it is called with `(&event, sequence, end_of_batch)`.
pub struct ByRef<H>(H);

/// What the events of a pipeline are. Handed to whoever binds a handler, so that the type that one handler shows is known to
/// the next.
pub struct Events<E>(PhantomData<fn() -> E>);

impl<E> Clone for Events<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Events<E> {}

/// Events of a type that is given, or yet to be inferred.
pub fn events<E>() -> Events<E> {
    Events(PhantomData)
}

/// Binds a [`Handler`] that nobody shares its events with.
pub fn by_ref<E, H: Handler<E>>(_: Events<E>, handler: H) -> ByRef<H> {
    ByRef(handler)
}

/// The same for a closure, whose parameters are inferred from here.
pub fn by_ref_fn<E, R: Outcome, H: FnMut(&E, Sequence, bool) -> R>(_: Events<E>, handler: H) -> ByRef<H> {
    ByRef(handler)
}

// SAFETY: makes a shared reference to each event, which is what a stage without an argument list declares.
unsafe impl<E, H: Handler<E>> Apply<E> for ByRef<H> {
    type Handler = H;
    const COMMITS_BATCHES: bool = true;

    fn start(&mut self) {
        self.0.on_start();
    }

    #[inline(always)]
    fn batch_start(&mut self, size: usize, backlog: usize) {
        self.0.on_batch_start(size, backlog);
    }

    #[inline(always)]
    unsafe fn apply(
        &mut self,
        events: *mut [E],
        first: Sequence,
        closes: bool,
        at: &mut Sequence,
    ) -> Result<(), Failed> {
        // SAFETY: the caller gives valid events that nobody writes meanwhile.
        unsafe {
            for_each(events, first, closes, at, |event, sequence, end| {
                self.0.on_event(&*event, sequence, end)
            })
        }
    }

    fn stop(&mut self) {
        self.0.on_stop();
    }

    fn into_handler(self) -> H {
        self.0
    }
}

/// A stage whose events are read by another stage at the same time.
pub struct Shared<A>(A);

/// Asks for what sharing takes: events that may be read by two threads at a time.
pub fn shared<A>(apply: A) -> Shared<A> {
    Shared(apply)
}

// SAFETY: as of the one inside.
unsafe impl<E: Sync, A: Apply<E>> Apply<E> for Shared<A> {
    type Handler = A::Handler;
    const COMMITS_BATCHES: bool = A::COMMITS_BATCHES;

    fn start(&mut self) {
        self.0.start();
    }

    #[inline(always)]
    fn batch_start(&mut self, size: usize, backlog: usize) {
        self.0.batch_start(size, backlog);
    }

    #[inline(always)]
    unsafe fn apply(
        &mut self,
        events: *mut [E],
        first: Sequence,
        closes: bool,
        at: &mut Sequence,
    ) -> Result<(), Failed> {
        // SAFETY: the caller's promise is handed on.
        unsafe { self.0.apply(events, first, closes, at) }
    }

    fn stop(&mut self) {
        self.0.stop();
    }

    fn into_handler(self) -> A::Handler {
        self.0.into_handler()
    }
}

/// A stage with an argument list: `call` picks the arguments out of the event and calls the handler with them.
pub struct Each<H, C, const COMMITS: bool> {
    handler: H,
    call: C,
}

/// Binds a handler to its argument list.
///
/// # Safety
/// `call` reads and writes of the event what the stage declares, and nothing else.
pub unsafe fn each<const COMMITS: bool, E, H, R, C>(_: Events<E>, handler: H, call: C) -> Each<H, C, COMMITS>
where
    C: FnMut(&mut H, *mut E, Sequence, bool) -> R,
    R: Outcome,
{
    Each { handler, call }
}

// SAFETY: what `call` touches was promised to `each`.
unsafe impl<E, H, R, C, const COMMITS: bool> Apply<E> for Each<H, C, COMMITS>
where
    C: FnMut(&mut H, *mut E, Sequence, bool) -> R,
    R: Outcome,
{
    type Handler = H;
    const COMMITS_BATCHES: bool = COMMITS;

    #[inline(always)]
    unsafe fn apply(
        &mut self,
        events: *mut [E],
        first: Sequence,
        closes: bool,
        at: &mut Sequence,
    ) -> Result<(), Failed> {
        let handle =
            |event, sequence, end| (self.call)(&mut self.handler, event, sequence, end).into_result();
        // SAFETY: the caller gives valid events and keeps others away from what `call` touches.
        unsafe { for_each(events, first, closes, at, handle) }
    }

    fn into_handler(self) -> H {
        self.handler
    }
}

/// A stage declared with `(&mut *)` alone, given as a value: a function of `&mut event` or a [`HandlerMut`].
pub struct ByMut<H, Kind>(H, PhantomData<fn() -> Kind>);

/// Binds a function of `&mut event`, or a [`HandlerMut`].
pub fn by_mut<E, H: HandleMut<E, Kind>, Kind>(_: Events<E>, handler: H) -> ByMut<H, Kind> {
    ByMut(handler, PhantomData)
}

/// Says that a handler is a function.
pub enum IsFunction {}
/// Says that a handler is a [`HandlerMut`].
pub enum IsHandler {}

/// What may stand for a stage declared with `(&mut *)` alone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot change events of type `{E}`",
    label = "neither a function of `&mut {E}` nor a `HandlerMut<{E}>`",
    note = "a stage declared with `(&mut *)` takes a function or closure of `(&mut {E})`, \
            or a type that implements `HandlerMut<{E}>`"
)]
pub trait HandleMut<E, Kind> {
    /// Before the first event.
    fn start(&mut self) {}
    /// Before a batch.
    #[inline(always)]
    fn batch_start(&mut self, _size: usize, _backlog: usize) {}
    /// Each event.
    fn event(&mut self, event: &mut E, sequence: Sequence, end_of_batch: bool) -> HandlerResult;
    /// After the last event.
    fn stop(&mut self) {}
}

impl<E, R: Outcome, F: FnMut(&mut E) -> R> HandleMut<E, IsFunction> for F {
    #[inline(always)]
    fn event(&mut self, event: &mut E, _: Sequence, _: bool) -> HandlerResult {
        self(event).into_result()
    }
}

impl<E, H: HandlerMut<E>> HandleMut<E, IsHandler> for H {
    fn start(&mut self) {
        self.on_start();
    }

    #[inline(always)]
    fn batch_start(&mut self, size: usize, backlog: usize) {
        self.on_batch_start(size, backlog);
    }

    #[inline(always)]
    fn event(&mut self, event: &mut E, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
        self.on_event(event, sequence, end_of_batch)
    }

    fn stop(&mut self) {
        self.on_stop();
    }
}

// SAFETY: makes an exclusive reference to each event, which is what `(&mut *)` declares.
unsafe impl<E, Kind, H: HandleMut<E, Kind>> Apply<E> for ByMut<H, Kind> {
    type Handler = H;
    const COMMITS_BATCHES: bool = true;

    fn start(&mut self) {
        self.0.start();
    }

    #[inline(always)]
    fn batch_start(&mut self, size: usize, backlog: usize) {
        self.0.batch_start(size, backlog);
    }

    #[inline(always)]
    unsafe fn apply(
        &mut self,
        events: *mut [E],
        first: Sequence,
        closes: bool,
        at: &mut Sequence,
    ) -> Result<(), Failed> {
        // SAFETY: the caller gives valid events that nobody else touches meanwhile.
        unsafe {
            for_each(events, first, closes, at, |event, sequence, end| {
                self.0.event(&mut *event, sequence, end)
            })
        }
    }

    fn stop(&mut self) {
        self.0.stop();
    }

    fn into_handler(self) -> H {
        self.0
    }
}
