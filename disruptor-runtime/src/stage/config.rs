//! A stage as declared: its handler, how it waits, what it does about errors, where it runs.

use super::{Apply, OnError};
use crate::wait::Wait;

/// A stage as declared.
pub struct Stage<A, W, X> {
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

/// A stage with a bound handler, a wait and a policy.
pub fn stage<A, W: Wait, X: OnError>(apply: A, wait: W, on_error: X) -> Stage<A, W, X> {
    Stage { apply, wait, on_error, options: Options::default() }
}

impl<A, W, X> Stage<A, W, X> {
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

/// A stage's types, under one name each.
pub trait StageConfig<E>: Sized {
    /// How it reaches its handler.
    type Apply: Apply<E, Handler = Self::Handler> + Send;
    /// Its handler.
    type Handler: Send;
    /// How it waits.
    type Wait: Wait;
    /// Its policy.
    type OnError: OnError + Send;
    /// The stage itself.
    fn into_stage(self) -> Stage<Self::Apply, Self::Wait, Self::OnError>;
}

impl<E, A, W, X> StageConfig<E> for Stage<A, W, X>
where
    A: Apply<E, Handler: Send> + Send,
    W: Wait,
    X: OnError + Send,
{
    type Apply = A;
    type Handler = A::Handler;
    type Wait = W;
    type OnError = X;

    fn into_stage(self) -> Self {
        self
    }
}
