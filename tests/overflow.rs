//! What becomes of an event that is offered to a full ring, and what producers can see of the ring.
#![forbid(unsafe_code)]

mod common;

use std::thread;

use common::{Gate, until, within};
use disruptor_pipeline::{Offered, Overflow, TryBatchError, TryPublishError, disruptor};

/// A pipeline with a ring of 4 whose stage waits at a gate before its first event and keeps what it sees.
macro_rules! held {
    ($producers:ident, $gate:ident) => {{
        let gate = $gate.clone();
        disruptor! {
            event: i64;
            ring: 4;
            producers: $producers;
            work(&*, sequence) { batch: 1 } = move |value, sequence| {
                gate.pass();
                assert_eq!(*value, sequence);
            };
            < work >
        }
    }};
}

/// Runs a scenario with a single producer and with one that could be cloned.
macro_rules! both {
    ($scenario:ident) => {
        within(concat!(stringify!($scenario), ", single"), || $scenario!(single));
        within(concat!(stringify!($scenario), ", multi"), || $scenario!(multi));
    };
}

macro_rules! filled {
    ($producer:ident) => {
        for n in 0..4 {
            assert_eq!($producer.offer(|event| *event = n).expect("room"), Offered::Published(n));
        }
    };
}

macro_rules! drops {
    ($producers:ident) => {{
        let gate = Gate::default();
        let pipeline = held!($producers, gate).overflow(Overflow::DropNewest);
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let monitor = running.monitor();
        filled!(producer);
        for n in 0..5 {
            assert_eq!((producer.dropped(), monitor.dropped()), (4 * n, 4 * n));
            let offered = producer.offer(|_| panic!("written")).expect("open");
            assert!(offered.is_dropped() && offered.published().is_none());
            assert_eq!(producer.offer_batch(3, |_| panic!("written")).expect("open"), Offered::Dropped);
            assert_eq!(producer.offer_batch(0, |_| {}).expect("open"), Offered::Published(4..4));
        }
        assert!(matches!(producer.offer_batch(5, |_| panic!("written")), Err(TryBatchError::TooLarge(_))));
        gate.open();
        until("all are handled", || producer.free_slots() == 4);
        assert_eq!(producer.offer(|event| *event = 4).expect("room").published(), Some(4));
        let write =
            |batch: disruptor_pipeline::Batch<'_, i64>| batch.zip(5..).for_each(|(event, n)| *event = n);
        until("there is room", || producer.has_room(3));
        assert_eq!(producer.offer_batch(3, write).expect("room"), Offered::Published(5..8));
        monitor.halt();
        assert!(matches!(producer.offer(|_| panic!("written")), Err(TryPublishError::Closed(_))));
        assert!(matches!(producer.offer_batch(1, |_| panic!("written")), Err(TryBatchError::Closed(_))));
        running.join().map(drop).expect("no stage fails");
        assert_eq!((producer.dropped(), monitor.dropped()), (20, 20));
    }};
}

#[test]
fn the_newest_is_dropped_and_counted() {
    both!(drops);
}

macro_rules! errs {
    ($producers:ident) => {{
        let gate = Gate::default();
        let pipeline = held!($producers, gate).overflow(Overflow::Error);
        let (mut producer, running) = pipeline.spawn().expect("starts");
        filled!(producer);
        assert!(matches!(producer.offer(|_| panic!("written")), Err(TryPublishError::Full)));
        assert!(matches!(producer.offer_batch(2, |_| panic!("written")), Err(TryBatchError::Full)));
        assert_eq!(producer.dropped(), 0);
        gate.open();
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    }};
}

#[test]
fn a_full_ring_is_an_error_where_that_is_the_rule() {
    both!(errs);
}

macro_rules! blocks {
    ($producers:ident) => {{
        let gate = Gate::default();
        let (mut producer, running) = held!($producers, gate).spawn().expect("starts");
        let monitor = running.monitor();
        filled!(producer);
        let waits = thread::spawn(move || {
            assert_eq!(producer.offer(|event| *event = 4).expect("open"), Offered::Published(4));
            let write = |batch: disruptor_pipeline::Batch<'_, i64>| {
                batch.zip(5..).for_each(|(event, n)| *event = n);
            };
            assert_eq!(producer.offer_batch(4, write).expect("open"), Offered::Published(5..9));
        });
        gate.reached();
        assert!(!waits.is_finished());
        gate.open();
        waits.join().expect("no panic");
        running.join().map(drop).expect("no stage fails");
        assert_eq!((monitor.dropped(), monitor.published()), (0, 9));
    }};
}

#[test]
fn an_offer_waits_if_nothing_else_is_said() {
    both!(blocks);
}

