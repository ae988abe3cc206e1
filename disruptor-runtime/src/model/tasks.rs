//! Tasks that wait at a word: the waker that they leave is called.
//!
//! Bounds: a ring of two, three events, one task that publishes and one stage. The executor is a thread that parks until its waker is
//! called, and never asks by itself.

use std::pin::pin;
use std::task::{Context, Poll, Wake, Waker};

use super::{Model, check, read};
use crate::barrier::{After, Head};
use crate::sync::{Arc, Condvar, Mutex, PoisonError, lock};
use crate::wait::Blocking;

/// Whether a task was woken.
#[derive(Default)]
struct Woken(Mutex<bool>, Condvar);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        *lock(&self.0) = true;
        self.1.notify_all();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let mut is_woken = lock(&woken.0);
        while !*is_woken {
            is_woken = woken.1.wait(is_woken).unwrap_or_else(PoisonError::into_inner);
        }
        *is_woken = false;
    }
}

#[test]
fn a_task_that_waits_for_room_is_woken() {
    check(2, || {
        let model = Model::<_, 1>::single();
        let mut producer = model.producer::<After<0>, Blocking, _>(Blocking::after(0));
        let stage = model.reads::<Head, Blocking>(0, Blocking::after(0));
        for value in 1..=3 {
            block_on(producer.publish_async(|event| event.set(value))).expect("it is open");
        }
        drop(producer);
        assert_eq!(read(stage), [1, 2, 3]);
        model.ends_well();
    });
}

/// Whoever closes the pipeline wakes it for that.
#[test]
fn a_task_that_waits_for_room_is_woken_by_the_end() {
    check(2, || {
        let model = Model::<_, 1>::single();
        let mut producer = model.producer::<After<0>, Blocking, _>(Blocking::after(0));
        let stage = model.handles::<Head, Blocking, _>(0, Blocking::after(0), |_| Err::<(), _>("always"));
        let refused =
            (1..).find_map(|value| block_on(producer.publish_async(|event| event.set(value))).err());
        assert!(refused.expect("in the end").failure().is_some());
        assert_eq!(read(stage).len(), 1);
    });
}
