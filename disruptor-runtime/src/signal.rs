//! Wake-ups for those who block: one signal beside each word that is waited on.

#[cfg(feature = "async")]
mod wakers;

use std::time::Duration;

use crate::asymmetric;
use crate::sync::{AtomicU32, AtomicU64, Condvar, Mutex, Ordering, PoisonError, fence, lock};

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
    /// The threads that park and the wakers that are left here, and that nobody has woken. Changes under the lock alone.
    waiters: AtomicU32,
    /// How often those here were woken. Changes under the lock alone.
    wakes: AtomicU64,
    wakers: Mutex<Wakers>,
    moved: Condvar,
}

impl Signal {
    /// Wakes everyone who waits here. The caller has stored the word before.
    #[inline]
    pub(crate) fn notify(&self) {
        // Pairs with the fence in `park` and `enlist`: of two threads, one storing the word and then reading `waiters`, the other raising
        // `waiters` and then reading the word, at least one sees the other's store (Dekker). No wake-up is lost.
        fence(Ordering::SeqCst);
        self.wake_if_any();
    }

    /// The same, where everybody parks behind a [heavy fence](asymmetric::heavy_fence).
    #[inline]
    pub(crate) fn notify_lite(&self) {
        // Pairs with the heavy fence of those who park, as above.
        asymmetric::light_fence();
        self.wake_if_any();
    }

    #[inline(always)]
    fn wake_if_any(&self) {
        if self.waiters.load(Ordering::Relaxed) != 0 {
            self.wake();
        }
    }

    #[cold]
    fn wake(&self) {
        // With the lock taken once, a waiter that has looked and found nothing is by now inside `wait`.
        #[cfg_attr(not(feature = "async"), allow(unused_mut))]
        let mut wakers = lock(&self.wakers);
        // All are woken now, and until somebody waits again nobody needs to do it once more.
        self.waiters.store(0, Ordering::Relaxed);
        self.wakes.fetch_add(1, Ordering::Relaxed);
        #[cfg(feature = "async")]
        let woken = std::mem::take(&mut *wakers);
        drop(wakers);
        self.moved.notify_all();
        #[cfg(feature = "async")]
        woken.wake();
    }

    /// Parks until `ready` says yes, a wake-up comes or `limit` has passed; looks once more before it sleeps.
    #[cold]
    pub(crate) fn park(&self, limit: Option<Duration>, ready: impl Fn() -> bool) {
        let mut guard = lock(&self.wakers);
        self.waiters.fetch_add(1, Ordering::Relaxed);
        let wakes = self.wakes.load(Ordering::Relaxed);
        // Pairs with the fence in `notify`.
        fence(Ordering::SeqCst);
        if !ready() {
            // A poisoned lock guards what is whole between any two statements, so that either result will do.
            guard = match limit {
                Some(limit) => {
                    self.moved.wait_timeout(guard, limit).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.moved.wait(guard).unwrap_or_else(PoisonError::into_inner),
            };
        }
        if self.wakes.load(Ordering::Relaxed) == wakes {
            // Nobody has woken us, and counted us off.
            self.waiters.fetch_sub(1, Ordering::Relaxed);
        }
        drop(guard);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::{Arc, thread};

    fn until(is_so: impl Fn() -> bool) {
        while !is_so() {
            thread::yield_now();
        }
    }

    /// Whoever moves the word ten thousand times while one thread wakes up, calls it once.
    #[test]
    fn those_who_were_woken_are_not_woken_again() {
        let signal = Arc::new(Signal::default());
        let there = Arc::clone(&signal);
        let parked = thread::spawn(move || there.park(None, || false));
        until(|| signal.waiters.load(Ordering::Relaxed) == 1);
        signal.notify();
        assert_eq!(signal.waiters.load(Ordering::Relaxed), 0);
        (0..10_000).for_each(|_| signal.notify());
        assert_eq!(signal.wakes.load(Ordering::Relaxed), 1);
        parked.join().expect("no panic");
        assert_eq!(signal.waiters.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn those_who_wake_by_themselves_are_counted_off_once() {
        let signal = Signal::default();
        signal.park(Some(Duration::from_millis(1)), || false);
        signal.park(None, || true);
        assert_eq!(signal.waiters.load(Ordering::Relaxed), 0);
        signal.notify();
        assert_eq!(signal.wakes.load(Ordering::Relaxed), 0);
    }
}
