//! shuttle's: a pipeline is run in many random orders of its threads. Every ordering counts as `SeqCst` here; what weaker ones allow
//! is looked at with loom.
//!
//! Time does not pass: a wait with a limit ends by a wake-up alone, and a sleep gives way. Threads are not scoped.

pub(crate) use shuttle::hint;
pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize, fence};
pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard};

pub(crate) mod thread {
    use std::time::Duration;

    pub(crate) use shuttle::thread::{Builder, JoinHandle, current, spawn, yield_now};

    pub(crate) fn sleep(_: Duration) {
        yield_now();
    }
}

/// A mark of the calling thread: shuttle's threads share one of the system's.
pub(crate) fn thread_mark() -> usize {
    usize::from(thread::current().id()) + 1
}
