//! Random sequences of everything that producers can do, against a model of a ring.
#![forbid(unsafe_code)]

#[path = "../common/cases.rs"]
mod cases;
#[path = "../common/mod.rs"]
mod common;
mod op;
mod ring;

use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{DEADLINE, within};
use disruptor_pipeline::{Offered, disruptor};
use op::{Fate, How, Op, Told, fill, write, write_all};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use ring::{Model, Permits};

/// Does what an operation says, and gives what the producer was told.
macro_rules! perform {
    ($producer:expr, $op:expr, $value:expr) => {{
        let (producer, value) = (&mut $producer, $value);
        let told = catch_unwind(AssertUnwindSafe(|| match $op {
            Op::One { how, panics } => {
                let write = |event: &mut i64| write(event, value, panics);
                match how {
                    How::Wait => producer.publish(write).into(),
                    How::Try => producer.try_publish(write).into(),
                    How::Once => producer.publish_within(Duration::ZERO, write).into(),
                    How::Within => producer.publish_within(DEADLINE, write).into(),
                    How::Offer => producer.offer(write).map_or_else(Told::refused, Told::offered),
                }
            }
            Op::Many { count, how, panics } => {
                let write = |batch: disruptor_pipeline::Batch<'_, i64>| write_all(batch, value, panics);
                match how {
                    How::Wait => producer.publish_batch(count, write).into(),
                    How::Try => producer.try_publish_batch(count, write).into(),
                    How::Once => producer.publish_batch_within(Duration::ZERO, count, write).into(),
                    How::Within => producer.publish_batch_within(DEADLINE, count, write).into(),
                    How::Offer => match producer.offer_batch(count, write) {
                        Ok(Offered::Published(sequences)) => Told::Many(sequences),
                        Ok(Offered::Dropped) => Told::Dropped,
                        Err(error) => Told::from_try(error),
                    },
                }
            }
            Op::With { how, panics } => match how {
                How::Wait | How::Within => producer.publish_with(fill, (value, panics)).into(),
                How::Try | How::Offer => producer.try_publish_with(fill, (value, panics)).into(),
                How::Once => producer.publish_with_within(Duration::ZERO, fill, (value, panics)).into(),
            },
            Op::ManyWith { count, how, panics } => {
                let args = op::args(value, count, panics);
                match how {
                    How::Wait | How::Within => producer.publish_batch_with(fill, args).into(),
                    How::Try | How::Offer => producer.try_publish_batch_with(fill, args).into(),
                    How::Once => producer.publish_batch_with_within(Duration::ZERO, fill, args).into(),
                }
            }
            Op::Claim { count, how, fate } => {
                let claim = match how {
                    How::Wait => producer.claim(count).map_err(Told::from_batch),
                    How::Within => producer.claim_within(DEADLINE, count).map_err(Told::from_timed),
                    How::Once => producer.claim_within(Duration::ZERO, count).map_err(Told::from_timed),
                    How::Try | How::Offer => producer.try_claim(count).map_err(Told::from_try),
                };
                match claim {
                    Err(told) => told,
                    Ok(mut claim) => {
                        // From the last to the first: in any order.
                        for index in (0..count).rev() {
                            claim[index] = value + index as i64;
                        }
                        assert_eq!(claim.len(), count);
                        let sequences = claim.sequences();
                        match fate {
                            Fate::Published => assert_eq!(claim.publish(), sequences),
                            Fate::Aborted => claim.abort(),
                            Fate::Panicked => {
                                let _held = claim;
                                op::panic_quietly();
                            }
                            Fate::Leaked => forget(claim),
                        }
                        Told::Many(sequences)
                    }
                }
            }
            Op::Consume(_) | Op::Clone | Op::Drop => unreachable!("no publication"),
        }));
        told.unwrap_or(Told::Panicked)
    }};
}

/// Random sequences of everything that producers do, against the model.
macro_rules! against_a_model {
    ($producers:ident, $ring:tt) => {
        let ops = prop::collection::vec((0..4_usize, Op::any()), 1..60);
        let property = |ops: Vec<(usize, Op)>| {
            within("random operations", move || {
                let (permits, seen) = (Permits::default(), Arc::new(Mutex::new(Vec::new())));
                let (permit, witness) = (permits.clone(), Arc::clone(&seen));
                let pipeline = disruptor! {
                    event: i64;
                    ring: $ring;
                    producers: $producers;
                    overflow: drop_newest;
                    wait: Yielding::default();
                    producer_wait: Yielding::default();
                    work(&*, sequence) { batch: 1 } = move |value, n| {
                        permit.take();
                        witness.lock().expect("whole").push((n, *value));
                    };
                    < work >
                };
                let (producer, running) = pipeline.spawn().expect("starts");
                let monitor = running.monitor();
                let mut producers = vec![producer];
                let mut model = Model::new($ring, stringify!($producers) == "multi", &permits);
                for (by, op) in ops {
                    let by = by % producers.len();
                    match op {
                        Op::Consume(count) => model.consume(count),
                        Op::Clone => {
                            fork!($producers, producers, by);
                            model.clones(producers.len());
                        }
                        Op::Drop if producers.len() > 1 => {
                            drop(producers.remove(by));
                            model.drops(by);
                        }
                        Op::Drop => {}
                        _ => {
                            if model.leaks(by) && !op.waits() {
                                // The stage passes the holes in its own time, which one look would race with.
                                drop(producers[by].try_claim(0).expect("open"));
                                model.abort(by);
                                model.settle(&monitor);
                            }
                            let value = model.value;
                            let Some(expected) = model.expect(by, &op) else { continue };
                            prop_assert_eq!(perform!(producers[by], op, value), expected, "{:?}", op);
                            model.value += 100;
                        }
                    }
                    model.settle(&monitor);
                    let seen = &producers[0];
                    prop_assert_eq!(seen.free_slots(), model.free());
                    prop_assert_eq!(seen.dropped(), model.dropped);
                    prop_assert!(seen.has_room(model.free()) && !seen.has_room(model.free() + 1));
                }
                drop(producers);
                model.end();
                running.join().map(drop).expect("no stage fails");
                prop_assert_eq!(&*seen.lock().expect("whole"), &model.seen);
                Ok(())
            })
        };
        let result = TestRunner::new(cases::config(200)).run(&ops, property);
        result.unwrap_or_else(|error| panic!("{error}"));
    };
}

macro_rules! fork {
    (single, $producers:ident, $by:ident) => {{}};
    (multi, $producers:ident, $by:ident) => {
        $producers.push($producers[$by].clone())
    };
}

#[test]
fn one_producer_in_a_ring_of_one() {
    against_a_model!(single, 1);
}
#[test]
fn one_producer_in_a_ring_of_two() {
    against_a_model!(single, 2);
}
#[test]
fn one_producer_in_a_ring_of_eight() {
    against_a_model!(single, 8);
}
#[test]
fn many_producers_in_a_ring_of_one() {
    against_a_model!(multi, 1);
}
#[test]
fn many_producers_in_a_ring_of_two() {
    against_a_model!(multi, 2);
}
#[test]
fn many_producers_in_a_ring_of_eight() {
    against_a_model!(multi, 8);
}
