//! LMAX's topologies, declared.

use std::ops::Range;
use std::sync::atomic::AtomicI64;
use std::time::Instant;

use disruptor_pipeline::{Batch, BatchError, Closed, Publisher, disruptor, wait::Wait};

use crate::checked::{Outcome, checked};
use crate::numbers::sum_below;
use crate::work::{
    FizzBuzz, Function, Own, Value, add, add_three, fizz_buzzes_below, folded_below, is_buzz, is_fizz, kept,
    kept_below, second_operand, shared_out,
};

/// One producer, one stage that adds up; so many events a publication.
pub(crate) fn unicast<const BATCH: i64, W: Wait + Clone + 'static>(events: i64, wait: W) -> Outcome {
    let (total, mut ended) = (AtomicI64::new(0), None);
    let mut sum = Own::new(&total);
    let pipeline = disruptor! {
        event: Value;
        ring: 1 << 16;
        wait: wait.clone();
        producer_wait: wait;
        add(&value) { stop: |_| ended = Some(Instant::now()) } = move |value| sum.fold(|sum| sum.wrapping_add(*value));
        < add >
    };
    let (begun, handlers) = pipeline
        .run(|producer| {
            let begun = Instant::now();
            feed::<BATCH>(producer, 0..events)?;
            Ok::<_, BatchError>(begun)
        })
        .map_err(text)?;
    drop(handlers);
    checked(total.into_inner(), sum_below(events), begun.map_err(text)?, ended)
}

/// Publishes numbers, so many at a time.
#[inline(always)]
pub(crate) fn feed<const BATCH: i64>(
    producer: &mut impl Publisher<Event = Value>,
    numbers: Range<i64>,
) -> Result<(), BatchError> {
    if BATCH == 1 {
        let count = (numbers.end - numbers.start) as usize;
        return Ok(producer.publish_each(count, |event, index| event.value = numbers.start + index as i64)?);
    }
    let rest = numbers.end - (numbers.end - numbers.start) % BATCH;
    for from in (numbers.start..rest).step_by(BATCH as usize) {
        producer.publish_batch(BATCH as usize, |batch| fill(batch, from))?;
    }
    producer.publish_batch((numbers.end - rest) as usize, |batch| fill(batch, rest)).map(drop)
}

/// Numbers the events of a batch.
#[inline(always)]
pub(crate) fn fill(batch: Batch<'_, Value>, from: i64) {
    for (event, value) in batch.zip(from..) {
        event.value = value;
    }
}

/// Three stages in a row, each using what the one before has written.
pub(crate) fn pipeline<W: Wait + Clone + 'static>(events: i64, wait: W) -> Outcome {
    let (total, mut ended) = (AtomicI64::new(0), None);
    let mut sum = Own::new(&total);
    let pipeline = disruptor! {
        event: Function;
        ring: 8192;
        wait: wait.clone();
        producer_wait: wait;
        first(&one, &two, &mut sum) = |one, two, sum| *sum = add(*one, *two);
        second(&sum, &mut more)     = |sum, more| *more = add_three(*sum);
        third(&more) { stop: |_| ended = Some(Instant::now()) } = move |more| sum.fold(|sum| sum.wrapping_add(kept(*more)));
        < first -> second -> third >
    };
    let (begun, handlers) = pipeline
        .run(|producer| {
            let begun = Instant::now();
            producer.publish_each(events as usize, |event, index| {
                event.one = index as i64;
                event.two = second_operand(index as i64);
            })?;
            Ok::<_, Closed>(begun)
        })
        .map_err(text)?;
    drop(handlers);
    checked(total.into_inner(), kept_below(events), begun.map_err(text)?, ended)
}

/// Two stages side by side, and one that needs both.
pub(crate) fn diamond<W: Wait + Clone + 'static>(events: i64, wait: W) -> Outcome {
    let (total, mut ended) = (AtomicI64::new(0), None);
    let mut count = Own::new(&total);
    let pipeline = disruptor! {
        event: FizzBuzz;
        ring: 8192;
        wait: wait.clone();
        producer_wait: wait;
        fizz(&value, &mut fizz) = |value, fizz| *fizz = is_fizz(*value);
        buzz(&value, &mut buzz) = |value, buzz| *buzz = is_buzz(*value);
        fizz_buzz(&fizz, &buzz) { stop: |_| ended = Some(Instant::now()) } = move |fizz, buzz| count.fold(|count| count + i64::from(*fizz & *buzz));
        < (fizz, buzz) -> fizz_buzz >
    };
    let (begun, handlers) = pipeline
        .run(|producer| {
            let begun = Instant::now();
            producer.publish_each(events as usize, |event, index| event.value = index as i64)?;
            Ok::<_, Closed>(begun)
        })
        .map_err(text)?;
    drop(handlers);
    checked(total.into_inner(), fizz_buzzes_below(events), begun.map_err(text)?, ended)
}

/// Three stages side by side, each with a result of its own.
pub(crate) fn multicast<W: Wait + Clone + 'static>(events: i64, wait: W) -> Outcome {
    let totals = [0, 0, -1].map(AtomicI64::new);
    let [mut sum, mut difference, mut all] = totals.each_ref().map(Own::new);
    let (mut sum_ended, mut difference_ended, mut all_ended) = (None, None, None);
    let pipeline = disruptor! {
        event: Value;
        ring: 8192;
        wait: wait.clone();
        producer_wait: wait;
        add(&value) { stop: |_| sum_ended = Some(Instant::now()) } = move |value| sum.fold(|sum| sum.wrapping_add(*value));
        subtract(&value) { stop: |_| difference_ended = Some(Instant::now()) } = move |value| difference.fold(|difference| difference.wrapping_sub(*value));
        and(&value) { stop: |_| all_ended = Some(Instant::now()) } = move |value| all.fold(|all| all & value);
        < (add, subtract, and) >
    };
    let (begun, handlers) = pipeline
        .run(|producer| {
            let begun = Instant::now();
            producer.publish_each(events as usize, |event, index| event.value = index as i64)?;
            Ok::<_, Closed>(begun)
        })
        .map_err(text)?;
    let ended = sum_ended.max(difference_ended).max(all_ended);
    drop(handlers);
    checked(totals.map(AtomicI64::into_inner).into(), folded_below(events), begun.map_err(text)?, ended)
}

/// Three producers, one stage that adds up; so many events a publication.
pub(crate) fn sequencer<const BATCH: i64, W: Wait + Clone + 'static>(events: i64, wait: W) -> Outcome {
    let (total, mut ended) = (AtomicI64::new(0), None);
    let mut sum = Own::new(&total);
    let pipeline = disruptor! {
        event: Value;
        ring: 1 << 16;
        producers: multi;
        wait: wait.clone();
        producer_wait: wait;
        add(&value) { stop: |_| ended = Some(Instant::now()) } = move |value| sum.fold(|sum| sum.wrapping_add(*value));
        < add >
    };
    let (begun, handlers) = pipeline
        .run(|producer| {
            let begun = Instant::now();
            shared_out(events, |share| {
                let mut producer = producer.clone();
                move || feed::<BATCH>(&mut producer, share)
            })?;
            Ok::<_, BatchError>(begun)
        })
        .map_err(text)?;
    drop(handlers);
    checked(total.into_inner(), sum_below(events), begun.map_err(text)?, ended)
}

pub(crate) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
