//! What the writer, its helper and those who look on share.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use disruptor_runtime::Sequence;

use crate::error::Error;

/// How far the journal is, and what failed on the helper's thread.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Everything below is in the system's hands: a crash of the process alone takes nothing away.
    written: AtomicI64,
    /// Everything below is on the disk.
    durable: AtomicI64,
    failed: AtomicBool,
    /// The journal is being closed: no more segments are made.
    stopped: AtomicBool,
    failure: Mutex<Option<Error>>,
    /// The segments from which on a replay of this process reads.
    pins: Mutex<Vec<u64>>,
}

impl Shared {
    /// A journal that is durable as far as this.
    pub(crate) fn new(next: Sequence) -> Self {
        Self { written: next.into(), durable: next.into(), ..Self::default() }
    }

    pub(crate) fn written(&self) -> Sequence {
        // Acquire: pairs with the Release in `write`; who sees the count finds the tasks that were sent before.
        self.written.load(Ordering::Acquire)
    }

    pub(crate) fn durable(&self) -> Sequence {
        // Acquire: pairs with the Release in `sync`, so that what was done before the sync is seen.
        self.durable.load(Ordering::Acquire)
    }

    /// Everything below is written.
    pub(crate) fn write(&self, next: Sequence) {
        // Release: pairs with the Acquire in `written`.
        self.written.store(next, Ordering::Release);
    }

    /// Everything below is durable.
    pub(crate) fn sync(&self, next: Sequence) {
        // AcqRel: pairs with the Acquire in `durable`. The helper and the writer may both have synced; the further counts.
        self.durable.fetch_max(next, Ordering::AcqRel);
    }

    /// The helper has failed.
    pub(crate) fn fail(&self, error: Error) {
        lock(&self.failure).get_or_insert(error);
        // Release: pairs with the Acquire in `failure`.
        self.failed.store(true, Ordering::Release);
    }

    /// What the helper has failed on, once.
    pub(crate) fn failure(&self) -> Option<Error> {
        // Acquire: pairs with the Release in `fail`.
        if self.failed.load(Ordering::Acquire) { lock(&self.failure).take() } else { None }
    }

    /// No more segments are made.
    pub(crate) fn stop(&self) {
        // Relaxed: it is only the sooner seen the better.
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// True if no more segments are made.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Keeps retention away from this segment and those behind it.
    pub(crate) fn pin(&self, segment: u64) {
        lock(&self.pins).push(segment);
    }

    /// Lets go of one pin of this segment.
    pub(crate) fn unpin(&self, segment: u64) {
        let mut pins = lock(&self.pins);
        if let Some(place) = pins.iter().position(|pinned| *pinned == segment) {
            pins.swap_remove(place);
        }
    }

    /// True if nobody reads this segment, or one before it.
    pub(crate) fn is_free(&self, segment: u64) -> bool {
        lock(&self.pins).iter().all(|pinned| *pinned > segment)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
