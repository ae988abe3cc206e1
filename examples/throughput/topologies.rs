//! LMAX's topologies, declared.

use std::thread;
use std::time::Instant;

use disruptor_pipeline::{Batch, BatchError, Closed, disruptor, wait::Wait};

use crate::{Outcome, checked};

/// How many threads publish in the `sequencer` topologies.
const PRODUCERS: i64 = 3;

#[derive(Clone, Copy, Default)]
pub(crate) struct Value {
    pub(crate) value: i64,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Function {
    pub(crate) one: i64,
    pub(crate) two: i64,
    pub(crate) sum: i64,
    pub(crate) more: i64,
}

#[derive(Clone, Copy, Default)]
struct FizzBuzz {
    value: i64,
    fizz: bool,
    buzz: bool,
}

/// 0 + 1 + … below `events`.
pub(crate) fn sum_below(events: i64) -> i64 {
    (i128::from(events) * i128::from(events - 1) / 2) as i64
}

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
    const START: i64 = 777;
    let (mut count, mut ended, last) = (0_i64, None, events - 1);
    let pipeline = disruptor! {
        event: Function;
        ring: 8192;
        wait: wait.clone();
        producer_wait: wait;
        first(&one, &two, &mut sum) = |one, two, sum| *sum = one + two;
        second(&sum, &mut more)     = |sum, more| *more = sum + 3;
        third(&more, sequence)      = |more, sequence| {
            if more & 4 == 4 { count += 1 }
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
                    event.two = START - 2 * value;
                })?;
            }
            Ok::<_, Closed>(begun)
        })
        .map_err(text)?;
    let expected = (0..events).filter(|value| (value + START - 2 * value + 3) & 4 == 4).count() as i64;
    checked(count, expected, begun.map_err(text)?, ended)
}

/// Two stages side by side, and one that needs both.
pub(crate) fn diamond<W: Wait + Clone + 'static>(events: i64, wait: W) -> Outcome {
    let (mut count, mut ended, last) = (0_i64, None, events - 1);
    let pipeline = disruptor! {
        event: FizzBuzz;
        ring: 8192;
        wait: wait.clone();
        producer_wait: wait;
        fizz(&value, &mut fizz) = |value, fizz| *fizz = value % 3 == 0;
        buzz(&value, &mut buzz) = |value, buzz| *buzz = value % 5 == 0;
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
    checked(count, (events + 14) / 15, begun.map_err(text)?, ended)
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
    let expected = (sum_below(events), sum_below(events).wrapping_neg(), 0);
    checked((sum, difference, all), expected, begun.map_err(text)?, ended)
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

/// Has every producer publish its share of `0..events` on a thread of its own, and waits for them.
pub(crate) fn shared_out<E: Send, J: FnOnce() -> Result<(), E> + Send>(
    events: i64,
    mut job: impl FnMut(std::ops::Range<i64>) -> J,
) -> Result<(), E> {
    thread::scope(|scope| {
        let border =
            |producer: i64| (i128::from(events) * i128::from(producer) / i128::from(PRODUCERS)) as i64;
        let shares = (0..PRODUCERS).map(|producer| border(producer)..border(producer + 1));
        let threads: Vec<_> = shares.map(|share| scope.spawn(job(share))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("publishing does not panic"))
    })
}

pub(crate) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