/// Nothing is lost but what was counted, whoever has dropped it.
#[test]
fn several_producers_count_their_drops_together() {
    within("several producers drop", || {
        const EACH: u64 = 5_000;
        let mut handled = 0;
        let mut slow = 0_u64;
        let pipeline = disruptor! {
            event: i64;
            ring: 2;
            producers: multi;
            work(sequence) = |_| {
                (0..100).for_each(|n| slow = std::hint::black_box(slow.wrapping_add(n)));
                handled += 1;
            };
            < work >
        };
        let ((), _) = pipeline
            .overflow(Overflow::DropNewest)
            .run(|producer| {
                let monitor = producer.monitor();
                let published: u64 = thread::scope(|scope| {
                    let threads = [0; 3].map(|_| {
                        let mut producer = producer.clone();
                        scope.spawn(move || {
                            let offered =
                                (0..EACH).map(|_| producer.offer(|event| *event = 1).expect("open"));
                            offered.filter(|offered| !offered.is_dropped()).count() as u64
                        })
                    });
                    threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
                });
                assert_eq!(published + monitor.dropped(), 3 * EACH);
                assert_eq!(monitor.dropped(), producer.dropped());
                assert_eq!(producer.published(), published as i64);
            })
            .expect("no stage fails");
        assert!(handled > 0 && handled <= 3 * EACH);
    });
}

macro_rules! queries {
    ($producers:ident) => {{
        let gate = Gate::default();
        let (mut producer, running) = held!($producers, gate).spawn().expect("starts");
        for n in 0..4_usize {
            assert_eq!(
                (producer.published(), producer.backlog(), producer.free_slots()),
                (n as i64, n, 4 - n)
            );
            assert!((0..=4).all(|count| producer.has_room(count) == (count <= 4 - n)));
            assert!(!producer.has_room(usize::MAX));
            producer.publish(|event| *event = n as i64).expect("open");
        }
        assert_eq!((producer.backlog(), producer.free_slots()), (4, 0));
        gate.open();
        until("all are handled", || producer.backlog() == 0);
        assert_eq!((producer.published(), producer.free_slots()), (4, 4));
        assert!(producer.has_room(4) && !producer.has_room(5));
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    }};
}

#[test]
fn a_producer_sees_its_room_and_its_backlog() {
    both!(queries);
}

/// The slowest of the last stages counts, and none before it.
#[test]
fn the_slowest_stage_makes_the_backlog() {
    within("two last stages", || {
        let gate = Gate::default();
        let held = gate.clone();
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            first(sequence) = |_| {};
            fast(sequence) = |_| {};
            slow(sequence) = move |_| held.pass();
            < first -> (fast, slow) >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let monitor = running.monitor();
        (0..5).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
        until("the fast one is through", || monitor.stage("fast").is_some_and(|stage| stage.cursor == 5));
        assert_eq!((producer.backlog(), producer.free_slots()), (5, 3));
        gate.open();
        until("the slow one is through", || producer.backlog() == 0);
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    });
}

/// The rule as a setting, beside others that are called on the pipeline; a named pipeline's, too.
#[test]
fn the_rule_is_declared() {
    disruptor! {
        pub struct Feed;
        event: i64;
        ring: 2;
        overflow: drop_newest;
        < held >
    }
    fn rule<H>(told: Result<Offered, H>) -> &'static str {
        match told {
            Ok(Offered::Published(_)) => "published",
            Ok(Offered::Dropped) => "dropped",
            Err(_) => "an error",
        }
    }
    within("declared rules", || {
        let gate = Gate::default();
        let passes = || {
            let gate = gate.clone();
            move |_: &i64, _: i64, _: bool| gate.pass()
        };
        let (held, beside) = (passes(), passes());
        let core = common::usable_cores()[0];
        let pipeline = disruptor! {
            event: i64;
            ring: 2;
            overflow: error;
            cores: [core, core];
            < held -> beside >
        };
        let (mut errs, first) = pipeline.spawn().expect("starts");
        let (mut drops, second) = Feed { held: passes() }.pipeline().spawn().expect("starts");
        let held = passes();
        let pipeline = disruptor! { event: i64; ring: 2; overflow: block; < held > };
        let (mut waits, third) = pipeline.overflow(Overflow::DropNewest).spawn().expect("starts");
        for told in [["published"; 3], ["published"; 3], ["an error", "dropped", "dropped"]] {
            assert_eq!(
                [rule(errs.offer(|_| {})), rule(drops.offer(|_| {})), rule(waits.offer(|_| {}))],
                told
            );
        }
        gate.open();
        drop((errs, drops, waits));
        first.join().map(drop).expect("no stage fails");
        second.join().map(drop).expect("no stage fails");
        third.join().map(drop).expect("no stage fails");
    });
}
