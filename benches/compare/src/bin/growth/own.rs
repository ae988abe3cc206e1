//! This project: a declaration for each length and width, written by macros by example.

use std::ops::Range;
use std::thread;
use std::time::Instant;

use disruptor_pipeline::{Batch, BatchError, Handler, HandlerResult, Publisher, Sequence, disruptor};

use super::numbers::{shares, sum_below};
use super::work::{Adder, Outcome, checked};
use super::{LARGE, SMALL, add_words, write_words};

pub(super) const DIMENSIONS: [&str; 7] =
    ["ring", "chain", "fan-out", "diamond", "producers", "event", "batch"];

#[derive(Clone, Copy, Default)]
struct Value {
    value: i64,
}

impl Handler<Value> for Adder {
    #[inline(always)]
    fn on_event(&mut self, event: &Value, _: Sequence, _: bool) -> HandlerResult {
        self.add(event.value);
        Ok(())
    }
}

impl<const WORDS: usize> Handler<[i64; WORDS]> for Adder {
    #[inline(always)]
    fn on_event(&mut self, event: &[i64; WORDS], _: Sequence, _: bool) -> HandlerResult {
        self.add(add_words(event));
        Ok(())
    }
}

/// Runs a pipeline of stages that all do the same, by a producer that does what is given, and checks what they have added up. One type of
/// handler for all keeps the building short.
macro_rules! declared {
    ($events:expr, [$($stage:ident)*], { $($declaration:tt)* }, |$producer:ident| $feed:expr, $expected:expr) => {(|| {
        $(let $stage = Adder::new($events);)*
        let pipeline = disruptor! {
            wait: Yielding::default();
            producer_wait: Yielding::default();
            $($declaration)*
        };
        let feed = pipeline.run(|$producer| {
            let begun = Instant::now();
            let fed: Result<(), BatchError> = $feed;
            fed.map(|()| begun)
        });
        let (begun, handlers) = feed.map_err(text)?;
        checked(&[$(handlers.$stage),*], $expected, begun.map_err(text)?)
    })()};
}

/// The stages with the arrows that are given, one event after the other.
macro_rules! arrows {
    ($events:ident, [$($stage:ident)*], $($arrows:tt)*) => {
        declared!(
            $events,
            [$($stage)*],
            { event: Value; ring: SMALL; $($arrows)* },
            |producer| numbered(producer, 0..$events),
            sum_below($events)
        )
    };
}

macro_rules! chain {
    ($events:ident, $first:ident $($rest:ident)*) => {
        arrows!($events, [$first $($rest)*], < $first $(-> $rest)* >)
    };
}

macro_rules! fan_out {
    ($events:ident, $first:ident) => { chain!($events, $first) };
    ($events:ident, $($stage:ident)*) => { arrows!($events, [$($stage)*], < ($($stage),*) >) };
}

macro_rules! diamond {
    ($events:ident, $($stage:ident)*) => {
        arrows!($events, [$($stage)* last], < ($($stage),*) -> last >)
    };
}

pub(super) fn run(dimension: &str, value: u64, events: i64) -> Option<Outcome> {
    match dimension {
        "ring" => ring(value, events),
        "event" => event(value, events),
        "batch" => (1..=1024).contains(&value).then(|| batched(events, value as i64)),
        "producers" => (1..=16).contains(&value).then(|| producers(events, value)),
        "chain" => in_chain(value, events),
        "fan-out" => side_by_side(value, events),
        "diamond" => joined(value, events),
        _ => None,
    }
}

// The lengths and widths are compiled: these, and no others.

fn in_chain(stages: u64, events: i64) -> Option<Outcome> {
    Some(match stages {
        1 => chain!(events, a),
        2 => chain!(events, a b),
        3 => chain!(events, a b c),
        4 => chain!(events, a b c d),
        7 => chain!(events, a b c d e f g),
        8 => chain!(events, a b c d e f g h),
        15 => chain!(events, a b c d e f g h i j k l m n o),
        16 => chain!(events, a b c d e f g h i j k l m n o p),
        _ => return None,
    })
}

