//! Wake-ups for those who block: one signal beside each word that is waited on.

use std::time::Duration;

use crate::sync::{AtomicU32, Condvar, Mutex, Ordering, fence, lock};

/// Where threads park until a word moves.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    waiters: AtomicU32,
    lock: Mutex<()>,
    moved: Condvar,
}

impl Signal {
    /// Wakes everyone parked here. The caller has stored the word before.
    #[inline]
    pub(crate) fn notify(&self) {
        // Pairs with the fence in `park`: of two threads, one storing the word and then reading `waiters`, the other raising
        // `waiters` and then reading the word, at least one sees the other's store (Dekker). No wake-up is lost.
        fence(Ordering::SeqCst);
        if self.waiters.load(Ordering::Relaxed) != 0 {
            self.wake();
        }
    }

    #[cold]
    fn wake(&self) {
        // With the lock taken once, a waiter that has looked and found nothing is by now inside `wait`.
        drop(lock(&self.lock));
        self.moved.notify_all();
    }

    /// Parks until `ready` says yes, a wake-up comes or `limit` has passed; looks once more before it sleeps.
    #[cold]
    pub(crate) fn park(&self, limit: Option<Duration>, ready: impl Fn() -> bool) {
        let guard = lock(&self.lock);
        self.waiters.fetch_add(1, Ordering::Relaxed);
        // Pairs with the fence in `notify`.
        fence(Ordering::SeqCst);
        if !ready() {
            // A poisoned lock guards nothing, so that either result will do; the guard goes right after.
            match limit {
                Some(limit) => drop(self.moved.wait_timeout(guard, limit)),
                None => drop(self.moved.wait(guard)),
            }
        }
        self.waiters.fetch_sub(1, Ordering::Relaxed);
    }
}
