//! The standard library's own.

use std::cell::Cell;
use std::time::{Duration, Instant};

pub(crate) use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize, fence};
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
pub(crate) use std::{hint, thread};

/// A mark of the calling thread: no two threads that live have the same, and none has 0.
pub(crate) fn thread_mark() -> usize {
    thread_local! {
        static MARK: u8 = const { 0 };
    }
    MARK.with(|mark| std::ptr::from_ref(mark).addr())
}

/// How long it was since the calling thread last asked this, if it has.
pub(crate) fn since_last_asked() -> Option<Duration> {
    thread_local! {
        static LAST: Cell<Option<Instant>> = const { Cell::new(None) };
    }
    let now = Instant::now();
    LAST.replace(Some(now)).map(|last| now.saturating_duration_since(last))
}
