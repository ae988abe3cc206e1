//! Tasks that wait at a signal: the wakers that they leave there.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

use super::Signal;
use crate::sync::{Ordering, fence, lock, process};

/// Who waits: a future, or whatever else is polled, has one for its life and leaves at most one waker at each signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaiterId(u64);

impl WaiterId {
    /// One that nobody else has.
    pub(crate) fn new() -> Self {
        static NEXT: process::AtomicU64 = process::AtomicU64::new(0);
        // Relaxed: nothing but the number is handed out.
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// The wakers left at a signal.
#[derive(Debug, Default)]
pub(super) struct Wakers(BTreeMap<WaiterId, Waker>);

impl Wakers {
    /// Wakes them all. A waker is somebody else's code and is called with no lock held; if it panics, the others are woken all
    /// the same, and whoever moved the word does not suffer from it.
    pub(super) fn wake(self) {
        for waker in self.0.into_values() {
            quietly(|| waker.wake());
        }
    }
}

/// Calls what is somebody else's, and does not pass on its panic.
fn quietly(call: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(call)) {
        // Its own drop could panic again.
        std::mem::forget(payload);
    }
}

impl Signal {
    /// Leaves a waker here, in the place of the one that this waiter may have left before, unless `ready` says yes. Gives what
    /// `ready` said: if yes, nothing of this waiter is left here.
    ///
    /// The waker is called once, by the next [`notify`](Self::notify), and is gone then.
    #[cold]
    pub(crate) fn enlist(&self, waiter: WaiterId, waker: &Waker, ready: impl Fn() -> bool) -> bool {
        // Its clone and its drop are somebody else's code, too: both without the lock.
        let waker = waker.clone();
        let mut wakers = lock(&self.wakers);
        let before = wakers.0.insert(waiter, waker);
        if before.is_none() {
            self.waiters.fetch_add(1, Ordering::Relaxed);
        }
        // Pairs with the fence in `notify`.
        fence(Ordering::SeqCst);
        let is_ready = ready();
        let surplus = if is_ready { self.forget(&mut wakers, waiter) } else { None };
        drop(wakers);
        drop((before, surplus));
        is_ready
    }

    /// Takes back the waker that this waiter has left here, if it has.
    #[cold]
    pub(crate) fn dismiss(&self, waiter: WaiterId) {
        let mut wakers = lock(&self.wakers);
        let waker = self.forget(&mut wakers, waiter);
        drop(wakers);
        drop(waker);
    }

    fn forget(&self, wakers: &mut Wakers, waiter: WaiterId) -> Option<Waker> {
        let waker = wakers.0.remove(&waiter)?;
        self.waiters.fetch_sub(1, Ordering::Relaxed);
        Some(waker)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn counted() -> (Arc<Count>, Waker) {
        let count = Arc::new(Count::default());
        (Arc::clone(&count), Waker::from(count))
    }

    #[test]
    fn a_waker_is_called_once_by_the_next_notification() {
        let (signal, waiter, (count, waker)) = (Signal::default(), WaiterId::new(), counted());
        assert!(!signal.enlist(waiter, &waker, || false));
        assert!(!signal.enlist(waiter, &waker, || false));
        assert_eq!(signal.waiters.load(Ordering::Relaxed), 1);
        signal.notify();
        signal.notify();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert_eq!(signal.waiters.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn nothing_is_left_of_one_who_is_ready_or_gone() {
        let (signal, waiter, (count, waker)) = (Signal::default(), WaiterId::new(), counted());
        assert!(!signal.enlist(waiter, &waker, || false));
        assert!(signal.enlist(waiter, &waker, || true));
        assert!(!signal.enlist(waiter, &waker, || false));
        signal.dismiss(waiter);
        signal.dismiss(waiter);
        assert_eq!(signal.waiters.load(Ordering::Relaxed), 0);
        signal.notify();
        assert_eq!(count.0.load(Ordering::Relaxed), 0);
        drop(waker);
        assert_eq!(Arc::strong_count(&count), 1, "no clone of the waker is kept");
    }

    #[test]
    fn a_waker_that_panics_keeps_nobody_else_asleep() {
        struct Panics;
        impl Wake for Panics {
            fn wake(self: Arc<Self>) {
                std::panic::resume_unwind(Box::new("somebody else's"));
            }
        }
        let (signal, (count, waker)) = (Signal::default(), counted());
        signal.enlist(WaiterId::new(), &Waker::from(Arc::new(Panics)), || false);
        signal.enlist(WaiterId::new(), &waker, || false);
        signal.notify();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
    }

    /// A waker may look at the signal that calls it: an executor that polls in place does.
    #[test]
    fn a_waker_may_come_back_in_place() {
        struct Returns(Signal, AtomicUsize);
        impl Wake for Returns {
            fn wake(self: Arc<Self>) {
                self.1.fetch_add(1, Ordering::Relaxed);
                let again = Waker::from(Arc::clone(&self));
                self.0.enlist(WaiterId::new(), &again, || false);
            }
        }
        let returns = Arc::new(Returns(Signal::default(), AtomicUsize::new(0)));
        let waiter = WaiterId::new();
        returns.0.enlist(waiter, &Waker::from(Arc::clone(&returns)), || false);
        returns.0.notify();
        assert_eq!(returns.1.load(Ordering::Relaxed), 1);
        // Or its own waker would keep it for ever.
        let left = std::mem::take(&mut *lock(&returns.0.wakers));
        assert_eq!(left.0.len(), 1);
        drop(left);
    }
}
