//! `clear`: behind the last stages nothing is kept in the slots.
#![forbid(unsafe_code)]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use common::{Gate, until, within};
use disruptor_pipeline::{Release, Sequence, disruptor};

#[derive(Default)]
struct Trade {
    order: Option<Arc<str>>,
    note: Option<Arc<str>>,
}

const RING: i64 = 8;

/// Publishes some rounds, and asks while the pipeline lives how many references there are left.
macro_rules! nothing_is_kept {
    ($producers:ident, $($stages:tt)*) => {
        within(stringify!($($stages)*), || {
            let (order, note): (Arc<str>, Arc<str>) = ("buy".into(), "now".into());
            let pipeline = disruptor! {
                event: Trade;
                ring: 8;
                producers: $producers;
                clear: |trade| *trade = Trade::default();
                $($stages)*
            };
            let (mut producer, running) = pipeline.spawn().expect("starts");
            let monitor = running.monitor();
            for round in 0..3 {
                for _ in 0..RING {
                    let (order, note) = (order.clone(), note.clone());
                    let write = |trade: &mut Trade| *trade = Trade { order: Some(order), note: Some(note) };
                    producer.publish(write).map(drop).expect("open");
                }
                until("all is cleared", || {
                    monitor.stage("clear").is_some_and(|clear| clear.cursor == (2 * round + 1) * RING)
                });
                assert_eq!((Arc::strong_count(&order), Arc::strong_count(&note)), (1, 1));
                // And the producer finds the slots so.
                producer.publish(|trade| assert!(trade.order.is_none())).map(drop).expect("open");
                (1..RING).for_each(|_| producer.publish(|_| {}).map(drop).expect("open"));
                until("all is cleared", || monitor.stages().iter().all(|stage| stage.backlog == 0));
            }
            drop(producer);
            running.join().map(drop).expect("no failure");
            monitor.topology()
        })
    };
}

fn there(trade: &Trade, sequence: Sequence, _: bool) {
    assert_eq!(trade.order.is_some(), sequence / RING % 2 == 0);
    assert_eq!(trade.note.is_some(), trade.order.is_some());
}

#[test]
fn nothing_is_kept_behind_the_last_stage() {
    let topology = nothing_is_kept!(single, a = there; b = there; < a -> b >);
    assert_eq!(topology.stages.last().map(|stage| (stage.name, stage.after)), Some(("clear", &[1][..])));
    nothing_is_kept!(multi, a = there; b = there; < a + b >);
    nothing_is_kept!(single, a(&order) = |order| drop(order.clone()); < a >);
}

#[test]
fn nothing_is_kept_behind_several_last_stages() {
    let topology =
        nothing_is_kept!(single, a = there; b = there; c = there; < (a, b) -> c > < b -> d > d = there;);
    let mut gates = topology.stages.iter().filter(|stage| stage.gates).map(|stage| stage.name);
    assert_eq!((gates.next(), gates.next()), (Some("clear"), None));
    nothing_is_kept!(multi, a = there; b = there; < a -> [b; 2] >);
}

/// What was half written and given up is not cleared, and nor what comes behind a failure; it goes when the pipeline does.
#[test]
fn what_nobody_handles_stays_until_the_pipeline_is_gone() {
    within("a failure", || {
        let order: Arc<str> = "buy".into();
        let gate = Gate::default();
        let held = gate.clone();
        let pipeline = disruptor! {
            event: Trade;
            ring: 8;
            producers: multi;
            clear: |trade| trade.order = None;
            a(sequence) = move |n| {
                if n == 0 { held.pass() }
                if n == 3 { Err("limit exceeded") } else { Ok(()) }
            };
            < a >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        for n in 0..6 {
            let write = |trade: &mut Trade| {
                trade.order = Some(order.clone());
                if n == 1 {
                    resume_unwind(Box::new("a hole"));
                }
            };
            let told = catch_unwind(AssertUnwindSafe(|| producer.publish(write)));
            assert_eq!(told.is_err(), n == 1);
        }
        gate.open();
        let monitor = running.monitor();
        let failure = running.join().map(drop).expect_err("it has failed");
        assert_eq!((failure.stage(), failure.sequence()), ("a", 3));
        // The hole, and the events 3 to 5.
        assert_eq!(Arc::strong_count(&order), 1 + 4);
        drop((producer, monitor));
        assert_eq!(Arc::strong_count(&order), 1);
    });
}

/// With a stage that lets go of a part of its batch, that part is cleared at once.
#[test]
fn what_is_released_is_cleared() {
    within("a release", || {
        let order: Arc<str> = "buy".into();
        let (first, middle) = (Gate::default(), Gate::default());
        let (begins, waits) = (first.clone(), middle.clone());
        let pipeline = disruptor! {
            event: Trade;
            ring: 8;
            clear: |trade| trade.order = None;
            a(sequence) = move |n| {
                match n {
                    0 => begins.pass(),
                    5 => waits.pass(),
                    _ => {}
                }
                if n == 3 { Release::Now } else { Release::AtEnd }
            };
            < a >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        for _ in 0..8 {
            producer.publish(|trade| trade.order = Some(order.clone())).map(drop).expect("open");
        }
        first.open();
        middle.reached();
        assert_eq!(Arc::strong_count(&order), 1 + 4);
        middle.open();
        drop(producer);
        running.join().map(drop).expect("no failure");
        assert_eq!(Arc::strong_count(&order), 1);
    });
}

/// It may borrow, where the pipeline does, and fail as any stage.
#[test]
fn it_is_a_stage() {
    let mut cleared = 0;
    let pipeline = disruptor! {
        event: Trade;
        clear: |trade| {
            trade.order = None;
            cleared += 1;
            if cleared == 3 { Err("odd") } else { Ok(()) }
        };
        a = |_: &Trade, _: i64, _: bool| {};
        < a >
    };
    let failed = pipeline.run(|producer| (0..5).for_each(|_| drop(producer.publish(|_| {}))));
    let failure = failed.map(drop).expect_err("the third fails");
    assert_eq!(failure.to_string(), "stage `clear` failed at sequence 2: odd");
    assert_eq!(cleared, 3);
}

disruptor! {
    /// Orders, cleared by a function.
    struct Orders;
    event: Trade;
    clear: wipe;
    < book >
}

fn wipe(trade: &mut Trade) {
    *trade = Trade::default();
}

#[test]
fn a_named_pipeline_is_cleared() {
    let order: Arc<str> = "buy".into();
    let (mut producer, running) =
        Orders { book: |_: &Trade, _: i64, _: bool| {} }.pipeline().spawn().expect("starts");
    producer.publish(|trade| trade.order = Some(order.clone())).map(drop).expect("open");
    drop(producer);
    let monitor = running.monitor();
    let Orders { book: _ } = running.join().expect("no failure");
    assert_eq!(monitor.topology().stages.last().map(|stage| stage.name), Some("clear"));
    assert_eq!(Arc::strong_count(&order), 1);
}
