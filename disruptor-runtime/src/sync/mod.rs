//! The one place from which this crate takes atomics, fences, cells, locks, threads and hints, so that a model checker can stand in
//! for them: what ships is what is checked (`docs/models.md`). A test sees to it that no other module names the standard library's.
//!
//! | build | module | what stands there |
//! |---|---|---|
//! | any other | `ordinary` | the standard library's own, under these names: not one instruction more |
//! | `--cfg loom` | `exhaustive` | loom's: every order of a small model, with weak memory |
//! | `--cfg shuttle` | `random` | shuttle's: random orders of whole pipelines |
//!
//! In all three of them the following are the standard library's, and no model looks into them: [`Arc`], time, and what is said at
//! [`UnsafeCell`], [`Tally`], [`Mark`] and [`process`].

use std::cell::Cell;
use std::time::{Duration, Instant};

#[cfg(loom)]
mod exhaustive;
#[cfg(not(any(loom, shuttle)))]
mod ordinary;
#[cfg(shuttle)]
mod random;

#[cfg(loom)]
use exhaustive as chosen;
#[cfg(not(any(loom, shuttle)))]
use ordinary as chosen;
#[cfg(shuttle)]
use random as chosen;

pub(crate) use chosen::{
    AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize, Condvar, Mutex, MutexGuard, fence, hint,
    thread, thread_mark,
};

/// The cells of the ring. Batches are slices that reach over several of them, for which a checker's cell, which is larger than what
/// it holds, has no room: in the models it is the *event* that is made of such a cell, so that every access of a handler or a
/// producer is followed.
pub(crate) use std::cell::UnsafeCell;
/// What is hidden from the compiler is none of a checker's business.
pub(crate) use std::hint::black_box;
pub(crate) use std::sync::atomic::Ordering;
pub(crate) use std::sync::{Arc, PoisonError};

/// A count that is only looked at from outside: nothing is decided by it, and no model has to follow it.
pub(crate) type Tally = std::sync::atomic::AtomicU64;

/// A mark that a thread leaves and that it alone recognises: whatever others see of it means nothing to them.
pub(crate) type Mark = std::sync::atomic::AtomicUsize;

/// The time from each turn to the next. In models there is none: they are to go the same way each time.
#[derive(Debug, Default)]
pub(crate) struct Lap(Option<Instant>);

impl Lap {
    /// How long it was since the last turn, if there was one and the clock has moved.
    pub(crate) fn turn(&mut self) -> Option<Duration> {
        #[cfg(test)]
        if let Some(time) = PRETENDED_TURN.get() {
            return Some(time);
        }
        if cfg!(any(loom, shuttle)) {
            return None;
        }
        let now = Instant::now();
        let last = self.0.replace(now)?;
        Some(now.saturating_duration_since(last)).filter(|time| !time.is_zero())
    }
}

#[cfg(test)]
thread_local! {
    /// What each turn has taken on this thread, for a test that must not depend on the clock.
    pub(crate) static PRETENDED_TURN: Cell<Option<Duration>> = const { Cell::new(None) };
}

/// How far the calling thread was at its last turn, by the count that it gives, and how long ago that was.
pub(crate) fn turn_of_thread(count: i64) -> Option<(i64, Duration)> {
    thread_local! {
        static LAST: Cell<(i64, Lap)> = const { Cell::new((0, Lap(None))) };
    }
    LAST.with(|last| {
        let (before, mut lap) = last.take();
        let time = lap.turn();
        last.set((count, lap));
        time.map(|time| (before, time))
    })
}

/// What belongs to the process and outlives any pipeline, and any run of a model: nothing there waits for another thread.
pub(crate) mod process {
    pub(crate) use std::sync::Mutex;
    #[cfg(feature = "async")]
    pub(crate) use std::sync::atomic::AtomicU64;
    #[cfg(all(target_os = "linux", not(any(miri, loom, shuttle))))]
    pub(crate) use std::sync::{
        LazyLock,
        atomic::{AtomicBool, compiler_fence},
    };
    pub(crate) use std::thread;
}

/// Locks, also after a panic elsewhere: what stands behind our locks is whole between any two statements.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
