//! Shards: a stage of several workers, each on a thread of its own, which share its events.

use super::bounds::Copied;
use super::config::Options;
use super::share::{Share, Worker};
use super::{Apply, Bound, Keep, OnError, Stage, StageConfig, Tail};
use crate::barrier::Barrier;
use crate::memory::Memory;
use crate::pipeline::Collect;
use crate::plan::Plan;
use crate::wait::{Wait, Waiters};

/// A shard as declared: a stage, so many times.
pub struct Shard<A, W, X, S, const WORKERS: usize> {
    stage: Stage<A, W, X>,
    share: S,
    cores: Vec<usize>,
}

/// Has so many workers share the events of a stage.
pub fn shard<const WORKERS: usize, A, W, X, S, B, P>(
    stage: Stage<A, W, X>,
    share: S,
) -> Shard<B, W, X, S, WORKERS>
where
    A: Copied<A, B, P>,
{
    let Stage { apply, wait, on_error, options } = stage;
    let stage = Stage { apply: A::pass(apply), wait, on_error, options };
    Shard { stage, share, cores: Vec::new() }
}

impl<A, W, X, S, const WORKERS: usize> Shard<A, W, X, S, WORKERS> {
    /// Pins each worker's thread to a core of its own.
    #[must_use]
    pub fn core(mut self, cores: impl ShardCores<WORKERS>) -> Self {
        self.cores = cores.into_cores();
        self
    }
}

/// Cores for so many workers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are no cores for {WORKERS} workers",
    label = "not an array of {WORKERS} cores",
    note = "give each worker a core of its own, as in `core: [2, 3]` for two of them"
)]
pub trait ShardCores<const WORKERS: usize> {
    /// The cores, one a worker.
    fn into_cores(self) -> Vec<usize>;
}

impl<const WORKERS: usize> ShardCores<WORKERS> for [usize; WORKERS] {
    fn into_cores(self) -> Vec<usize> {
        self.into()
    }
}

impl<const WORKERS: usize> ShardCores<WORKERS> for &[usize; WORKERS] {
    fn into_cores(self) -> Vec<usize> {
        self.to_vec()
    }
}

// SAFETY: adds a stage for each worker as it is told, on words of their own; `Worker` picks for each what is not the others'.
unsafe impl<M, A, W, X, S, const WORKERS: usize> StageConfig<M> for Shard<A, W, X, S, WORKERS>
where
    M: Memory,
    A: Apply<M::Event> + Clone,
    W: Wait + Clone,
    X: OnError + Clone + Send,
    S: Share<M::Event>,
{
    /// Each worker's, in order.
    type Handler = Vec<<<A as Bound>::Keep as Keep>::Back>;
    type Wait = W;
    /// The macro refuses to fuse a shard.
    type Fused<F: Waiters, T: Tail<M>> = ();

    unsafe fn launch<'a, B: Barrier<M> + Default + 'a, F: Waiters>(
        self,
        plan: &mut Plan<'a, M, impl Sized>,
        word: usize,
    ) -> Collect<'a, Self::Handler>
    where
        Self: 'a,
    {
        let worker = |index: usize| {
            let Stage { apply, wait, on_error, options } = &self.stage;
            let Options { batch, name, .. } = options;
            let stage = Stage {
                apply: Worker::<A, S, WORKERS>::new(apply.clone(), self.share.clone(), index),
                wait: wait.clone(),
                on_error: on_error.clone(),
                options: Options {
                    core: self.cores.get(index).copied(),
                    batch: *batch,
                    name: name.as_ref().map(|name| format!("{name}[{index}]")),
                },
            };
            // SAFETY: the caller's promise is handed on; a worker's word is the shard's first and its index.
            unsafe { stage.launch::<B, F>(plan, word + index) }
        };
        let workers: Vec<_> = (0..WORKERS).map(worker).collect();
        Box::new(move || workers.into_iter().map(|worker| worker()).collect())
    }

    unsafe fn launch_with<'a, B: Barrier<M> + Default + 'a, F: Waiters, T: Tail<M> + 'a>(
        self,
        _: &mut Plan<'a, M, impl Sized>,
        _: usize,
        _: T,
    ) -> Collect<'a, Self::Handler>
    where
        Self: 'a,
    {
        unreachable!("the macro refuses to fuse a shard")
    }

    unsafe fn fuse<'a, F: Waiters, T: Tail<M>>(
        self,
        _: &mut Plan<'a, M, impl Sized>,
        _: usize,
        _: T,
    ) -> (Collect<'a, Self::Handler>, Self::Fused<F, T>)
    where
        Self: 'a,
    {
        unreachable!("the macro refuses to fuse a shard")
    }
}
