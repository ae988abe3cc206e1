//! Handlers that are called once an event.

use std::marker::PhantomData;

use super::apply::for_each;
use super::bounds::{Handles, HandlesMut, Movable, Returned};
use super::ring::{Events, Ring};
use super::{Apply, Failed, Handler, HandlerMut, HandlerResult, Outcome, Stage};
use crate::Sequence;

/// A stage without an argument list: it is called with `(&event, sequence, end_of_batch)`.
pub struct ByRef<H>(H);

/// Binds a [`Handler`] that nobody shares its events with.
pub fn by_ref<E, H, A, B, X, Y, const N: usize, const STAGES: usize>(
    _: Ring<E, N, STAGES>,
    handler: H,
) -> Stage<ByRef<B>>
where
    H: Handles<E, H, A, X> + Movable<A, B, Y>,
{
    Stage::new(ByRef(<H as Movable<_, _, _>>::pass(<H as Handles<_, _, _, _>>::pass(handler))))
}

/// The same for a closure, whose parameters are inferred from here.
pub fn by_ref_fn<E, H, R, A, B, X, Y, const N: usize, const STAGES: usize>(
    _: Ring<E, N, STAGES>,
    handler: H,
) -> Stage<ByRef<B>>
where
    H: FnMut(&E, Sequence, bool) -> R + Movable<H, A, X>,
    R: Returned<A, B, Y>,
{
    Stage::new(ByRef(R::pass(H::pass(handler))))
}

// SAFETY: makes a shared reference to each event, which is what a stage without an argument list declares.
unsafe impl<E, H: Handler<E> + Send> Apply<E> for ByRef<H> {
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

/// A stage with an argument list: `project` picks what is listed out of the event, `call` calls the handler with it.
pub struct Each<H, P, C, const COMMITS: bool> {
    handler: H,
    project: P,
    call: C,
}

/// What picks the arguments: its type is known before the handler is looked at, which is then told of what it does not take.
pub fn project<E, T, P: Fn(*mut E) -> T, const N: usize, const STAGES: usize>(
    ring: Ring<E, N, STAGES>,
    project: P,
) -> (Events<E>, P) {
    (ring.events(), project)
}

/// Binds a handler to its argument list.
///
/// # Safety
/// `project` and `call` read and write of the event what the stage declares, and nothing else.
pub unsafe fn each<E, H, R, P, T, C>(
    _: Events<E>,
    project: P,
    handler: H,
    call: C,
) -> Stage<Each<H, P, C, false>>
where
    P: Fn(*mut E) -> T,
    C: FnMut(&mut H, T, Sequence, bool) -> R,
    R: Outcome,
{
    Stage::new(Each { handler, project, call })
}

/// The same for a list with `end_of_batch`.
///
/// # Safety
/// As of [`each`].
pub unsafe fn each_committing<E, H, R, P, T, C>(
    _: Events<E>,
    project: P,
    handler: H,
    call: C,
) -> Stage<Each<H, P, C, true>>
where
    P: Fn(*mut E) -> T,
    C: FnMut(&mut H, T, Sequence, bool) -> R,
    R: Outcome,
{
    Stage::new(Each { handler, project, call })
}

// SAFETY: what `project` and `call` touch was promised to `each`.
unsafe impl<E, H, R, P, T, C, const COMMITS: bool> Apply<E> for Each<H, P, C, COMMITS>
where
    H: Send,
    P: Fn(*mut E) -> T + Send,
    C: FnMut(&mut H, T, Sequence, bool) -> R + Send,
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
        let Self { handler, project, call } = self;
        let handle = |event, sequence, end| call(handler, project(event), sequence, end).into_result();
        // SAFETY: the caller gives valid events and keeps others away from what is listed.
        unsafe { for_each(events, first, closes, at, handle) }
    }

    fn into_handler(self) -> H {
        self.handler
    }
}

/// A stage declared with `(&mut *)` alone, given as a value: a function of `&mut event` or a [`HandlerMut`].
pub struct ByMut<H, Kind>(H, PhantomData<fn() -> Kind>);

/// Binds a function of `&mut event`, or a [`HandlerMut`].
pub fn by_mut<E, H, Kind, A, B, X, Y, const N: usize, const STAGES: usize>(
    _: Ring<E, N, STAGES>,
    handler: H,
) -> Stage<ByMut<B, Kind>>
where
    H: HandlesMut<E, Kind, H, A, X> + Movable<A, B, Y>,
{
    let handler = <H as HandlesMut<_, _, _, _, _>>::pass(handler);
    Stage::new(ByMut(<H as Movable<_, _, _>>::pass(handler), PhantomData))
}

/// Says that a handler is a function.
pub enum IsFunction {}
/// Says that a handler is a [`HandlerMut`].
pub enum IsHandler {}

/// What may stand for a stage declared with `(&mut *)` alone.
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
unsafe impl<E, Kind, H: HandleMut<E, Kind> + Send> Apply<E> for ByMut<H, Kind> {
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
