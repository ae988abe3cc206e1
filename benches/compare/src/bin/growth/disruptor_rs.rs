//! disruptor-rs: the same, built at run time, with a yielding wait that is given to it or with its own spin hint.

use std::hint::spin_loop;
use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use disruptor::wait_strategies::WaitStrategy;
use disruptor::{Producer, Sequence, build_multi_producer, build_single_producer};

use super::numbers::{shares, sum_below};
use super::work::{Adder, Outcome, checked};
use super::{LARGE, SMALL, add_words, write_words};

pub(super) const DIMENSIONS: [&str; 7] =
    ["ring", "chain", "fan-out", "diamond", "producers", "event", "batch"];

/// Looks again at once, or gives way after a few rounds of that.
#[derive(Clone, Copy)]
enum Wait {
    SpinHint,
    Yielding,
}

impl WaitStrategy for Wait {
    #[inline]
    fn wait_for(&self, _: Sequence) {
        match self {
            Self::SpinHint => spin_loop(),
            Self::Yielding => {
                (0..50).for_each(|_| spin_loop());
                thread::yield_now();
            }
        }
    }
}

#[derive(Default)]
struct Value {
    value: i64,
}

pub(super) fn run_yielding(dimension: &str, value: u64, events: i64) -> Option<Outcome> {
    run(dimension, value, events, Wait::Yielding)
}

pub(super) fn run_spinning(dimension: &str, value: u64, events: i64) -> Option<Outcome> {
    run(dimension, value, events, Wait::SpinHint)
}

fn run(dimension: &str, value: u64, events: i64, wait: Wait) -> Option<Outcome> {
    let few = (1..=16).contains(&value);
    match dimension {
        "ring" if value.is_power_of_two() && value <= 1 << 20 => {
            Some(unicast(events, value as usize, 1, wait))
        }
        "batch" if (1..=1024).contains(&value) => Some(unicast(events, LARGE, value as i64, wait)),
        "chain" if few => Some(chain(events, value, wait)),
        "fan-out" if few => Some(fan_out(events, value, wait)),
        "diamond" if few && value > 1 => Some(diamond(events, value, wait)),
        "producers" if few => Some(producers(events, value, wait)),
        "event" => event(value, events, wait),
        _ => None,
    }
}

/// A stage that gives its sum back with its last event.
fn stage(events: i64, done: &Sender<Adder>) -> impl FnMut(&Value, Sequence, bool) + Send + 'static + use<> {
    let (mut adder, done) = (Adder::new(events), done.clone());
    move |event, _, _| {
        adder.add(event.value);
        if adder.left == 0 {
            done.send(adder).expect("somebody waits");
        }
    }
}

fn ended(stages: u64, done: &Receiver<Adder>, expected: i64, begun: Instant) -> Outcome {
    let all: Vec<Adder> = (0..stages).map(|_| done.recv().expect("every stage ends")).collect();
    checked(&all, expected, begun)
}

fn publish(producer: &mut impl Producer<Value>, share: Range<i64>) {
    for value in share {
        producer.publish(|event| event.value = value);
    }
}

fn unicast(events: i64, slots: usize, batch: i64, wait: Wait) -> Outcome {
    let (done, all) = channel();
    let mut producer =
        build_single_producer(slots, Value::default, wait).handle_events_with(stage(events, &done)).build();
    let begun = Instant::now();
    if batch == 1 {
        publish(&mut producer, 0..events);
    } else {
        for from in (0..events).step_by(batch as usize) {
            producer.batch_publish(batch.min(events - from) as usize, |batch| {
                batch.zip(from..).for_each(|(event, value)| event.value = value);
            });
        }
    }
    ended(1, &all, sum_below(events), begun)
}

fn chain(events: i64, stages: u64, wait: Wait) -> Outcome {
    if stages == 1 {
        return unicast(events, SMALL, 1, wait);
    }
    let (done, all) = channel();
    let mut builder = build_single_producer(SMALL, Value::default, wait)
        .handle_events_with(stage(events, &done))
        .and_then()
        .handle_events_with(stage(events, &done));
    for _ in 2..stages {
        builder = builder.and_then().handle_events_with(stage(events, &done));
    }
    let mut producer = builder.build();
    let begun = Instant::now();
    publish(&mut producer, 0..events);
    ended(stages, &all, sum_below(events), begun)
}

fn fan_out(events: i64, stages: u64, wait: Wait) -> Outcome {
    if stages == 1 {
        return unicast(events, SMALL, 1, wait);
    }
    let (done, all) = channel();
    let mut builder = build_single_producer(SMALL, Value::default, wait)
        .handle_events_with(stage(events, &done))
        .handle_events_with(stage(events, &done));
    for _ in 2..stages {
        builder = builder.handle_events_with(stage(events, &done));
    }
    let mut producer = builder.build();
    let begun = Instant::now();
    publish(&mut producer, 0..events);
    ended(stages, &all, sum_below(events), begun)
}

fn diamond(events: i64, stages: u64, wait: Wait) -> Outcome {
    let (done, all) = channel();
    let mut builder = build_single_producer(SMALL, Value::default, wait)
        .handle_events_with(stage(events, &done))
        .handle_events_with(stage(events, &done));
    for _ in 2..stages {
        builder = builder.handle_events_with(stage(events, &done));
    }
    let mut producer = builder.and_then().handle_events_with(stage(events, &done)).build();
    let begun = Instant::now();
    publish(&mut producer, 0..events);
    ended(stages + 1, &all, sum_below(events), begun)
}

fn producers(events: i64, count: u64, wait: Wait) -> Outcome {
    let (done, all) = channel();
    let producer =
        build_multi_producer(LARGE, Value::default, wait).handle_events_with(stage(events, &done)).build();
    let begun = Instant::now();
    thread::scope(|scope| {
        for share in shares(events, count as i64) {
            let mut producer = producer.clone();
            scope.spawn(move || publish(&mut producer, share));
        }
    });
    ended(1, &all, sum_below(events), begun)
}

fn event(bytes: u64, events: i64, wait: Wait) -> Option<Outcome> {
    Some(match bytes {
        8 => sized::<1>(events, wait),
        16 => sized::<2>(events, wait),
        32 => sized::<4>(events, wait),
        64 => sized::<8>(events, wait),
        128 => sized::<16>(events, wait),
        256 => sized::<32>(events, wait),
        512 => sized::<64>(events, wait),
        1024 => sized::<128>(events, wait),
        _ => return None,
    })
}

fn sized<const WORDS: usize>(events: i64, wait: Wait) -> Outcome {
    let (done, all) = channel();
    let mut adder = Adder::new(events);
    let handler = move |event: &[i64; WORDS], _: Sequence, _: bool| {
        adder.add(add_words(event));
        if adder.left == 0 {
            done.send(adder).expect("somebody waits");
        }
    };
    let mut producer =
        build_single_producer(SMALL, || [0_i64; WORDS], wait).handle_events_with(handler).build();
    let begun = Instant::now();
    for value in 0..events {
        producer.publish(|event| write_words(event, value));
    }
    ended(1, &all, sum_below(events).wrapping_mul(WORDS as i64), begun)
}
