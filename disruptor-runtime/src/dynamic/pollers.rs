//! The pollers of a pipeline that is built at run time.

use std::collections::BTreeMap;
use std::fmt;

use super::One;
use super::barrier::Upstreams;
use super::erased::AnyWait;
use super::memory::Dynamic;
use super::registry::Joined;
use crate::memory::Memory;
use crate::poller::{OnDrop, Wake, WholeEvent};
use crate::publication::Publication;
use crate::sync::Arc;

/// A stage of a pipeline that is built at run time that a thread of the user's drives: see [`Poller`](crate::Poller).
///
/// ```
/// use disruptor_runtime::dynamic::{Builder, OnDrop, Poll, Stage};
///
/// let mut builder = Builder::single(64, u64::default);
/// builder.handle_events_with([Stage::poller("audit", OnDrop::Release)]);
/// let (mut producer, running, mut pollers) = builder.build()?.spawn_with_pollers()?;
/// let mut audit = pollers.take("audit").expect("it was declared");
///
/// producer.publish(|event| *event = 7)?;
/// let mut seen = Vec::new();
/// let polled = audit.poll(|event, sequence, end_of_batch| seen.push((*event, sequence, end_of_batch)))?;
/// assert_eq!((polled, seen), (Poll::Handled(1), vec![(7, 0, true)]));
/// assert_eq!(audit.poll(|_, _, _| ())?, Poll::Idle);
/// # drop((producer, audit));
/// # running.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Poller<E, P = One> = crate::Poller<Dynamic<E, P>, Upstreams, AnyWait, WholeEvent>;

/// Polls of such a poller that handle at most so many events each: see [`Take`](crate::Take).
pub type Take<'a, E, P = One> = crate::Take<'a, Dynamic<E, P>, Upstreams, AnyWait, WholeEvent>;

/// The future of such a poller: see [`Polling`](crate::Polling).
#[cfg(feature = "async")]
pub type Polling<'p, E, R, F, P = One> =
    crate::Polling<'p, Dynamic<E, P>, Upstreams, AnyWait, WholeEvent, R, F>;

/// The poller of a stage that has joined, which gets every event from where its word stands.
///
/// # Safety
/// The stage has its word alone, and `joined` says what it waits on.
pub(super) unsafe fn poller<E: Send + Sync + 'static, P: Publication + 'static>(
    memory: Arc<Dynamic<E, P>>,
    joined: &Joined,
    wait: AnyWait,
    on_drop: OnDrop,
) -> Poller<E, P> {
    let word = joined.words[0];
    let upstreams = Upstreams::new(word, &joined.upstreams);
    let wake = if memory.wakes() { Wake::Fenced } else { Wake::Never };
    // SAFETY: the caller's promise is handed on; events are `Sync`.
    unsafe { Poller::new(memory, word, upstreams, (wait, wake), WholeEvent, on_drop) }
}

/// The pollers of a pipeline, by name, until they are taken. Those that are not taken are dropped with it.
pub struct Pollers<E: Send + Sync + 'static, P: Publication + 'static = One>(BTreeMap<String, Poller<E, P>>);

impl<E: Send + Sync + 'static, P: Publication + 'static> Pollers<E, P> {
    pub(super) fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub(super) fn add(&mut self, name: String, poller: Poller<E, P>) {
        self.0.insert(name, poller);
    }

    /// The poller of this name; the first call gets it.
    pub fn take(&mut self, name: &str) -> Option<Poller<E, P>> {
        self.0.remove(name)
    }
}

impl<E: Send + Sync + 'static, P: Publication + 'static> fmt::Debug for Pollers<E, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pollers").field(&self.0.keys()).finish()
    }
}
