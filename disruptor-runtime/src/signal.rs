//! Wake-ups for those who block: one signal beside each word that is waited on.

#[cfg(feature = "async")]
mod wakers;

use std::time::Duration;

use crate::sync::{AtomicU32, Condvar, Mutex, Ordering, fence, lock};

#[cfg(feature = "async")]
pub(crate) use wakers::WaiterId;
#[cfg(feature = "async")]
use wakers::Wakers;

/// Nobody but threads waits.
#[cfg(not(feature = "async"))]
#[derive(Debug, Default)]
struct Wakers;

/// Where threads park, and tasks leave their wakers, until a word moves.
#[derive(Debug, Default)]
pub struct Signal {
    /// The threads that park and the wakers that are left here.
    waiters: AtomicU32,
    wakers: Mutex<Wakers>,
    moved: Condvar,
}

impl Signal {
    /// Wakes everyone who waits here. The caller has stored the word before.
    #[inline]
    pub(crate) fn notify(&self) {
        // Pairs with the fence in `park` and `enlist`: of two threads, one storing the word and then reading `waiters`, the
        // other raising `waiters` and then reading the word, at least one sees the other's store (Dekker). No wake-up is lost.
        fence(Ordering::SeqCst);
        if self.waiters.load(Ordering::Relaxed) != 0 {
            self.wake();
        }
    }

    #[cold]
    fn wake(&self) {
        // With the lock taken once, a waiter that has looked and found nothing is by now inside `wait`.
        #[cfg(feature = "async")]
        let woken = self.take_wakers();
        #[cfg(not(feature = "async"))]
        drop(lock(&self.wakers));
        self.moved.notify_all();
        #[cfg(feature = "async")]
        woken.wake();
    }

    /// Parks until `ready` says yes, a wake-up comes or `limit` has passed; looks once more before it sleeps.
    #[cold]
    pub(crate) fn park(&self, limit: Option<Duration>, ready: impl Fn() -> bool) {
        let guard = lock(&self.wakers);
        self.waiters.fetch_add(1, Ordering::Relaxed);
        // Pairs with the fence in `notify`.
        fence(Ordering::SeqCst);
        if !ready() {
            // A poisoned lock guards what is whole between any two statements, so that either result will do; the guard goes
            // right after.
            match limit {
                Some(limit) => drop(self.moved.wait_timeout(guard, limit)),
                None => drop(self.moved.wait(guard)),
            }
        }
        self.waiters.fetch_sub(1, Ordering::Relaxed);
    }
}
