//! Several producers.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use disruptor::wait_strategies::WaitStrategy;
use disruptor::{Polling, Producer, build_multi_producer, build_single_producer};

use super::{adder, publish};
use crate::arrays::{THREE, add_all, three, three_sum};
use crate::numbers::{shares, sum_below};
use crate::shape::{LARGE, Pause};
use crate::work::{PRODUCERS, Value};
use crate::{Outcome, checked};

pub(super) fn sequencer<const BATCH: i64, W: WaitStrategy + 'static>(events: i64, wait: W) -> Outcome {
    let (last, lasts) = channel();
    let producer = build_multi_producer(LARGE, Value::default, wait).handle_events_with(adder(last)).build();
    let begun = Instant::now();
    thread::scope(|scope| {
        for share in shares(events, PRODUCERS) {
            let mut producer = producer.clone();
            scope.spawn(move || publish::<BATCH>(&mut producer, share));
        }
    });
    drop(producer);
    let (sum, ended) = lasts.recv().expect("a last event");
    checked(sum, sum_below(events), begun, Some(ended))
}

pub(super) fn three_to_three<W: WaitStrategy + 'static, P: Pause>(events: i64, wait: W, pause: P) -> Outcome {
    let (mut producers, mut pollers) = (Vec::new(), Vec::new());
    for _ in 0..PRODUCERS {
        let (poller, builder) = build_single_producer(LARGE, || [0; THREE], wait).new_event_poller();
        producers.push(builder.build());
        pollers.push(poller);
    }
    let (mut sum, mut left) = (0_i64, events);
    let (begun, ended) = thread::scope(|scope| {
        let begun = Instant::now();
        for (share, mut producer) in shares(events, PRODUCERS).zip(producers) {
            scope.spawn(move || share.for_each(|value| producer.publish(|event| *event = three(value))));
        }
        while left > 0 {
            let before = left;
            for poller in &mut pollers {
                match poller.poll() {
                    Ok(mut there) => {
                        for event in &mut there {
                            sum = add_all(sum, event);
                            left -= 1;
                        }
                    }
                    // One whose producer is through.
                    Err(Polling::NoEvents | Polling::Shutdown) => {}
                }
            }
            if left == before {
                pause.pause();
            }
        }
        (begun, Instant::now())
    });
    checked(sum, three_sum(events), begun, Some(ended))
}
