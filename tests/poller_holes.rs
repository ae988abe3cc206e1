//! Pollers, and those behind them, among several producers: holes, and nobody who holds them back.
#![forbid(unsafe_code)]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use common::{Gate, until, within};
use disruptor_pipeline::dynamic::{Many, OnDrop, Poll, Stage};
use disruptor_pipeline::wait::Yielding;
use disruptor_pipeline::{Builder, Sequence, TryPublishError};

#[test]
fn holes_are_not_polled() {
    within("holes", || {
        let behind = Arc::new(AtomicI64::new(0));
        let handled = Arc::clone(&behind);
        let mut builder: Builder<i64, Many> = Builder::multi(8, i64::default);
        builder.wait(Yielding::default());
        builder.handle_events_with([Stage::poller("poller", OnDrop::Release)]).then([Stage::new(
            "behind",
            move |event: &i64, sequence: Sequence, _: bool| {
                assert_eq!(*event, sequence, "a hole was handled");
                handled.fetch_add(1, Ordering::AcqRel);
            },
        )]);
        let (mut producer, running, mut pollers) =
            builder.build().expect("it is right").spawn_with_pollers().expect("it starts");
        let mut poller = pollers.take("poller").expect("it is there");
        // Every third is a hole, and what stands in its slot is wrong.
        let mut publish = |sequence: i64| {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                producer.publish(|event| {
                    *event = if sequence % 3 == 2 { -1 } else { sequence };
                    assert!(sequence % 3 != 2);
                })
            }));
            assert_eq!(panicked.is_err(), sequence % 3 == 2);
        };
        for sequence in 0..8 {
            publish(sequence);
        }
        let mut seen = Vec::new();
        let polled = poller.take(6).poll(|event, _, end| seen.push((*event, end))).expect("it is open");
        assert_eq!(polled, Poll::Handled(4));
        assert_eq!(seen, [(0, false), (1, false), (3, false), (4, true)]);
        // Released while it is between holes: the stage behind looks for them itself.
        drop(poller);
        for sequence in 8..3_000 {
            publish(sequence);
        }
        drop(producer);
        running.join().expect("nothing failed");
        assert_eq!(behind.load(Ordering::Acquire), 2_000);
    });
}

/// Two behind a released poller: the second still stands before a hole that the first has passed, told of it by the poller.
#[test]
fn holes_that_a_released_poller_has_seen_are_known_to_all() {
    within("holes before the release", || {
        let (gate, behind, tail) =
            (Gate::default(), Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
        let (held, handled) = (gate.clone(), Arc::clone(&tail));
        let passes = Arc::clone(&behind);
        let mut builder: Builder<i64, Many> = Builder::multi(8, i64::default);
        builder
            .handle_events_with([Stage::poller("poller", OnDrop::Release)])
            .then([Stage::new("behind", move |_: &i64, _: Sequence, _: bool| {
                passes.fetch_add(1, Ordering::AcqRel);
            })
            .batch(1)])
            .then([Stage::new("tail", move |event: &i64, sequence: Sequence, _: bool| {
                held.pass();
                assert_eq!(*event, sequence, "a hole was handled");
                handled.fetch_add(1, Ordering::AcqRel);
            })
            .batch(1)]);
        let (mut producer, running, mut pollers) =
            builder.build().expect("it is right").spawn_with_pollers().expect("it starts");
        let mut poller = pollers.take("poller").expect("it is there");
        for sequence in 0..8 {
            let mut claim = producer.claim(1).expect("there is room");
            claim[0] = if sequence == 2 { -1 } else { sequence };
            if sequence == 2 {
                claim.abort();
            } else {
                claim.publish();
            }
        }
        assert_eq!(poller.take(5).poll(|_, _, _| ()).expect("it is open"), Poll::Handled(4));
        gate.reached();
        until("the first is beyond the hole", || behind.load(Ordering::Acquire) == 4);
        drop(poller);
        until("it goes on", || behind.load(Ordering::Acquire) == 7);
        gate.open();
        drop(producer);
        running.join().expect("nothing failed");
        assert_eq!(tail.load(Ordering::Acquire), 7);
    });
}

/// Without any stage, producers must still not overtake each other by a ring: two would write to one slot.
#[test]
fn producers_that_nobody_holds_back_wait_for_each_other() {
    within("no stage", || {
        let mut builder: Builder<i64, Many> = Builder::multi(8, i64::default);
        builder.handle_events_with([Stage::poller("poller", OnDrop::Release)]);
        let built = builder.build().expect("it is right");
        let stages = built.stages();
        let (mut one, running, pollers) = built.spawn_with_pollers().expect("it starts");
        let mut other = one.clone();
        drop(pollers);
        for value in 0..100 {
            one.publish(|event| *event = value).expect("nobody holds it back");
        }
        let mut claim = one.claim(1).expect("there is room");
        let published =
            std::iter::repeat_with(|| other.try_publish(|event| *event = 0)).take_while(Result::is_ok);
        assert_eq!(published.count(), 7);
        claim[0] = 100;
        claim.publish();
        for value in 108..200 {
            other.publish(|event| *event = value).expect("nobody holds it back");
        }
        // And whoever comes gets what comes.
        let mut poller = stages.poller("again", OnDrop::End).expect("it is open");
        assert_eq!(poller.next_sequence(), 200);
        for value in 200..208 {
            one.publish(|event| *event = value).expect("there is room");
        }
        assert!(matches!(other.try_publish(|_| ()), Err(TryPublishError::Full)));
        let mut seen = Vec::new();
        assert_eq!(poller.poll(|event, _, _| seen.push(*event)).expect("it is open"), Poll::Handled(8));
        assert_eq!(seen, (200..208).collect::<Vec<_>>());
        drop(poller);
        running.join().expect("nothing failed");
    });
}
