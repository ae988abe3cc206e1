//! One producer, one stage: driven by a thread of the caller's, written by a translator, without content.

use std::sync::atomic::AtomicI64;
use std::thread;
use std::time::Instant;

use disruptor_pipeline::wait::Wait;
use disruptor_pipeline::{BatchError, Closed, Poll, PollError, Sequence, disruptor};

use crate::numbers::sum_below;
use crate::pinned::apart;
use crate::topologies::{feed, text};
use crate::work::{Own, Value};
use crate::{Outcome, checked};

/// The sum of the values that `$run` has published through one stage; it gives when it began.
macro_rules! summed {
    ($events:expr, $wait:expr, |$pipeline:ident| $run:expr) => {{
        let (total, mut ended) = (AtomicI64::new(0), None);
        let mut sum = Own::new(&total);
        let $pipeline = disruptor! {
            event: Value;
            ring: 1 << 16;
            wait: $wait.clone();
            producer_wait: $wait;
            add(&value) { stop: |_| ended = Some(Instant::now()) } =
                move |value| sum.fold(|sum| sum.wrapping_add(*value));
            < add >
        };
        let (begun, handlers) = $run.map_err(text)?;
        drop(handlers);
        checked(total.into_inner(), sum_below($events), begun.map_err(text)?, ended)
    }};
}

/// Both threads pinned, each to a core of its own.
pub(super) fn pinned<const BATCH: i64, W: Wait + Clone>(events: i64, wait: W) -> Outcome {
    apart(|cores| {
        summed!(events, wait, |pipeline| pipeline.cores([cores.stage()]).run(|producer| {
            cores.pin_producer();
            let begun = Instant::now();
            feed::<BATCH>(producer, 0..events)?;
            Ok::<_, BatchError>(begun)
        }))
    })
}

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
    let (mut add, mut wait) = (pollers.add, wait);
    let (begun, (sum, ended)) = thread::scope(|scope| {
        let stage = scope.spawn(move || {
            let mut sum = 0_i64;
            loop {
                let polled = add.poll(|value, _, _| sum = sum.wrapping_add(*value));
                match polled {
                    Ok(Poll::Handled(_)) => {}
                    Ok(Poll::Idle | Poll::Gated) => drop(wait.idle(0)),
                    Err(PollError::Closed(_)) => break (sum, Instant::now()),
                    Err(error) => panic!("the closure does not fail: {error}"),
                }
            }
        });
        let begun = Instant::now();
        let published: Result<(), Closed> =
            (0..events).try_for_each(|value| producer.publish(|event| event.value = value).map(drop));
        drop(producer);
        (published.map(|()| begun), stage.join().expect("it does not panic"))
    });
    running.join().map_err(text)?;
    checked(sum, sum_below(events), begun.map_err(text)?, Some(ended))
}

/// A function that writes an event of the value that it is handed.
pub(super) fn translator<W: Wait + Clone>(events: i64, wait: W) -> Outcome {
    fn fill(event: &mut Value, _: Sequence, value: i64) {
        event.value = value;
    }
    summed!(events, wait, |pipeline| pipeline.run(|producer| {
        let begun = Instant::now();
        for value in 0..events {
            producer.publish_with(fill, (value,))?;
        }
        Ok::<_, Closed>(begun)
    }))
}

/// Nothing to write, and nothing to read but how many there are: LMAX's test is of its sequencer, which has no counterpart here
/// that could be had without a ring.
pub(super) fn raw<const BATCH: i64, W: Wait + Clone>(events: i64, wait: W) -> Outcome {
    let (total, mut ended) = (AtomicI64::new(0), None);
    let mut count = Own::new(&total);
    let pipeline = disruptor! {
        event: ();
        ring: 1 << 16;
        wait: wait.clone();
        producer_wait: wait;
        counter(&[*]) { stop: |_| ended = Some(Instant::now()) } =
            move |there: &[()]| count.fold(|count| count + there.len() as i64);
        < counter >
    };
    let (begun, handlers) = pipeline
        .run(|producer| {
            let begun = Instant::now();
            if BATCH == 1 {
                for _ in 0..events {
                    producer.publish(|()| ())?;
                }
            } else {
                for _ in 0..events / BATCH {
                    producer.publish_batch(BATCH as usize, |_| ())?;
                }
                producer.publish_batch((events % BATCH) as usize, |_| ())?;
            }
            Ok::<_, BatchError>(begun)
        })
        .map_err(text)?;
    drop(handlers);
    checked(total.into_inner(), events, begun.map_err(text)?, ended)
}
