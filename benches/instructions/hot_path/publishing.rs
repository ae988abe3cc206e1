//! What an event costs its producer.

use std::hint::black_box;
use std::io::{Read, pipe};

use disruptor_pipeline::{Batch, disruptor};
use gungraun::{library_benchmark, library_benchmark_group};
use instructions::{EVENTS, RING};

use crate::counted;

const SUM: u64 = EVENTS * (EVENTS - 1) / 2;

/// Counts what `$publish` does to publish the numbers below `EVENTS`, while the stage sleeps; the stage checks their sum afterwards.
macro_rules! published {
    ($producers:ident, $wait:ident, |$producer:ident| $publish:expr) => {{
        let (mut held, begin) = pipe().expect("the system has pipes");
        let mut sum = 0;
        let pipeline = disruptor! {
            event: u64;
            ring: RING;
            producers: $producers;
            // It sleeps in a system call, which no producer knows of: nobody is to be woken.
            sum { wait: $wait::default(), start: move |_| while held.read(&mut [0]).expect("it is open") > 0 {} } =
                |event, _, _| sum += *event;
            < sum >
        };
        let published = pipeline.run(|$producer| {
            counted(|| $publish);
            drop(begin);
        });
        published.expect("no stage fails");
        assert_eq!(sum, SUM);
    }};
}

/// Writes consecutive numbers.
fn fill(batch: Batch<'_, u64>, first: u64) {
    for (event, number) in batch.zip(first..) {
        *event = black_box(number);
    }
}

#[library_benchmark]
fn publish() {
    published!(single, Yielding, |producer| {
        for number in 0..EVENTS {
            producer.publish(|event| *event = black_box(number)).expect("it is open");
        }
    });
}

#[library_benchmark]
fn publish_multi() {
    published!(multi, Yielding, |producer| {
        for number in 0..EVENTS {
            producer.publish(|event| *event = black_box(number)).expect("it is open");
        }
    });
}

#[library_benchmark]
fn try_publish() {
    published!(single, Yielding, |producer| {
        for number in 0..EVENTS {
            producer.try_publish(|event| *event = black_box(number)).expect("there is room");
        }
    });
}

#[library_benchmark]
fn try_publish_multi() {
    published!(multi, Yielding, |producer| {
        for number in 0..EVENTS {
            producer.try_publish(|event| *event = black_box(number)).expect("there is room");
        }
    });
}

#[library_benchmark]
fn publish_each() {
    published!(single, Yielding, |producer| {
        producer
            .publish_each(EVENTS as usize, |event, index| *event = black_box(index as _))
            .expect("it is open");
    });
}

#[library_benchmark]
fn publish_batch_of_10() {
    published!(single, Yielding, |producer| {
        for first in (0..EVENTS).step_by(10) {
            producer.publish_batch(10, |batch| fill(batch, first)).expect("it is open");
        }
    });
}

#[library_benchmark]
fn publish_batch_of_128() {
    published!(single, Yielding, |producer| {
        for first in (0..EVENTS).step_by(128) {
            producer.publish_batch(128, |batch| fill(batch, first)).expect("it is open");
        }
    });
}

#[library_benchmark]
fn publish_batch_of_10_multi() {
    published!(multi, Yielding, |producer| {
        for first in (0..EVENTS).step_by(10) {
            producer.publish_batch(10, |batch| fill(batch, first)).expect("it is open");
        }
    });
}

#[library_benchmark]
fn claim() {
    published!(single, Yielding, |producer| {
        for number in 0..EVENTS {
            let mut claim = producer.claim(1).expect("it is open");
            claim[0] = black_box(number);
            claim.publish();
        }
    });
}

#[library_benchmark]
fn claim_multi() {
    published!(multi, Yielding, |producer| {
        for number in 0..EVENTS {
            let mut claim = producer.claim(1).expect("it is open");
            claim[0] = black_box(number);
            claim.publish();
        }
    });
}

#[library_benchmark]
fn publish_to_blocking() {
    published!(single, Blocking, |producer| {
        for number in 0..EVENTS {
            producer.publish(|event| *event = black_box(number)).expect("it is open");
        }
    });
}

#[library_benchmark]
fn publish_to_lite_blocking() {
    published!(single, LiteBlocking, |producer| {
        for number in 0..EVENTS {
            producer.publish(|event| *event = black_box(number)).expect("it is open");
        }
    });
}

library_benchmark_group!(
    name = producers,
    config = crate::calls(),
    benchmarks = [
        publish,
        publish_multi,
        try_publish,
        try_publish_multi,
        publish_each,
        publish_batch_of_10,
        publish_batch_of_128,
        publish_batch_of_10_multi,
        claim,
        claim_multi,
        publish_to_blocking,
        publish_to_lite_blocking
    ]
);