fn side_by_side(stages: u64, events: i64) -> Option<Outcome> {
    Some(match stages {
        1 => fan_out!(events, a),
        2 => fan_out!(events, a b),
        3 => fan_out!(events, a b c),
        4 => fan_out!(events, a b c d),
        7 => fan_out!(events, a b c d e f g),
        8 => fan_out!(events, a b c d e f g h),
        15 => fan_out!(events, a b c d e f g h i j k l m n o),
        16 => fan_out!(events, a b c d e f g h i j k l m n o p),
        _ => return None,
    })
}

fn joined(stages: u64, events: i64) -> Option<Outcome> {
    Some(match stages {
        2 => diamond!(events, a b),
        6 => diamond!(events, a b c d e f),
        14 => diamond!(events, a b c d e f g h i j k l m n),
        _ => return None,
    })
}

fn ring(slots: u64, events: i64) -> Option<Outcome> {
    Some(match slots {
        0x10 => unicast::<0x10>(events),
        0x40 => unicast::<0x40>(events),
        0x100 => unicast::<0x100>(events),
        0x400 => unicast::<0x400>(events),
        0x1000 => unicast::<0x1000>(events),
        0x4000 => unicast::<0x4000>(events),
        0x1_0000 => unicast::<0x1_0000>(events),
        0x4_0000 => unicast::<0x4_0000>(events),
        0x10_0000 => unicast::<0x10_0000>(events),
        _ => return None,
    })
}

fn unicast<const SLOTS: usize>(events: i64) -> Outcome {
    declared!(
        events,
        [add],
        { event: Value; ring: SLOTS; < add > },
        |producer| numbered(producer, 0..events),
        sum_below(events)
    )
}

fn batched(events: i64, size: i64) -> Outcome {
    declared!(
        events,
        [add],
        { event: Value; ring: LARGE; < add > },
        |producer| (0..events).step_by(size as usize).try_for_each(|from| {
            producer.publish_batch(size.min(events - from) as usize, |batch| number(batch, from)).map(drop)
        }),
        sum_below(events)
    )
}

fn producers(events: i64, count: u64) -> Outcome {
    declared!(
        events,
        [add],
        { event: Value; ring: LARGE; producers: multi; < add > },
        |producer| thread::scope(|scope| {
            let publish = |share| {
                let mut producer = producer.clone();
                scope.spawn(move || numbered(&mut producer, share))
            };
            let threads: Vec<_> = shares(events, count as i64).map(publish).collect();
            threads.into_iter().try_for_each(|thread| thread.join().expect("publishing does not panic"))
        }),
        sum_below(events)
    )
}

/// Publishes events with these numbers, one by one.
#[inline(always)]
fn numbered(producer: &mut impl Publisher<Event = Value>, numbers: Range<i64>) -> Result<(), BatchError> {
    let count = (numbers.end - numbers.start) as usize;
    Ok(producer.publish_each(count, |event, index| event.value = numbers.start + index as i64)?)
}

fn number(batch: Batch<'_, Value>, from: i64) {
    for (event, value) in batch.zip(from..) {
        event.value = value;
    }
}

fn event(bytes: u64, events: i64) -> Option<Outcome> {
    Some(match bytes {
        8 => sized::<1>(events),
        16 => sized::<2>(events),
        32 => sized::<4>(events),
        64 => sized::<8>(events),
        128 => sized::<16>(events),
        256 => sized::<32>(events),
        512 => sized::<64>(events),
        1024 => sized::<128>(events),
        _ => return None,
    })
}

fn sized<const WORDS: usize>(events: i64) -> Outcome {
    declared!(
        events,
        [add],
        { event: [i64; WORDS] = [0; WORDS]; ring: SMALL; < add > },
        |producer| producer
            .publish_each(events as usize, |event, index| write_words(event, index as i64))
            .map_err(BatchError::from),
        sum_below(events).wrapping_mul(WORDS as i64)
    )
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
