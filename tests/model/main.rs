//! Random sequences of everything that producers can do, against a model of a ring.
#![forbid(unsafe_code)]

mod common;

use std::collections::VecDeque;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex};

use common::{DEADLINE, until, within};
use disruptor_pipeline::{
    Batch, BatchError, Monitor, Sequence, TooLarge, TryBatchError, TryPublishError, disruptor,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Lets a stage handle so many events.
#[derive(Clone, Default)]
struct Permits(Arc<(Mutex<usize>, Condvar)>);

impl Permits {
    fn give(&self, count: usize) {
        *self.0.0.lock().expect("whole") += count;
        self.0.1.notify_all();
    }

    fn take(&self) {
        let permits = self.0.0.lock().expect("whole");
        let (mut permits, waited) =
            self.0.1.wait_timeout_while(permits, DEADLINE, |permits| *permits == 0).expect("whole");
        assert!(!waited.timed_out(), "hung: no permit");
        *permits -= 1;
    }
}

/// What a producer does.
#[derive(Clone, Debug)]
enum Op {
    Publish {
        panics: bool,
    },
    TryPublish {
        panics: bool,
    },
    Batch {
        count: usize,
        panics: bool,
    },
    TryBatch {
        count: usize,
        panics: bool,
    },
    /// The stage handles so many events more.
    Consume(usize),
    /// Another producer, where there may be several.
    Clone,
    /// One producer less, if another is left.
    Drop,
}

impl Op {
    fn any() -> impl Strategy<Value = (usize, Self)> {
        let panics = || prop::bool::weighted(0.2);
        let op = prop_oneof![
            4 => panics().prop_map(|panics| Self::Publish { panics }),
            4 => panics().prop_map(|panics| Self::TryPublish { panics }),
            2 => (0..11_usize, panics()).prop_map(|(count, panics)| Self::Batch { count, panics }),
            2 => (0..11_usize, panics()).prop_map(|(count, panics)| Self::TryBatch { count, panics }),
            4 => (1..9_usize).prop_map(Self::Consume),
            1 => Just(Self::Clone),
            1 => Just(Self::Drop),
        ];
        (0..4_usize, op)
    }
}

/// What a producer is told.
#[derive(Debug, PartialEq)]
enum Told {
    One(Sequence),
    Many(Range<Sequence>),
    Full,
    TooLarge(TooLarge),
    Panicked,
}

fn write(event: &mut i64, value: i64, panics: bool) {
    *event = -1;
    if panics {
        resume_unwind(Box::new("without a word on stderr"));
    }
    *event = value;
}

fn write_all(batch: Batch<'_, i64>, value: i64, panics: bool) {
    batch.zip(value..).for_each(|(event, value)| *event = value);
    if panics {
        resume_unwind(Box::new("without a word on stderr"));
    }
}

macro_rules! perform {
    ($producer:expr, $op:expr, $value:expr) => {{
        let (producer, value) = (&mut $producer, $value);
        let told = catch_unwind(AssertUnwindSafe(|| match $op {
            Op::Publish { panics } => {
                Told::One(producer.publish(|event| write(event, value, panics)).expect("open"))
            }
            Op::TryPublish { panics } => match producer.try_publish(|event| write(event, value, panics)) {
                Ok(sequence) => Told::One(sequence),
                Err(TryPublishError::Full) => Told::Full,
                Err(TryPublishError::Closed(closed)) => panic!("{closed}"),
            },
            Op::Batch { count, panics } => {
                match producer.publish_batch(count, |batch| write_all(batch, value, panics)) {
                    Ok(sequences) => Told::Many(sequences),
                    Err(BatchError::TooLarge(error)) => Told::TooLarge(error),
                    Err(BatchError::Closed(closed)) => panic!("{closed}"),
                }
            }
            Op::TryBatch { count, panics } => {
                match producer.try_publish_batch(count, |batch| write_all(batch, value, panics)) {
                    Ok(sequences) => Told::Many(sequences),
                    Err(TryBatchError::TooLarge(error)) => Told::TooLarge(error),
                    Err(TryBatchError::Full) => Told::Full,
                    Err(TryBatchError::Closed(closed)) => panic!("{closed}"),
                }
            }
            Op::Consume(_) | Op::Clone | Op::Drop => unreachable!("no publication"),
        }));
        told.unwrap_or(Told::Panicked)
    }};
}

/// What a ring with one stage does, as simply as it can be said.
struct Model {
    ring: usize,
    multi: bool,
    permits: Permits,
    /// What is published and not handled; `None` is a hole, which nobody needs a permit for.
    waiting: VecDeque<Option<i64>>,
    /// The first sequence of `waiting`.
    cursor: Sequence,
    value: i64,
    seen: Vec<(Sequence, i64)>,
}

impl Model {
    fn new(ring: usize, multi: bool, permits: &Permits) -> Self {
        let permits = permits.clone();
        Self { ring, multi, permits, waiting: VecDeque::new(), cursor: 0, value: 0, seen: Vec::new() }
    }

    fn free(&self) -> usize {
        self.ring - self.waiting.len()
    }

    fn consume(&mut self, events: usize) {
        for _ in 0..events {
            if let Some(slot) = self.waiting.pop_front() {
                self.seen.extend(slot.map(|value| (self.cursor, value)));
                self.permits.give(1);
                self.cursor += 1;
                self.pass_holes();
            }
        }
    }

    fn pass_holes(&mut self) {
        while let Some(None) = self.waiting.front() {
            self.waiting.pop_front();
            self.cursor += 1;
        }
    }

    /// What a claim of so many slots must lead to.
    fn publish(
        &mut self,
        count: usize,
        panics: bool,
        waits: bool,
        told: fn(Range<Sequence>) -> Told,
    ) -> Told {
        if count > self.ring {
            return Told::TooLarge(TooLarge { requested: count, ring: self.ring });
        }
        while waits && self.free() < count {
            self.consume(1);
        }
        if self.free() < count {
            return Told::Full;
        }
        let first = self.cursor + self.waiting.len() as Sequence;
        if !panics {
            self.waiting.extend((self.value..).take(count).map(Some));
        } else if self.multi {
            self.waiting.extend(std::iter::repeat_n(None, count));
        }
        self.pass_holes();
        if panics { Told::Panicked } else { told(first..first + count as Sequence) }
    }

    fn expect(&mut self, op: &Op) -> Told {
        let one = |sequences: Range<Sequence>| Told::One(sequences.start);
        match *op {
            Op::Publish { panics } => self.publish(1, panics, true, one),
            Op::TryPublish { panics } => self.publish(1, panics, false, one),
            Op::Batch { count, panics } => self.publish(count, panics, true, Told::Many),
            Op::TryBatch { count, panics } => self.publish(count, panics, false, Told::Many),
            Op::Consume(_) | Op::Clone | Op::Drop => unreachable!("no publication"),
        }
    }

    /// Waits until the stage is where the model is, and looks at everything that can be seen from outside.
    fn settle(&self, monitor: &Monitor) {
        let stage = || monitor.stage("work").expect("there is one");
        until("the stage comes where it should be", || stage().cursor == self.cursor);
        assert_eq!(monitor.published(), self.cursor + self.waiting.len() as Sequence);
        assert_eq!((stage().backlog, monitor.free_slots()), (self.waiting.len(), self.free()));
    }
}

/// Random sequences of everything that producers do, against the model.
macro_rules! against_a_model {
    ($producers:ident, $ring:tt) => {
        within("random operations", || {
            let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
            let ops = prop::collection::vec(Op::any(), 1..60);
            let property = |ops: Vec<(usize, Op)>| {
                let (permits, seen) = (Permits::default(), Arc::new(Mutex::new(Vec::new())));
                let (permit, witness) = (permits.clone(), Arc::clone(&seen));
                let pipeline = disruptor! {
                    event: i64;
                    ring: $ring;
                    producers: $producers;
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
                        Op::Clone => fork!($producers, producers, by),
                        Op::Drop if producers.len() > 1 => drop(producers.remove(by)),
                        Op::Drop => {}
                        _ => {
                            let value = model.value;
                            let expected = model.expect(&op);
                            prop_assert_eq!(perform!(producers[by], op, value), expected, "{:?}", op);
                            model.value += 100;
                        }
                    }
                    model.settle(&monitor);
                }
                drop(producers);
                model.consume($ring);
                running.join().map(drop).expect("no stage fails");
                prop_assert_eq!(&*seen.lock().expect("whole"), &model.seen);
                Ok(())
            };
            TestRunner::new(config).run(&ops, property).unwrap_or_else(|error| panic!("{error}"));
        })
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
