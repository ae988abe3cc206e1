//! The pairs: pipelines that differ in one thing.

use std::thread;
use std::time::{Duration, Instant};

use disruptor_pipeline::{Batch, BatchError, Handler, HandlerResult, Publisher, Sequence, disruptor};

use super::numbers::{shares, sum_below};
use super::{Outcome, Pair};

pub(super) const ALL: [Pair; 7] = [
    ("the handler owns what it adds up", captured, one_by_one),
    ("`publish_each` in place of a loop over `publish`", one_by_one, each),
    ("publish ten at a time", one_by_one, by_tens),
    ("no `end_of_batch`: three producers, by ten", told_of_batches, not_told_of_batches),
    ("`threads: 1`: three stages in a row", three_threads, one_thread),
    ("`huge_pages: true`: a ring of 64 MiB", small_pages, huge_pages),
    ("events of 8 bytes, not padded to 64", padded, one_by_one),
];

const BATCH: i64 = 10;
/// The slots of LMAX's rings, behind each other and for one stage, and of a ring of 64 MiB.
const FEW: usize = 1 << 13;
const SLOTS: usize = 1 << 16;
const MANY: usize = 1 << 20;

/// An event with a number.
trait Numbered {
    fn number(&mut self) -> &mut i64;
}

#[derive(Clone, Copy, Default)]
struct Value {
    value: i64,
}

/// In a line of its own.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Padded {
    value: i64,
}

impl Numbered for Value {
    #[inline(always)]
    fn number(&mut self) -> &mut i64 {
        &mut self.value
    }
}

impl Numbered for Padded {
    #[inline(always)]
    fn number(&mut self) -> &mut i64 {
        &mut self.value
    }
}

/// A stage's sum, which it owns.
#[derive(Default)]
struct Sum(i64);

impl Handler<Value> for Sum {
    #[inline(always)]
    fn on_event(&mut self, event: &Value, _: Sequence, _: bool) -> HandlerResult {
        self.0 = self.0.wrapping_add(event.value);
        Ok(())
    }
}

impl Handler<Padded> for Sum {
    #[inline(always)]
    fn on_event(&mut self, event: &Padded, _: Sequence, _: bool) -> HandlerResult {
        self.0 = self.0.wrapping_add(event.value);
        Ok(())
    }
}

/// Runs a pipeline with yielding waits by a producer that does what is given, and gives the time and the handlers.
macro_rules! timed {
    ({ $($declaration:tt)* }, |$producer:ident| $feed:expr) => {{
        let pipeline = disruptor! {
            wait: Yielding::default();
            producer_wait: Yielding::default();
            $($declaration)*
        };
        let (begun, handlers) = pipeline.run(|$producer| {
            let begun = Instant::now();
            let fed: Result<(), BatchError> = $feed;
            fed.map(|()| begun)
        }).map_err(text)?;
        (begun.map_err(text)?.elapsed(), handlers)
    }};
}

/// The same with stages that all add up, and a look at their sums.
macro_rules! summed {
    ($events:ident, [$($stage:ident)*], { $($declaration:tt)* }, |$producer:ident| $feed:expr) => {{
        $(let $stage = Sum::default();)*
        let (took, handlers) = timed!({ $($declaration)* }, |$producer| $feed);
        checked(took, &[$(handlers.$stage.0),*], $events)
    }};
}

/// What three producers publish, added up by a stage with this list.
macro_rules! summed_of_three {
    ($events:ident, $list:tt, |$sum:ident| $add:expr) => {{
        let mut $sum = 0_i64;
        let (took, _) = timed!(
            {
                event: Value;
                ring: SLOTS;
                producers: multi;
                add $list = $add;
                < add >
            },
            |producer| three(producer, $events)
        );
        checked(took, &[$sum], $events)
    }};
}

fn checked(took: Duration, sums: &[i64], events: i64) -> Outcome {
    let expected = sum_below(events);
    match sums.iter().find(|sum| **sum != expected) {
        Some(sum) => Err(format!("wrong result: {sum} where {expected} was expected")),
        None => Ok(took),
    }
}

fn one_by_one(events: i64) -> Outcome {
    summed!(events, [add], { event: Value; ring: SLOTS; < add > }, |producer| publish(producer, events))
}

fn each(events: i64) -> Outcome {
    summed!(events, [add], { event: Value; ring: SLOTS; < add > }, |producer| producer
        .publish_each(events as usize, |event, index| event.value = index as i64)
        .map_err(BatchError::from))
}

fn padded(events: i64) -> Outcome {
    summed!(events, [add], { event: Padded; ring: SLOTS; < add > }, |producer| publish(producer, events))
}

fn by_tens(events: i64) -> Outcome {
    summed!(events, [add], { event: Value; ring: SLOTS; < add > }, |producer| publish_by_tens(
        producer, 0, events
    ))
}

/// As `one_by_one`, with a sum outside of the closure.
fn captured(events: i64) -> Outcome {
    let mut sum = 0_i64;
    let (took, _) = timed!(
        {
            event: Value;
            ring: SLOTS;
            add = |event: &Value, _, _| sum = sum.wrapping_add(event.value);
            < add >
        },
        |producer| publish(producer, events)
    );
    checked(took, &[sum], events)
}

fn not_told_of_batches(events: i64) -> Outcome {
    summed_of_three!(events, (&value), |sum| |value| sum = sum.wrapping_add(*value))
}

fn told_of_batches(events: i64) -> Outcome {
    summed_of_three!(events, (&value, end_of_batch), |sum| |value, _| sum = sum.wrapping_add(*value))
}

fn three_threads(events: i64) -> Outcome {
    summed!(events, [a b c], { event: Value; ring: FEW; < a -> b -> c > }, |producer| publish(
        producer, events
    ))
}

fn one_thread(events: i64) -> Outcome {
    summed!(events, [a b c], { event: Value; ring: FEW; threads: 1; < a -> b -> c > }, |producer| publish(
        producer, events
    ))
}

fn small_pages(events: i64) -> Outcome {
    summed!(events, [add], { event: Padded; ring: MANY; < add > }, |producer| publish(producer, events))
}

fn huge_pages(events: i64) -> Outcome {
    summed!(events, [add], { event: Padded; ring: MANY; huge_pages: true; < add > }, |producer| publish(
        producer, events
    ))
}

#[inline(always)]
fn publish<E: Numbered>(producer: &mut impl Publisher<Event = E>, events: i64) -> Result<(), BatchError> {
    for value in 0..events {
        producer.publish(|event| *event.number() = value)?;
    }
    Ok(())
}

#[inline(always)]
fn publish_by_tens(
    producer: &mut impl Publisher<Event = Value>,
    first: i64,
    end: i64,
) -> Result<(), BatchError> {
    for from in (first..end).step_by(BATCH as usize) {
        producer.publish_batch(BATCH.min(end - from) as usize, |batch| number(batch, from))?;
    }
    Ok(())
}

/// Three producers, each on a thread of its own.
fn three(producer: &(impl Publisher<Event = Value> + Clone + Send), events: i64) -> Result<(), BatchError> {
    thread::scope(|scope| {
        let feed = |share: std::ops::Range<i64>| {
            let mut producer = producer.clone();
            scope.spawn(move || publish_by_tens(&mut producer, share.start, share.end))
        };
        let threads: Vec<_> = shares(events, 3).map(feed).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("publishing does not panic"))
    })
}

fn number(batch: Batch<'_, Value>, from: i64) {
    for (event, value) in batch.zip(from..) {
        event.value = value;
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
