//! Events that are arrays.

use std::sync::atomic::AtomicI64;
use std::thread;
use std::time::Instant;

use disruptor_pipeline::wait::Wait;
use disruptor_pipeline::{Closed, Poll, PollError, disruptor};

use crate::arrays::{LONGS, THREE, add_all, fill, long_sum, three, three_sum};
use crate::numbers::shares;
use crate::topologies::text;
use crate::work::{Own, PRODUCERS};
use crate::{Outcome, checked};

type Longs = [i64; LONGS];
type Three = [i64; THREE];

/// One producer, one stage, long events.
pub(super) fn long_array<W: Wait + Clone>(events: i64, wait: W) -> Outcome {
    let (total, mut ended) = (AtomicI64::new(0), None);
    let mut sum = Own::new(&total);
    let pipeline = disruptor! {
        event: Longs = [0; LONGS];
        ring: 1024;
        wait: wait.clone();
        producer_wait: wait;
        add(&*) { stop: |_| ended = Some(Instant::now()) } =
            move |event| sum.fold(|sum| add_all(sum, event));
        < add >
    };
    let (begun, handlers) = pipeline
        .run(|producer| {
            let begun = Instant::now();
            for value in 0..events {
                producer.publish(|event| fill(event, value))?;
            }
            Ok::<_, Closed>(begun)
        })
        .map_err(text)?;
    drop(handlers);
    checked(total.into_inner(), long_sum(events), begun.map_err(text)?, ended)
}

/// A pipeline with a poller for each producer, and one thread that drives all of them.
pub(super) fn three_to_three<W: Wait + Clone>(events: i64, mut wait: W) -> Outcome {
    let lanes = [(); PRODUCERS as usize].map(|()| {
        let pipeline = disruptor! {
            event: Three = [0; THREE];
            ring: 1 << 16;
            producer_wait: wait.clone();
            add { poll: release };
            < add >
        };
        pipeline.spawn_with_pollers()
    });
    let (mut producers, mut runnings, mut pollers) = (Vec::new(), Vec::new(), Vec::new());
    for lane in lanes {
        let (producer, running, polled) = lane.map_err(text)?;
        producers.push(producer);
        runnings.push(running);
        pollers.push(polled.add);
    }
    let (mut sum, mut left, mut ended) = (0_i64, events, None);
    let (begun, published) = thread::scope(|scope| {
        let begun = Instant::now();
        let threads: Vec<_> = shares(events, PRODUCERS)
            .zip(producers)
            .map(|(share, mut producer)| {
                scope.spawn(move || {
                    let count = (share.end - share.start) as usize;
                    producer.publish_each(count, |event, index| *event = three(share.start + index as i64))
                })
            })
            .collect();
        while left > 0 && !pollers.is_empty() {
            let before = left;
            pollers.retain_mut(|poller| {
                match poller.poll(|event, _, _| sum = add_all(sum, event)) {
                    Ok(Poll::Handled(count)) => left -= count as i64,
                    Ok(Poll::Idle | Poll::Gated) => {}
                    Err(PollError::Closed(_)) => return false,
                    Err(error) => panic!("the closure does not fail: {error}"),
                }
                true
            });
            if left == before {
                wait.idle(0);
            }
        }
        ended = (left == 0).then(Instant::now);
        drop(pollers);
        let published: Result<(), Closed> =
            threads.into_iter().try_for_each(|thread| thread.join().expect("publishing does not panic"));
        (begun, published)
    });
    published.map_err(text)?;
    for running in runnings {
        running.join().map_err(text)?;
    }
    checked(sum, three_sum(events), begun, ended)
}
