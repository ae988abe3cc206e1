//! Handlers that are called once an event.

use std::marker::PhantomData;

use super::apply::{Bound, for_each, keep_in};
use super::bounds::{Handles, HandlesMut, Movable, MovableFactory, Returned};
use super::ring::{Events, Ring};
use super::{Apply, Failed, Given, Handler, HandlerMut, Keep, Made, Outcome, Release, Stage, given, made};
use crate::Sequence;
use crate::failure::BoxError;

/// A stage without an argument list: it is called with `(&event, sequence, end_of_batch)`.
#[derive(Clone)]
pub struct ByRef<K>(K);

/// Binds a [`Handler`] that nobody shares its events with.
pub fn by_ref<E, H, A, B, X, Y, const N: usize, const STAGES: usize>(
    _: Ring<E, N, STAGES>,
    handler: H,
) -> Stage<ByRef<Given<B>>>
where
    H: Handles<E, H, A, X> + Movable<A, B, Y>,
{
    Stage::new(ByRef(given(<H as Movable<_, _, _>>::pass(<H as Handles<_, _, _, _>>::pass(handler)))))
}

/// The same for a closure, whose parameters are inferred from here.
pub fn by_ref_fn<E, H, R, A, B, X, Y, const N: usize, const STAGES: usize>(
    _: Ring<E, N, STAGES>,
    handler: H,
) -> Stage<ByRef<Given<B>>>
where
    H: FnMut(&E, Sequence, bool) -> R + Movable<H, A, X>,
    R: Returned<A, B, Y>,
{
    Stage::new(ByRef(given(R::pass(H::pass(handler)))))
}

/// The same for a [`Handler`] that is made on the stage's thread.
pub fn by_ref_made<E, H, F, A, B, X, Y, const N: usize, const STAGES: usize>(
    _: Ring<E, N, STAGES>,
    factory: F,
) -> Stage<ByRef<B>>
where
    F: FnOnce() -> H + MovableFactory<A, B, Y>,
    H: Handles<E, Made<F, H>, A, X>,
{
    Stage::new(ByRef(F::pass(H::pass(made(factory)))))
}

/// The same for a closure that is made there, whose parameters are inferred from here.
pub fn by_ref_fn_made<E, H, R, F, A, B, X, Y, const N: usize, const STAGES: usize>(
    _: Ring<E, N, STAGES>,
    factory: F,
) -> Stage<ByRef<B>>
where
    F: FnOnce() -> H + MovableFactory<Made<F, H>, A, X>,
    H: FnMut(&E, Sequence, bool) -> R,
    R: Returned<A, B, Y>,
{
    Stage::new(ByRef(R::pass(F::pass(made(factory)))))
}

impl<K> ByRef<K> {
    /// Where a handler is, to be called with whole events.
    pub(crate) fn new(keep: K) -> Self {
        Self(keep)
    }
}

impl<K: Keep> Bound for ByRef<K> {
    keep_in!(0);
}

// SAFETY: makes a shared reference to each event, which is what a stage without an argument list declares.
unsafe impl<E, K: Keep<Handler: Handler<E>, Back: Send> + Send> Apply<E> for ByRef<K> {
    const COMMITS_BATCHES: bool = true;

    fn start(&mut self) {
        self.0.handler().on_start();
    }

    #[inline(always)]
    fn batch_start(&mut self, size: usize, backlog: usize) {
        self.0.handler().on_batch_start(size, backlog);
    }

    #[inline(always)]
    unsafe fn apply(
        &mut self,
        events: *mut [E],
        first: Sequence,
        closes: bool,
        at: &mut Sequence,
    ) -> Result<Release, Failed> {
        let handler = self.0.handler();
        // SAFETY: the caller gives valid events that nobody writes meanwhile.
        unsafe {
            for_each(events, first, closes, at, |event, sequence, end| handler.handle(&*event, sequence, end))
        }
    }

    fn timeout(&mut self, next: Sequence) {
        self.0.handler().on_timeout(next);
    }

    fn stop(&mut self) {
        self.0.handler().on_stop();
    }
}

