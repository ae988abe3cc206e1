//! Waits that a user wrote: what a pipeline makes of their answers, also at the worst moment, and when they panic.
#![forbid(unsafe_code)]

mod common;

use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use common::{Gate, until, within};
use disruptor_pipeline::wait::{Idle, Wait};
use disruptor_pipeline::{Monitor, disruptor};

/// Always gives the same answer; as a wait that blocks or as one that has not said so.
#[derive(Clone)]
struct Answers<const BLOCKS: bool>(Idle);

impl<const BLOCKS: bool> Wait for Answers<BLOCKS> {
    const BLOCKS: bool = BLOCKS;

    fn idle(&mut self, _: u32) -> Idle {
        self.0
    }
}

/// A diamond in a tiny ring, in which everybody waits so.
macro_rules! all_wait {
    ($wait:expr) => {
        within(stringify!($wait), || {
            let mut sum = 0;
            let pipeline = disruptor! {
                event: i64;
                ring: 2;
                producers: multi;
                wait: $wait;
                producer_wait: $wait;
                a(sequence) = |_| {};
                b(sequence) = |_| {};
                c(sequence) = |_| {};
                d(&*) = |value| sum += value;
                < a -> (b, c) -> d >
            };
            let fed = pipeline.run(|producer| {
                thread::scope(|scope| {
                    for _ in 0..2 {
                        let mut producer = producer.clone();
                        scope.spawn(move || {
                            (0..500).for_each(|_| assert!(producer.publish(|value| *value = 3).is_ok()));
                        });
                    }
                });
            });
            fed.expect("no stage fails");
            assert_eq!(sum, 3_000);
        })
    };
}

#[test]
fn whatever_a_wait_answers_events_flow() {
    all_wait!(Answers::<true>(Idle::Park(None)));
    all_wait!(Answers::<true>(Idle::Park(Some(Duration::from_micros(10)))));
    all_wait!(Answers::<true>(Idle::Park(Some(Duration::ZERO))));
    // Nobody wakes one who has not said that it parks: it must not sleep for long.
    all_wait!(Answers::<false>(Idle::Park(None)));
    all_wait!(Answers::<false>(Idle::Park(Some(Duration::from_secs(3_600)))));
}

/// Comes to its gate each time before it parks.
#[derive(Clone)]
struct Ambushed(Gate);

impl Wait for Ambushed {
    const BLOCKS: bool = true;

    fn idle(&mut self, _: u32) -> Idle {
        self.0.pass();
        Idle::Park(None)
    }
}

/// A producer has looked, found the ring full and the pipeline open, and is about to park when the pipeline is closed. The stage
/// that it waits on does not move, and cannot wake it.
#[test]
fn a_close_between_a_look_and_a_park_is_not_missed() {
    let closers: [fn(&Monitor); 2] = [|monitor| monitor.drain(), |monitor| monitor.halt()];
    for close in closers {
        within("a producer that parks while the pipeline is closed", move || {
            let (about_to_park, slow) = (Ambushed(Gate::default()), Gate::default());
            let (parking, held) = (about_to_park.clone(), slow.clone());
            let pipeline = disruptor! {
                event: i64;
                ring: 1;
                wait: Blocking::default();
                producer_wait: parking;
                work(sequence) = move |_| held.pass();
                < work >
            };
            let (mut producer, running) = pipeline.spawn().expect("starts");
            producer.publish(|_| {}).expect("open");
            let blocked = thread::spawn(move || producer.publish(|_| {}).map(drop));
            about_to_park.0.reached();
            close(&running.monitor());
            about_to_park.0.open();
            until("the producer is told", || blocked.is_finished());
            blocked.join().expect("no panic").expect_err("it is closed");
            slow.open();
            running.join().map(drop).expect("no stage failed");
        });
    }
}

/// Panics where it should wait, and tells that it was asked to.
#[derive(Clone)]
struct Broken(Gate);

impl Wait for Broken {
    const BLOCKS: bool = false;

    fn idle(&mut self, _: u32) -> Idle {
        self.0.pass();
        resume_unwind(Box::new("it does not even wait"))
    }
}

/// One of several producers has claimed a slot and panics before it can write there: it keeps its turn until there is room, and the
/// slot is left out. The others go on.
#[test]
fn a_producers_wait_that_panics_leaves_the_pipeline_open() {
    within("a producer's wait that panics", || {
        let (slow, asked, seen) = (Gate::default(), Gate::default(), Arc::new(Mutex::new(0)));
        let (held, broken, count) = (slow.clone(), Broken(asked.clone()), Arc::clone(&seen));
        asked.open();
        let pipeline = disruptor! {
            event: i64;
            ring: 2;
            producers: multi;
            producer_wait: broken;
            work(sequence) { batch: 1 } = move |_| {
                held.pass();
                *count.lock().expect("whole") += 1;
            };
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let mut other = producer.clone();
        (0..2).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
        let panics = thread::spawn(move || producer.publish(|_| {}).map(drop));
        asked.reached();
        slow.open();
        assert!(panics.join().is_err(), "the ring was full");
        assert!(running.monitor().is_open());
        until("there is room", || other.has_room(1));
        assert_eq!(other.publish(|_| {}).expect("it is open"), 3);
        drop(other);
        running.join().map(drop).expect("no stage has failed");
        assert_eq!(*seen.lock().expect("whole"), 3);
    });
}
