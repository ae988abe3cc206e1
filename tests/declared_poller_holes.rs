//! Pollers of declared pipelines, and those behind them, among several producers: holes, and nobody who holds them back.
#![forbid(unsafe_code)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use common::{Gate, until, within};
use disruptor_pipeline::{Poll, TryPublishError, disruptor};

/// Holes are not polled; who stands behind a released poller looks for them itself; and who stands behind that is told of those that
/// the poller has seen.
#[test]
fn holes_around_a_released_poller() {
    within("holes", || {
        let (gate, behind, tail) =
            (Gate::default(), Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
        let (held, handled, passes) = (gate.clone(), Arc::clone(&tail), Arc::clone(&behind));
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            producers: multi;
            audit { poll: release };
            behind(sequence) { batch: 1 } = move |_| { passes.fetch_add(1, Ordering::AcqRel); };
            tail(&*, sequence) { batch: 1 } = move |event, sequence| {
                held.pass();
                assert_eq!(*event, sequence, "a hole was handled");
                handled.fetch_add(1, Ordering::AcqRel);
            };
            < audit -> behind -> tail >
        };
        let (mut producer, running, pollers) = pipeline.spawn_with_pollers().expect("it starts");
        // Every third is a hole, and what stands in its slot is wrong.
        let mut publish = |sequence: i64| {
            let mut claim = producer.claim(1).expect("open");
            claim[0] = if sequence % 3 == 2 { -1 } else { sequence };
            if sequence % 3 == 2 {
                claim.abort();
            } else {
                claim.publish();
            }
        };
        (0..8).for_each(&mut publish);
        let (mut audit, mut seen) = (pollers.audit, vec![]);
        let polled = audit.take(5).poll(|event, _, end| seen.push((*event, end))).expect("it is open");
        assert_eq!(
            (polled, &seen[..]),
            (Poll::Handled(4), &[(0, false), (1, false), (3, false), (4, true)][..])
        );
        gate.reached();
        until("the first is beyond the hole", || behind.load(Ordering::Acquire) == 4);
        drop(audit);
        until("it goes on", || behind.load(Ordering::Acquire) == 6);
        gate.open();
        (8..3_000).for_each(&mut publish);
        drop(producer);
        running.join().map(drop).expect("nothing failed");
        assert_eq!((behind.load(Ordering::Acquire), tail.load(Ordering::Acquire)), (2_000, 2_000));
    });
}

/// Without any stage, producers must still not overtake each other by a ring: two would write to one slot.
#[test]
fn producers_that_nobody_holds_back_wait_for_each_other() {
    within("no stage", || {
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            producers: multi;
            producer_wait: Blocking::after(0);
            audit { poll: release };
            < audit >
        };
        let (mut one, running, pollers) = pipeline.spawn_with_pollers().expect("it starts");
        drop(pollers);
        (0..20).for_each(|value| assert_eq!(one.publish(|event| *event = value).expect("open"), value));
        let mut other = one.clone();
        let mut claim = one.claim(2).expect("open");
        (22..28).for_each(|value| assert_eq!(other.publish(|event| *event = value).expect("open"), value));
        assert!(matches!(other.try_publish(|_| ()), Err(TryPublishError::Full)), "it would lap the claim");
        let waits = thread::spawn(move || {
            let published = other.publish(|_| ()).expect("open");
            (published, other)
        });
        thread::sleep(Duration::from_millis(20));
        claim[0] = 20;
        claim.publish();
        let (published, mut other) = waits.join().expect("no panic");
        assert_eq!(published, 28);
        // Many at once, and no two have one sequence.
        let feeds: Vec<_> = (0..3)
            .map(|_| {
                let mut producer = other.clone();
                thread::spawn(move || {
                    let mut got = vec![];
                    while got.len() < 2_000 {
                        match producer.try_publish(|_| ()) {
                            Ok(sequence) => got.push(sequence),
                            Err(TryPublishError::Full) => got.push(producer.publish(|_| ()).expect("open")),
                            Err(error) => panic!("{error}"),
                        }
                    }
                    got
                })
            })
            .collect();
        let mut all: Vec<_> = feeds.into_iter().flat_map(|feed| feed.join().expect("no panic")).collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(29..6_029));
        assert_eq!(other.publish(|_| ()).expect("open"), 6_029);
        // And the end comes to those who wait for a claim that is never published.
        let held = one.claim(1).expect("open");
        (0..7).for_each(|_| assert!(other.publish(|_| ()).is_ok()));
        let waits = thread::spawn(move || other.publish(|_| ()).map(drop));
        thread::sleep(Duration::from_millis(20));
        running.monitor().halt();
        waits.join().expect("no panic").expect_err("it was halted");
        held.abort();
        running.join().map(drop).expect("nothing failed");
    });
}
