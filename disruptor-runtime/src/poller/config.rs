//! A stage that is polled, as declared.

use super::view::{Field, View, WholeEvent};
use super::{OnDrop, Poller, Wake};
use crate::barrier::Barrier;
use crate::memory::Memory;
use crate::plan::Plan;
use crate::stage::{Events, ReadTogether, Ring};
use crate::wait::{PhasedBackoff, Wait, Waiters};

/// A stage that a thread of the user's drives, as declared: what it sees, how it waits, and what follows when its poller is
/// dropped.
pub struct PolledStage<V, W = PhasedBackoff> {
    view: V,
    wait: W,
    on_drop: OnDrop,
}

/// One that sees whole events.
pub fn polled<E, const N: usize, const STAGES: usize>(
    _: Ring<E, N, STAGES>,
    on_drop: OnDrop,
) -> PolledStage<WholeEvent> {
    PolledStage { view: WholeEvent, wait: PhasedBackoff::default(), on_drop }
}

/// One that sees the field that the projection picks.
///
/// # Safety
/// The projection picks the field that the stage's list names, and touches nothing; if another stage may read that at the same time, it
/// is `Sync`.
pub unsafe fn polled_field<E, A: Send, P>(
    (_, project): (Events<E>, P),
    on_drop: OnDrop,
) -> PolledStage<Field<A, P>>
where
    P: Fn(*mut E) -> (*const A,) + Send,
{
    // SAFETY: the caller's promise is handed on.
    PolledStage { view: unsafe { Field::new(project) }, wait: PhasedBackoff::default(), on_drop }
}

/// The same for a field that another stage may read at the same time.
///
/// # Safety
/// As of [`polled_field`].
pub unsafe fn polled_shared_field<E, A: Send + ReadTogether, P>(
    project: (Events<E>, P),
    on_drop: OnDrop,
) -> PolledStage<Field<A, P>>
where
    P: Fn(*mut E) -> (*const A,) + Send,
{
    // SAFETY: the caller's promise is handed on, and the field is `Sync`.
    unsafe { polled_field(project, on_drop) }
}

/// One that sees what `view` shows: a type that a named pipeline gives a name.
///
/// # Safety
/// If another stage may read the part at the same time, it is `Sync`.
pub unsafe fn polled_by<E, V: View<E, Part: Send>, const N: usize, const STAGES: usize>(
    _: Ring<E, N, STAGES>,
    view: V,
    on_drop: OnDrop,
) -> PolledStage<V> {
    PolledStage { view, wait: PhasedBackoff::default(), on_drop }
}

/// The same for a part that another stage may read at the same time.
///
/// # Safety
/// As of [`polled_by`].
pub unsafe fn polled_shared_by<E, V, const N: usize, const STAGES: usize>(
    ring: Ring<E, N, STAGES>,
    view: V,
    on_drop: OnDrop,
) -> PolledStage<V>
where
    V: View<E, Part: Send + ReadTogether>,
{
    // SAFETY: the part is `Sync`.
    unsafe { polled_by(ring, view, on_drop) }
}

impl<V, W> PolledStage<V, W> {
    /// How its poller waits, where it does.
    #[must_use]
    pub fn wait<X: Wait>(self, wait: X) -> PolledStage<V, X> {
        PolledStage { view: self.view, wait, on_drop: self.on_drop }
    }
}

/// A polled stage of a pipeline with the memory `M`: its types under one name each, and how its poller is made.
///
/// # Safety
/// `poller` makes a poller as it is told, and nothing else.
pub unsafe trait PolledConfig<M: Memory>: Sized {
    /// How it waits.
    type Wait: Wait;
    /// What it sees of an event.
    type View: View<M::Event>;

    /// The poller of this word, which waits on `B` and on which those wait whose waits are `F`.
    ///
    /// # Safety
    /// Called from [`Stages::launch`](crate::pipeline::Stages::launch), of which each implementation promises that `word`, `B`
    /// and `F` are right.
    unsafe fn poller<B: Barrier<M> + Default, F: Waiters>(
        self,
        plan: &Plan<'_, M, impl Sized>,
        word: usize,
    ) -> Poller<M, B, Self::Wait, Self::View>;
}

// SAFETY: hands on what it is told.
unsafe impl<M: Memory, V: View<M::Event>, W: Wait> PolledConfig<M> for PolledStage<V, W> {
    type Wait = W;
    type View = V;

    unsafe fn poller<B: Barrier<M> + Default, F: Waiters>(
        self,
        plan: &Plan<'_, M, impl Sized>,
        word: usize,
    ) -> Poller<M, B, W, V> {
        let Self { view, wait, on_drop } = self;
        let wakes = (wait, Wake::of::<F>());
        // SAFETY: the caller's promise is handed on.
        unsafe { Poller::new(plan.shared_memory(), word, B::default(), wakes, view, on_drop) }
    }
}

/// What the pollers of a pipeline are that has none.
#[diagnostic::on_unimplemented(
    message = "this pipeline has pollers, and somebody must be given them",
    label = "nobody would be given the pollers",
    note = "start it with `spawn_with_pollers`, which gives them beside the producer and the running pipeline, or with \
            `run_with_pollers`, which hands them to the closure"
)]
pub trait NoPollers {}

impl NoPollers for () {}
