//! One producer, one stage.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use disruptor::wait_strategies::WaitStrategy;
use disruptor::{Polling, ProcessorSettings, Producer, build_single_producer};

use super::{adder, folder, publish};
use crate::arrays::{LONGS, add_all, fill, long_sum};
use crate::numbers::sum_below;
use crate::pinned::apart;
use crate::shape::{FEW, LARGE, Pause};
use crate::work::Value;
use crate::{Outcome, checked};

pub(super) fn unicast<const BATCH: i64, W: WaitStrategy + 'static>(events: i64, wait: W) -> Outcome {
    let (last, lasts) = channel();
    let mut producer =
        build_single_producer(LARGE, Value::default, wait).handle_events_with(adder(last)).build();
    let begun = Instant::now();
    publish::<BATCH>(&mut producer, 0..events);
    drop(producer);
    let (sum, ended) = lasts.recv().expect("a last event");
    checked(sum, sum_below(events), begun, Some(ended))
}

/// Both threads pinned: first the stage, since the builder knows no core but those that its own thread may use.
pub(super) fn pinned<const BATCH: i64, W: WaitStrategy + 'static>(events: i64, wait: W) -> Outcome {
    apart(move |cores| {
        let (last, lasts) = channel();
        let mut producer = build_single_producer(LARGE, Value::default, wait)
            .pin_at_core(cores.stage())
            .handle_events_with(adder(last))
            .build();
        cores.pin_producer();
        let begun = Instant::now();
        publish::<BATCH>(&mut producer, 0..events);
        drop(producer);
        let (sum, ended) = lasts.recv().expect("a last event");
        checked(sum, sum_below(events), begun, Some(ended))
    })
}

pub(super) fn poller<W: WaitStrategy + 'static, P: Pause>(events: i64, wait: W, pause: P) -> Outcome {
    let (mut poller, builder) = build_single_producer(LARGE, Value::default, wait).new_event_poller();
    let mut producer = builder.build();
    let (begun, (sum, ended)) = thread::scope(|scope| {
        let stage = scope.spawn(move || {
            let (mut sum, mut left) = (0_i64, events);
            let mut ended = None;
            loop {
                match poller.poll() {
                    Ok(mut there) => {
                        for event in &mut there {
                            sum = sum.wrapping_add(event.value);
                            left -= 1;
                        }
                        if left == 0 {
                            ended = Some(Instant::now());
                        }
                    }
                    Err(Polling::NoEvents) => pause.pause(),
                    Err(Polling::Shutdown) => break (sum, ended),
                }
            }
        });
        let begun = Instant::now();
        publish::<1>(&mut producer, 0..events);
        drop(producer);
        (begun, stage.join().expect("it does not panic"))
    });
    checked(sum, sum_below(events), begun, ended)
}

pub(super) fn raw<const BATCH: i64, W: WaitStrategy + 'static>(events: i64, wait: W) -> Outcome {
    let (last, lasts) = channel();
    let count = folder(0, last, |count, (): &()| count + 1);
    let mut producer = build_single_producer(LARGE, || (), wait).handle_events_with(count).build();
    let begun = Instant::now();
    if BATCH == 1 {
        for _ in 0..events {
            producer.publish(|()| ());
        }
    } else {
        for _ in 0..events / BATCH {
            producer.batch_publish(BATCH as usize, drop);
        }
        for _ in 0..events % BATCH {
            producer.publish(|()| ());
        }
    }
    drop(producer);
    let (count, ended) = lasts.recv().expect("a last event");
    checked(count, events, begun, Some(ended))
}

pub(super) fn long_array<W: WaitStrategy + 'static>(events: i64, wait: W) -> Outcome {
    let (last, lasts) = channel();
    let add = folder(0, last, add_all::<LONGS>);
    let mut producer = build_single_producer(FEW, || [0; LONGS], wait).handle_events_with(add).build();
    let begun = Instant::now();
    for value in 0..events {
        producer.publish(|event| fill(event, value));
    }
    drop(producer);
    let (sum, ended) = lasts.recv().expect("a last event");
    checked(sum, long_sum(events), begun, Some(ended))
}
