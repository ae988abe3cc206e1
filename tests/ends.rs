//! Ways to end that a review has found wanting: each of these once hung, lost an event or did not compile.
#![forbid(unsafe_code)]

mod common;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use common::{DEADLINE, Gate, until, within};
use disruptor_pipeline::wait::{Idle, Wait};
use disruptor_pipeline::{Handler, HandlerResult, JoinError, Monitor, disruptor};

/// An error whose end asks for the failure that was kept.
#[derive(Debug)]
struct Curious(Arc<OnceLock<Monitor>>);

impl std::fmt::Display for Curious {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("curious")
    }
}

impl std::error::Error for Curious {}

impl Drop for Curious {
    fn drop(&mut self) {
        assert!(self.0.get().is_none_or(|monitor| monitor.failure().is_some()));
    }
}

#[test]
fn a_second_failure_may_ask_for_the_first_as_it_is_dropped() {
    within("two failures", || {
        let monitor = Arc::new(OnceLock::new());
        let gate = Gate::default();
        let failing = |monitor: &Arc<OnceLock<Monitor>>, gate: &Gate| {
            let (monitor, gate) = (Arc::clone(monitor), gate.clone());
            move |_: &i64, _: i64, _: bool| {
                gate.pass();
                Err::<(), _>(Curious(Arc::clone(&monitor)))
            }
        };
        let (left, right) = (failing(&monitor, &gate), failing(&monitor, &gate));
        let (mut producer, running) = disruptor! { < (left, right) > }.spawn().expect("it starts");
        monitor.set(running.monitor()).expect("set once");
        producer.publish(|event| *event = 1).expect("open");
        gate.open();
        let failure = running.drain().map(drop).expect_err("both fail");
        assert_eq!(failure.cause().to_string(), "curious");
    });
}

#[test]
fn a_drain_reaches_a_producer_that_blocks_on_a_full_ring() {
    within("a drain beside a blocked producer", || {
        let gate = Gate::default();
        let held = gate.clone();
        let handle = move |_: &i64, _: i64, _: bool| held.pass();
        let pipeline =
            disruptor! { ring: 2; wait: Blocking::default(); producer_wait: Blocking::after(0); < handle > };
        let (mut producer, running) = pipeline.spawn().expect("it starts");
        let monitor = running.monitor();
        let (closed, told) = mpsc::channel();
        let publishing = thread::spawn(move || {
            while producer.publish(|event| *event = 1).is_ok() {}
            closed.send(()).expect("somebody listens");
        });
        gate.reached();
        until("the ring is full", || monitor.published() == 2);
        // Long enough, nearly always, for the producer to be parked: the test holds either way.
        thread::sleep(Duration::from_millis(20));
        monitor.drain();
        told.recv_timeout(DEADLINE).expect("the producer is told, though the handler does not move");
        gate.open();
        publishing.join().expect("no panic");
        running.join().map(drop).expect("nothing fails");
    });
}

#[test]
fn what_a_deadline_gave_back_is_dropped_without_waiting() {
    within("the drop of an overdue pipeline", || {
        let gate = Gate::default();
        let held = gate.clone();
        let handle = move |_: &i64, _: i64, _: bool| held.pass();
        let (mut producer, running) = disruptor! { < handle > }.spawn().expect("it starts");
        producer.publish(|event| *event = 1).expect("open");
        gate.reached();
        let monitor = running.monitor();
        let late = running.halt_within(Duration::from_millis(10)).map(drop);
        assert!(matches!(late, Err(JoinError::Overdue(_))));
        drop(late);
        gate.open();
        common::until_ended(&monitor);
    });
}

/// A wait that cannot be cloned once it was told so.
struct Fragile(Arc<AtomicI64>);

impl Clone for Fragile {
    fn clone(&self) -> Self {
        assert!(self.0.fetch_sub(1, Ordering::Relaxed) > 0, "no more clones");
        Self(Arc::clone(&self.0))
    }
}

impl Wait for Fragile {
    const BLOCKS: bool = false;

    fn idle(&mut self, _: u32) -> Idle {
        thread::yield_now();
        Idle::Look
    }
}

#[test]
fn a_producer_that_could_not_be_cloned_is_not_waited_for() {
    within("the end after a failed clone", || {
        let handle = |_: &i64, _: i64, _: bool| {};
        let wait = Fragile(Arc::new(AtomicI64::new(0)));
        let (producer, running) =
            disruptor! { producers: multi; producer_wait: wait; < handle > }.spawn().expect("it starts");
        let cloned = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| producer.clone()));
        assert!(cloned.is_err());
        drop(producer);
        running.join().map(drop).expect("nothing fails");
    });
}

#[test]
fn a_claim_from_before_a_drain_is_published_and_handled() {
    within("claims that wait through a drain", || {
        let gate = Gate::default();
        let (held, count) = (gate.clone(), Arc::new(AtomicI64::new(0)));
        let counted = Arc::clone(&count);
        let handle = move |_: &i64, _: i64, _: bool| {
            held.pass();
            counted.fetch_add(1, Ordering::Relaxed);
        };
        let pipeline = disruptor! { ring: 2; producers: multi; < handle > };
        let (mut producer, running) = pipeline.spawn().expect("it starts");
        let monitor = running.monitor();
        for _ in 0..2 {
            producer.publish(|event| *event = 1).expect("there is room");
        }
        gate.reached();
        let pending: Vec<_> = (0..3)
            .map(|_| {
                let mut producer = producer.clone();
                thread::spawn(move || producer.publish(|event| *event = 2))
            })
            .collect();
        until("all have claimed", || monitor.published() == 5);
        monitor.drain();
        assert!(producer.publish(|event| *event = 3).is_err());
        gate.open();
        for publishing in pending {
            publishing.join().expect("no panic").expect("claimed before the drain");
        }
        running.join().map(drop).expect("nothing fails");
        assert_eq!(count.load(Ordering::Relaxed), 5);
    });
}

/// A handler without state may be a constant, and have its stage's name.
#[allow(non_camel_case_types)]
struct journal;

impl Handler<i64> for journal {
    fn on_event(&mut self, event: &i64, _: i64, _: bool) -> HandlerResult {
        assert_eq!(*event, 7);
        Ok(())
    }
}

#[test]
fn a_handler_may_be_a_unit_struct_of_its_stages_name() {
    let pipeline = disruptor! { < journal > };
    pipeline.run(|producer| producer.publish(|event| *event = 7)).expect("nothing fails").0.expect("open");
}
