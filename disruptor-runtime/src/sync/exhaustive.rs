//! loom's: a model is run in every order of its threads, up to a bound, and each load gives every value that the memory model allows.
//!
//! Time does not pass: a wait with a limit ends by a wake-up alone, and a sleep gives way. Threads are not scoped.

pub(crate) use loom::hint;
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize, fence};
pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};

pub(crate) mod thread {
    use std::time::Duration;

    pub(crate) use loom::thread::{Builder, JoinHandle, current, spawn, yield_now};

    pub(crate) fn sleep(_: Duration) {
        yield_now();
    }
}

loom::thread_local! {
    static MARK: Box<u8> = Box::new(0);
}

/// A mark of the calling thread: loom's threads share one of the system's.
pub(crate) fn thread_mark() -> usize {
    MARK.with(|mark| std::ptr::from_ref(&**mark).addr())
}
