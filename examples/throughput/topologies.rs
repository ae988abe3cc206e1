//! LMAX's topologies, declared.

use std::time::Instant;

use disruptor_pipeline::{Batch, BatchError, Closed, disruptor, wait::Wait};

use crate::work::{
    FizzBuzz, Function, Value, add, add_three, counted_below, counts, fizz_buzzes_below, folded_below,
    is_buzz, is_fizz, second_operand, shared_out, sum_below,
};
use crate::{Outcome, checked};

/// One producer, one stage that adds up; so many events a publication.
pub(crate) fn unicast<W: Wait + Clone + 'static>(events: i64, batch: i64, wait: W) -> Outcome {
    let (mut sum, mut ended, last) = (0_i64, None, events - 1);
    let pipeline = disruptor! {
        event: Value;
        ring: 1 << 16;
        wait: wait.clone();
        producer_wait: wait;
        add(&value, sequence) = |value, sequence| {
            sum = sum.wrapping_add(*value);
            if sequence == last { ended = Some(Instant::now()) }
        };
        < add >
    };
    let (begun, _) = pipeline
        .run(|producer| {
            let begun = Instant::now();
            if batch == 1 {
                for value in 0..events {
                    producer.publish(|event| event.value = value)?;
                }
            } else {
                for from in (0..events).step_by(batch as usize) {
                    producer.publish_batch(batch.min(events - from) as usize, |batch| fill(batch, from))?;
                }
            }
            Ok::<_, BatchError>(begun)
        })
        .map_err(text)?;
    checked(sum, sum_below(events), begun.map_err(text)?, ended)
}

/// Numbers the events of a batch.
pub(crate) fn fill(batch: Batch<'_, Value>, from: i64) {
    for (event, value) in batch.zip(from..) {
        event.value = value;
    }
}

/// Three stages in a row, each using what the one before has written.
pub(crate) fn pipeline<W: Wait + Clone + 'static>(events: i64, wait: W) -> Outcome {
    let (mut count, mut ended, last) = (0_i64, None, events - 1);
    let pipeline = disruptor! {
        event: Function;
        ring: 8192;
        wait: wait.clone();
        producer_wait: wait;
        first(&one, &two, &mut sum) = |one, two, sum| *sum = add(*one, *two);
        second(&sum, &mut more)     = |sum, more| *more = add_three(*sum);
        third(&more, sequence)      = |more, sequence| {
            if counts(*more) { count += 1 }
            if sequence == last { ended = Some(Instant::now()) }
        };
        < first -> second -> third >
    };
    let (begun, _) = pipeline
        .run(|producer| {
            let begun = Instant::now();
            for value in 0..events {
                producer.publish(|event| {
                    event.one = value;
                    event.two = second_operand(value);
                })?;
            }
            Ok::<_, Closed>(begun)
        })
        .map_err(text)?;
    checked(count, counted_below(events), begun.map_err(text)?, ended)
}

/// Two stages side by side, and one that needs both.
pub(crate) fn diamond<W: Wait + Clone + 'static>(events: i64, wait: W) -> Outcome {
    let (mut count, mut ended, last) = (0_i64, None, events - 1);
    let pipeline = disruptor! {
        event: FizzBuzz;
        ring: 8192;
        wait: wait.clone();
        producer_wait: wait;
        fizz(&value, &mut fizz) = |value, fizz| *fizz = is_fizz(*value);
        buzz(&value, &mut buzz) = |value, buzz| *buzz = is_buzz(*value);
        fizz_buzz(&fizz, &buzz, sequence) = |fizz, buzz, sequence| {
            if *fizz && *buzz { count += 1 }
            if sequence == last { ended = Some(Instant::now()) }
        };
        < (fizz, buzz) -> fizz_buzz >
    };
    let (begun, _) = pipeline
        .run(|producer| {
            let begun = Instant::now();
            for value in 0..events {
                producer.publish(|event| event.value = value)?;
            }
            Ok::<_, Closed>(begun)
        })
        .map_err(text)?;
    checked(count, fizz_buzzes_below(events), begun.map_err(text)?, ended)
}

/// Three stages side by side, each with a result of its own.
pub(crate) fn multicast<W: Wait + Clone + 'static>(events: i64, wait: W) -> Outcome {
    let last = events - 1;
    let (mut sum, mut sum_ended) = (0_i64, None);
    let (mut difference, mut difference_ended) = (0_i64, None);
    let (mut all, mut all_ended) = (-1_i64, None);
    let pipeline = disruptor! {
        event: Value;
        ring: 8192;
        wait: wait.clone();
        producer_wait: wait;
        add(&value, sequence) = |value, sequence| {
            sum = sum.wrapping_add(*value);
            if sequence == last { sum_ended = Some(Instant::now()) }
        };
        subtract(&value, sequence) = |value, sequence| {
            difference = difference.wrapping_sub(*value);
            if sequence == last { difference_ended = Some(Instant::now()) }
        };
        and(&value, sequence) = |value, sequence| {
            all &= *value;
            if sequence == last { all_ended = Some(Instant::now()) }
        };
        < (add, subtract, and) >
    };
    let (begun, _) = pipeline
        .run(|producer| {
            let begun = Instant::now();
            for value in 0..events {
                producer.publish(|event| event.value = value)?;
            }
            Ok::<_, Closed>(begun)
        })
        .map_err(text)?;
    let ended = sum_ended.max(difference_ended).max(all_ended);
    checked((sum, difference, all), folded_below(events), begun.map_err(text)?, ended)
}

/// Three producers, one stage that adds up; so many events a publication.
pub(crate) fn sequencer<W: Wait + Clone + 'static>(events: i64, batch: i64, wait: W) -> Outcome {
    let (mut sum, mut ended, last) = (0_i64, None, events - 1);
    let pipeline = disruptor! {
        event: Value;
        ring: 1 << 16;
        producers: multi;
        wait: wait.clone();
        producer_wait: wait;
        add(&value, sequence) = |value, sequence| {
            sum = sum.wrapping_add(*value);
            if sequence == last { ended = Some(Instant::now()) }
        };
        < add >
    };
    let (begun, _) = pipeline
        .run(|producer| {
            let begun = Instant::now();
            shared_out(events, |mut share| {
                let mut producer = producer.clone();
                move || {
                    if batch == 1 {
                        share.try_for_each(|value| {
                            Ok(producer.publish(|event| event.value = value).map(drop)?)
                        })
                    } else {
                        share.clone().step_by(batch as usize).try_for_each(|from| {
                            let count = batch.min(share.end - from) as usize;
                            producer.publish_batch(count, |batch| fill(batch, from)).map(drop)
                        })
                    }
                }
            })?;
            Ok::<_, BatchError>(begun)
        })
        .map_err(text)?;
    checked(sum, sum_below(events), begun.map_err(text)?, ended)
}

pub(crate) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