/// A stage with an argument list: `project` picks what is listed out of the event, `call` calls the handler with it.
#[derive(Clone)]
pub struct Each<K, P, C, const COMMITS: bool> {
    keep: K,
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
pub unsafe fn each<E, K, R, P, T, C>(
    _: Events<E>,
    project: P,
    keep: K,
    call: C,
) -> Stage<Each<K, P, C, false>>
where
    K: Keep,
    P: Fn(*mut E) -> T,
    C: FnMut(&mut K::Handler, T, Sequence, bool) -> R,
    R: Outcome,
{
    Stage::new(Each { keep, project, call })
}

/// The same for a list with `end_of_batch`.
///
/// # Safety
/// As of [`each`].
pub unsafe fn each_committing<E, K, R, P, T, C>(
    _: Events<E>,
    project: P,
    keep: K,
    call: C,
) -> Stage<Each<K, P, C, true>>
where
    K: Keep,
    P: Fn(*mut E) -> T,
    C: FnMut(&mut K::Handler, T, Sequence, bool) -> R,
    R: Outcome,
{
    Stage::new(Each { keep, project, call })
}

impl<K: Keep, P, C, const COMMITS: bool> Bound for Each<K, P, C, COMMITS> {
    keep_in!(keep);
}

// SAFETY: what `project` and `call` touch was promised to `each`.
unsafe impl<E, K, R, P, T, C, const COMMITS: bool> Apply<E> for Each<K, P, C, COMMITS>
where
    K: Keep<Back: Send> + Send,
    P: Fn(*mut E) -> T + Send,
    C: FnMut(&mut K::Handler, T, Sequence, bool) -> R + Send,
    R: Outcome,
{
    const COMMITS_BATCHES: bool = COMMITS;

    #[inline(always)]
    unsafe fn apply(
        &mut self,
        events: *mut [E],
        first: Sequence,
        closes: bool,
        at: &mut Sequence,
    ) -> Result<Release, Failed> {
        let Self { keep, project, call } = self;
        let handler = keep.handler();
        let handle = |event, sequence, end| call(handler, project(event), sequence, end).into_result();
        // SAFETY: the caller gives valid events and keeps others away from what is listed.
        unsafe { for_each(events, first, closes, at, handle) }
    }
}

/// A stage declared with `(&mut *)` alone, given as a value: a function of `&mut event` or a [`HandlerMut`].
pub struct ByMut<K, Kind>(K, PhantomData<fn() -> Kind>);

/// Binds a function of `&mut event`, or a [`HandlerMut`].
pub fn by_mut<E, H, Kind, A, B, X, Y, const N: usize, const STAGES: usize>(
    _: Ring<E, N, STAGES>,
    handler: H,
) -> Stage<ByMut<Given<B>, Kind>>
where
    H: HandlesMut<E, Kind, H, A, X> + Movable<A, B, Y>,
{
    let handler = <H as HandlesMut<_, _, _, _, _>>::pass(handler);
    Stage::new(ByMut(given(<H as Movable<_, _, _>>::pass(handler)), PhantomData))
}

/// The same for one that is made on the stage's thread.
pub fn by_mut_made<E, H, F, Kind, A, B, X, Y, const N: usize, const STAGES: usize>(
    _: Ring<E, N, STAGES>,
    factory: F,
) -> Stage<ByMut<B, Kind>>
where
    F: FnOnce() -> H + MovableFactory<A, B, Y>,
    H: HandlesMut<E, Kind, Made<F, H>, A, X>,
{
    Stage::new(ByMut(F::pass(H::pass(made(factory))), PhantomData))
}

impl<K: Clone, Kind> Clone for ByMut<K, Kind> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<K, Kind> ByMut<K, Kind> {
    /// Where a handler is, to be called with whole events, which it may change.
    pub(crate) fn new(keep: K) -> Self {
        Self(keep, PhantomData)
    }
}

impl<K: Keep, Kind> Bound for ByMut<K, Kind> {
    keep_in!(0);
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
    fn event(&mut self, event: &mut E, sequence: Sequence, end_of_batch: bool) -> Result<Release, BoxError>;
    /// Nothing has come for a while.
    fn timeout(&mut self, _next: Sequence) {}
    /// After the last event.
    fn stop(&mut self) {}
}

impl<E, R: Outcome, F: FnMut(&mut E) -> R> HandleMut<E, IsFunction> for F {
    #[inline(always)]
    fn event(&mut self, event: &mut E, _: Sequence, _: bool) -> Result<Release, BoxError> {
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
    fn event(&mut self, event: &mut E, sequence: Sequence, end_of_batch: bool) -> Result<Release, BoxError> {
        self.on_event(event, sequence, end_of_batch)?;
        Ok(if self.releases() { Release::Now } else { Release::AtEnd })
    }

    fn timeout(&mut self, next: Sequence) {
        self.on_timeout(next);
    }

    fn stop(&mut self) {
        self.on_stop();
    }
}

// SAFETY: makes an exclusive reference to each event, which is what `(&mut *)` declares.
unsafe impl<E, Kind, K: Keep<Handler: HandleMut<E, Kind>, Back: Send> + Send> Apply<E> for ByMut<K, Kind> {
    const COMMITS_BATCHES: bool = true;

    fn start(&mut self) {
        self.0.handler().start();
    }

    #[inline(always)]
    fn batch_start(&mut self, size: usize, backlog: usize) {
        self.0.handler().batch_start(size, backlog);
    }

    #[inline(always)]
    unsafe fn apply(
        &mut self,
        events: *mut [E],
        first: Sequence,
        closes: bool,
        at: &mut Sequence,
    ) -> Result<Release, Failed> {
        let handler = self.0.handler();
        // SAFETY: the caller gives valid events that nobody else touches meanwhile.
        unsafe {
            for_each(events, first, closes, at, |event, sequence, end| {
                handler.event(&mut *event, sequence, end)
            })
        }
    }

    fn timeout(&mut self, next: Sequence) {
        self.0.handler().timeout(next);
    }

    fn stop(&mut self) {
        self.0.handler().stop();
    }
}
