//! Pools: a stage of several workers, each of which has its share of the events.

use super::erased::Boxed;
use crate::Sequence;
use crate::control::drop_quietly;
use crate::stage::{Apply, Bound, spread};
use crate::sync::Arc;

/// How the workers share the events.
pub(super) enum Share<E> {
    /// Each in its turn.
    Turns,
    /// By a key.
    Key(Key<E>),
}

/// What gives an event's key, hashed.
pub(super) struct Key<E>(pub(super) Arc<dyn Fn(&E) -> u64 + Send + Sync>);

impl<E> Clone for Share<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Turns => Self::Turns,
            Self::Key(Key(key)) => Self::Key(Key(Arc::clone(key))),
        }
    }
}

/// One of a pool's workers.
pub(super) struct Worker<E> {
    apply: Boxed<E>,
    share: Share<E>,
    index: usize,
    workers: usize,
}

impl<E> Worker<E> {
    /// The worker of this index, of so many.
    ///
    /// # Safety
    /// If the share is by a key, no worker writes to the events: whatever the key's function answers, one event may then be
    /// handled by several.
    pub(super) unsafe fn new(apply: Boxed<E>, share: Share<E>, index: usize, workers: usize) -> Self {
        Self { apply, share, index, workers }
    }
}

impl<E> Bound for Worker<E> {
    type Keep = <Boxed<E> as Bound>::Keep;

    fn keep(&mut self) -> &mut Self::Keep {
        self.apply.keep()
    }

    fn into_keep(self) -> Self::Keep {
        // The last worker drops the user's function.
        drop_quietly(self.share);
        self.apply.into_keep()
    }
}

// SAFETY: as of the one inside, and of the key, which reads. Workers that take turns pick different events.
unsafe impl<E: Sync> Apply<E> for Worker<E> {
    const COMMITS_BATCHES: bool = true;
    const PICKS: bool = true;

    fn start(&mut self) {
        self.apply.start();
    }

    #[inline]
    unsafe fn picks(&self, event: *mut E, sequence: Sequence) -> bool {
        let worker = match &self.share {
            Share::Turns => sequence as usize % self.workers,
            // SAFETY: the event is valid, and nobody writes to it.
            Share::Key(Key(key)) => spread(key(unsafe { &*event }), self.workers),
        };
        worker == self.index
    }

    crate::stage::inside!(E);

    fn stop(&mut self) {
        self.apply.stop();
    }
}
