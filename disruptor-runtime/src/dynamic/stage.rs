//! A stage of a pipeline that is built at run time, as it is described.

use std::fmt;
use std::hash::Hash;

use super::erased::{AnyPolicy, AnyWait, Boxed, InBox, KeepBox};
use super::pool::{Key, Share};
use crate::poller::OnDrop;
use crate::stage::{ByMut, ByRef, HandleMut, Handler, OnError, given, made};
use crate::sync::Arc;
use crate::wait::Wait;

/// A stage, described: its name, its handler, and what else is to be said of it.
///
/// A handler may only read the events, so that stages may run side by side, unless the stage is made by
/// [`writing`](Self::writing): then nothing may run beside it, which [`Builder::build`](super::Builder::build) checks.
///
/// ```
/// use disruptor_runtime::dynamic::Stage;
/// use disruptor_runtime::wait::Yielding;
/// use disruptor_runtime::{Retry, Sequence};
///
/// let journal = Stage::new("journal", |order: &u64, _: Sequence, end_of_batch: bool| { /* append, sync */ })
///     .wait(Yielding::default())
///     .batch(512)
///     .on_error(Retry::times(3));
/// # let _ = journal;
/// ```
#[must_use = "a stage does nothing before it is given to a builder"]
pub struct Stage<E> {
    pub(super) name: String,
    pub(super) writes: bool,
    pub(super) role: Role<E>,
    pub(super) wait: Option<AnyWait>,
    pub(super) on_error: Option<AnyPolicy>,
    pub(super) batch: Option<usize>,
    pub(super) cores: Vec<usize>,
    pub(super) thread: Option<String>,
}

/// Who handles the events of a stage.
pub(super) enum Role<E> {
    /// One handler.
    One(Boxed<E>),
    /// Workers, each of which has its share.
    Pool(Vec<Boxed<E>>, Share<E>),
    /// A thread of the user's.
    Poller(OnDrop),
}

impl<E: 'static> Stage<E> {
    /// A stage whose handler reads the events: a function or closure of `(&event, sequence, end_of_batch)`, or a value whose type
    /// implements [`Handler`].
    pub fn new<H: Handler<E> + Send + 'static>(name: impl Into<String>, handler: H) -> Self {
        Self::of(name, false, Role::One(Boxed::new(ByRef::new(given(handler)))))
    }

    /// The same with a handler that is in a box already, and is given back in it. Each event then takes a call through the box,
    /// where other handlers take one a batch.
    pub fn boxed(name: impl Into<String>, handler: Box<dyn Handler<E> + Send>) -> Self {
        Self::of(name, false, Role::One(Boxed::new(ByRef::new(KeepBox(InBox(handler))))))
    }

    /// A stage whose handler is made on the stage's own thread, where it stays: it need not be `Send`. Given back is `()`.
    pub fn made<H: Handler<E> + 'static>(
        name: impl Into<String>,
        factory: impl FnOnce() -> H + Send + 'static,
    ) -> Self {
        Self::of(name, false, Role::One(Boxed::new(ByRef::new(made(factory)))))
    }

    /// A stage whose handler may change the events: a function or closure of `(&mut event)`, or a value whose type implements
    /// [`HandlerMut`](crate::HandlerMut). Nothing may run beside it.
    pub fn writing<H, Kind: 'static>(name: impl Into<String>, handler: H) -> Self
    where
        H: HandleMut<E, Kind> + Send + 'static,
    {
        Self::of(name, true, Role::One(Boxed::new(ByMut::new(given(handler)))))
    }

    /// Workers, each on a thread of its own, that share the events of one stage: each event goes to one of them, by turns or as
    /// [`by_key`](Self::by_key) says. What follows waits on all.
    pub fn pool<H>(name: impl Into<String>, workers: impl IntoIterator<Item = H>) -> Self
    where
        H: Handler<E> + Send + 'static,
    {
        let workers = workers.into_iter().map(|worker| Boxed::new(ByRef::new(given(worker)))).collect();
        Self::of(name, false, Role::Pool(workers, Share::Turns))
    }

    /// Workers that take turns, and may change the events that are theirs. Nothing but they may run at the same time.
    pub fn writing_pool<H, Kind: 'static>(
        name: impl Into<String>,
        workers: impl IntoIterator<Item = H>,
    ) -> Self
    where
        H: HandleMut<E, Kind> + Send + 'static,
    {
        let workers = workers.into_iter().map(|worker| Boxed::new(ByMut::new(given(worker)))).collect();
        Self::of(name, true, Role::Pool(workers, Share::Turns))
    }

    /// A stage that a thread of the user's drives, by a [`Poller`](super::Poller).
    pub fn poller(name: impl Into<String>, on_drop: OnDrop) -> Self {
        Self::of(name, false, Role::Poller(on_drop))
    }

    fn of(name: impl Into<String>, writes: bool, role: Role<E>) -> Self {
        Self {
            name: name.into(),
            writes,
            role,
            wait: None,
            on_error: None,
            batch: None,
            cores: Vec::new(),
            thread: None,
        }
    }

    /// Of a pool: events for which `key` gives equal values go to the same worker. Each worker calls it for each event, so that it
    /// should be cheap; it may only read, and so may the workers.
    pub fn by_key<K: Hash>(mut self, key: impl Fn(&E) -> K + Send + Sync + 'static) -> Self {
        if let Role::Pool(_, share) = &mut self.role {
            *share = Share::Key(Key(Arc::new(move |event| crate::stage::hash(&key(event)))));
        }
        self
    }

    /// How the stage waits for events; otherwise as the builder says. Of a poller: how [`poll_within`](super::Poller::poll_within)
    /// does.
    pub fn wait<W: Wait + Clone>(self, wait: W) -> Self {
        Self { wait: Some(AnyWait::new(wait)), ..self }
    }

    /// What follows when the handler returns an error; otherwise the pipeline stops. (A poller's errors go to who polls.)
    pub fn on_error(self, policy: impl OnError + Clone + Send + 'static) -> Self {
        Self { on_error: Some(AnyPolicy::new(policy)), ..self }
    }

    /// At most so many events a batch.
    pub fn batch(self, events: usize) -> Self {
        Self { batch: Some(events), ..self }
    }

    /// Pins the stage's thread to a core.
    pub fn core(self, core: usize) -> Self {
        self.cores([core])
    }

    /// Pins the threads of a pool's workers: the first to the first of these cores, and so on.
    pub fn cores(self, cores: impl IntoIterator<Item = usize>) -> Self {
        Self { cores: cores.into_iter().collect(), ..self }
    }

    /// Names the stage's thread, or, with a number behind it, the threads of its workers; otherwise it is called like the stage.
    pub fn thread_name(self, name: impl Into<String>) -> Self {
        Self { thread: Some(name.into()), ..self }
    }

    /// How many words it needs: one a thread.
    pub(super) fn workers(&self) -> usize {
        match &self.role {
            Role::One(_) | Role::Poller(_) => 1,
            Role::Pool(workers, _) => workers.len(),
        }
    }
}

impl<E> fmt::Debug for Stage<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage")
            .field("name", &self.name)
            .field("writes", &self.writes)
            .finish_non_exhaustive()
    }
}
