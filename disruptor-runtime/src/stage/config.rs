//! A stage as declared: its handler, how it waits, what it does about errors, where it runs.

use super::apply::Bound;
use super::bounds::{Hook, HookReturns};
use super::hooks::{Hooked, Timed};
use super::{Apply, Fused, Keep, OnError, Stop, Tail};
use crate::barrier::Barrier;
use crate::memory::Memory;
use crate::pipeline::Collect;
use crate::plan::{Plan, Slot};
use crate::wait::{PhasedBackoff, Wait, Waiters};

/// A stage as declared.
pub struct Stage<A, W = PhasedBackoff, X = Stop> {
    pub(crate) apply: A,
    pub(crate) wait: W,
    pub(crate) on_error: X,
    pub(crate) options: Options,
}

/// What a stage declares beside its types.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) core: Option<usize>,
    pub(crate) batch: Option<usize>,
    pub(crate) name: Option<String>,
}

impl<A> Stage<A> {
    /// A stage of which nothing more is declared than how it reaches its handler.
    pub(crate) fn new(apply: A) -> Self {
        Self { apply, wait: PhasedBackoff::default(), on_error: Stop, options: Options::default() }
    }
}

impl<A, W, X> Stage<A, W, X> {
    /// How the stage waits.
    #[must_use]
    pub fn wait<V: Wait>(self, wait: V) -> Stage<A, V, X> {
        Stage { apply: self.apply, wait, on_error: self.on_error, options: self.options }
    }

    /// What follows when the handler returns an error.
    #[must_use]
    pub fn on_error<Y: OnError>(self, on_error: Y) -> Stage<A, W, Y> {
        Stage { apply: self.apply, wait: self.wait, on_error, options: self.options }
    }

    /// What is called with the handler, on its thread, before the first event and after the last.
    #[must_use]
    pub fn hooks<F, G, R, S, F1, F2, G1, G2, P, P1, Q, Q1>(
        self,
        start: F,
        stop: G,
    ) -> Stage<Hooked<A, F2, G2>, W, X>
    where
        A: Bound,
        F: FnOnce(&mut HandlerOf<A>) -> R + Hook<F, F1, P>,
        R: HookReturns<F1, F2, P1>,
        G: FnOnce(&mut HandlerOf<A>) -> S + Hook<G, G1, Q>,
        S: HookReturns<G1, G2, Q1>,
    {
        let apply = Hooked::new(self.apply, R::pass(F::pass(start)), S::pass(G::pass(stop)));
        Stage { apply, wait: self.wait, on_error: self.on_error, options: self.options }
    }

    /// What is called with the handler, on its thread, each time that nothing has come for as long as the wait says.
    #[must_use]
    pub fn timeout<F, R, F1, F2, P, P1>(self, timeout: F) -> Stage<Timed<A, F2>, W, X>
    where
        A: Bound,
        F: FnMut(&mut HandlerOf<A>) -> R + Hook<F, F1, P>,
        R: HookReturns<F1, F2, P1>,
    {
        let apply = Timed::new(self.apply, R::pass(F::pass(timeout)));
        Stage { apply, wait: self.wait, on_error: self.on_error, options: self.options }
    }

    /// Pins the stage's thread to a core.
    #[must_use]
    pub fn core(mut self, core: usize) -> Self {
        self.options.core = Some(core);
        self
    }

    /// Bounds the stage's batches.
    #[must_use]
    pub fn batch(mut self, batch: usize) -> Self {
        self.options.batch = Some(batch);
        self
    }

    /// Names the stage's thread.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.options.name = Some(name.into());
        self
    }
}

/// The handler inside.
type HandlerOf<A> = <<A as Bound>::Keep as Keep>::Handler;

/// A stage of a pipeline with the memory `M`: its types under one name each, and how its threads are planned.
///
/// # Safety
/// `launch`, `launch_with` and `fuse` add the stage as they are told, and nothing else.
pub unsafe trait StageConfig<M: Memory>: Sized {
    /// What is given back of its handler.
    type Handler: Send;
    /// How it waits.
    type Wait: Wait;

    /// What the stage is, fused to the one before.
    type Fused<F: Waiters, T: Tail<M>>: Tail<M>;

    /// Adds the stage whose words begin at `word`, which waits on `B` and on which those wait whose waits are `F`.
    ///
    /// # Safety
    /// Called from [`Stages::launch`](crate::pipeline::Stages::launch), of which each implementation promises that `word`, `B`
    /// and `F` are right, and `tail` where there is one.
    unsafe fn launch<'a, B: Barrier<M> + Default + 'a, F: Waiters>(
        self,
        plan: &mut Plan<'a, M, impl Sized>,
        word: usize,
    ) -> Collect<'a, Self::Handler>
    where
        Self: 'a;

    /// The same for a stage that `tail` follows on its thread.
    ///
    /// # Safety
    /// As of [`launch`](Self::launch).
    unsafe fn launch_with<'a, B: Barrier<M> + Default + 'a, F: Waiters, T: Tail<M> + 'a>(
        self,
        plan: &mut Plan<'a, M, impl Sized>,
        word: usize,
        tail: T,
    ) -> Collect<'a, Self::Handler>
    where
        Self: 'a;

    /// The stage as one that follows another on its thread, and `tail` behind it. Whatever it has to wait on is on that thread before
    /// it, or the thread's first stage waits on it.
    ///
    /// # Safety
    /// As of [`launch`](Self::launch).
    unsafe fn fuse<'a, F: Waiters, T: Tail<M>>(
        self,
        plan: &mut Plan<'a, M, impl Sized>,
        word: usize,
        tail: T,
    ) -> (Collect<'a, Self::Handler>, Self::Fused<F, T>)
    where
        Self: 'a;
}

// SAFETY: each hands what it is told to the plan.
unsafe impl<M, A, W, X> StageConfig<M> for Stage<A, W, X>
where
    M: Memory,
    A: Apply<M::Event>,
    W: Wait,
    X: OnError + Send,
{
    type Handler = <A::Keep as Keep>::Back;
    type Wait = W;
    type Fused<F: Waiters, T: Tail<M>> = Fused<A, W, X, Self::Handler, F, T>;

    unsafe fn launch<'a, B: Barrier<M> + Default + 'a, F: Waiters>(
        self,
        plan: &mut Plan<'a, M, impl Sized>,
        word: usize,
    ) -> Collect<'a, Self::Handler>
    where
        Self: 'a,
    {
        // SAFETY: the caller's promise is handed on.
        unsafe { self.launch_with::<B, F, ()>(plan, word, ()) }
    }

    unsafe fn launch_with<'a, B: Barrier<M> + Default + 'a, F: Waiters, T: Tail<M> + 'a>(
        self,
        plan: &mut Plan<'a, M, impl Sized>,
        word: usize,
        tail: T,
    ) -> Collect<'a, Self::Handler>
    where
        Self: 'a,
    {
        // SAFETY: the caller's promise is handed on.
        let slot = unsafe { plan.stage::<B, F, A, W, X, T>(self, word, B::default(), tail) };
        Box::new(move || slot.take())
    }

    unsafe fn fuse<'a, F: Waiters, T: Tail<M>>(
        self,
        plan: &mut Plan<'a, M, impl Sized>,
        word: usize,
        tail: T,
    ) -> (Collect<'a, Self::Handler>, Self::Fused<F, T>)
    where
        Self: 'a,
    {
        let slot = Slot::new();
        let taken = slot.clone();
        // SAFETY: as in `launch_with`.
        (Box::new(move || taken.take()), unsafe { Fused::new(plan.at(word), self, slot, tail) })
    }
}
