//! One producer, one stage: driven by a thread of the caller's, written by a translator, without content.

use std::thread;
use std::time::Instant;

use disruptor_pipeline::wait::Wait;
use disruptor_pipeline::{BatchError, Closed, Poll, PollError, Sequence, disruptor};

use crate::topologies::text;
use crate::work::{Value, sum_below};
use crate::{Outcome, checked};

/// A poller; as in LMAX's test, the thread that drives it gives way where it finds nothing.
pub(super) fn poller<W: Wait + Clone>(events: i64, wait: W) -> Outcome {
    let pipeline = disruptor! {
        event: Value;
        ring: 1 << 16;
        producer_wait: wait.clone();
        add(&value) { poll: release };
        < add >
    };
    let (mut producer, running, pollers) = pipeline.spawn_with_pollers().map_err(text)?;
    let (mut add, mut sum, mut ended) = (pollers.add, 0_i64, None);
    let mut wait = wait;
    let begun = thread::scope(|scope| {
        scope.spawn(|| {
            loop {
                let polled = add.poll(|value, sequence, _| {
                    sum = sum.wrapping_add(*value);
                    if sequence == events - 1 {
                        ended = Some(Instant::now());
                    }
                });
                match polled {
                    Ok(Poll::Handled(_)) => {}
                    Ok(Poll::Idle | Poll::Gated) => drop(wait.idle(0)),
                    Err(PollError::Closed(_)) => break,
                    Err(error) => panic!("the closure does not fail: {error}"),
                }
            }
        });
        let begun = Instant::now();
        for value in 0..events {
            producer.publish(|event| event.value = value)?;
        }
        drop(producer);
        Ok::<_, Closed>(begun)
    });
    drop(running.join().map_err(text)?);
    checked(sum, sum_below(events), begun.map_err(text)?, ended)
}

/// A function that writes an event of the value that it is handed.
pub(super) fn translator<W: Wait + Clone>(events: i64, wait: W) -> Outcome {
    fn fill(event: &mut Value, _: Sequence, value: i64) {
        event.value = value;
    }
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
            for value in 0..events {
                producer.publish_with(fill, (value,))?;
            }
            Ok::<_, Closed>(begun)
        })
        .map_err(text)?;
    checked(sum, sum_below(events), begun.map_err(text)?, ended)
}

/// Nothing to write, and nothing to read but how many there are: LMAX's test is of its sequencer, which has no counterpart here
/// that could be had without a ring.
pub(super) fn raw<W: Wait + Clone>(events: i64, batch: i64, wait: W) -> Outcome {
    let (mut count, mut ended) = (0_i64, None);
    let pipeline = disruptor! {
        event: ();
        ring: 1 << 16;
        wait: wait.clone();
        producer_wait: wait;
        counter(&[*]) = |events_there: &[()]| {
            count += events_there.len() as i64;
            if count == events { ended = Some(Instant::now()) }
        };
        < counter >
    };
    let (begun, _) = pipeline
        .run(|producer| {
            let begun = Instant::now();
            if batch == 1 {
                for _ in 0..events {
                    producer.publish(|()| ())?;
                }
            } else {
                for from in (0..events).step_by(batch as usize) {
                    producer.publish_batch(batch.min(events - from) as usize, |_| ())?;
                }
            }
            Ok::<_, BatchError>(begun)
        })
        .map_err(text)?;
    checked(count, events, begun.map_err(text)?, ended)
}
