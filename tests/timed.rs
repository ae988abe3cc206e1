//! Publishing with a limit of time: it gives up then and leaves nothing behind, and takes room, and ends, that come earlier.
#![forbid(unsafe_code)]

#[macro_use]
mod common;

use std::thread;
use std::time::{Duration, Instant};

use common::{Gate, until, within};
use disruptor_pipeline::wait::{Idle, Wait};
use disruptor_pipeline::{TimedBatchError, TimedPublishError, TryPublishError, disruptor};

const SHORT: Duration = Duration::from_millis(10);
/// As long as a test may take: what is expected comes before, or the test hangs.
const LONG: Duration = Duration::from_secs(3_600);

/// A pipeline with a ring of 4 whose stage waits at a gate before each event.
macro_rules! held {
    ($producers:ident, $wait:expr, $gate:ident) => {{
        let gate = $gate.clone();
        disruptor! {
            event: i64;
            ring: 4;
            producers: $producers;
            producer_wait: $wait;
            work(&*, sequence) { batch: 1 } = move |value, sequence| {
                gate.pass();
                assert_eq!(*value, sequence, "no sequence is used up by who gives up");
                if *value == 9 { Err("nine") } else { Ok(()) }
            };
            < work >
        }
        .spawn()
        .expect("starts")
    }};
}

macro_rules! gives_up {
    ($producers:ident, $wait:expr) => {
        within("it gives up", move || {
            let gate = Gate::default();
            let (mut producer, running) = held!($producers, $wait, gate);
            // There is room: no time is needed.
            for n in 0..4 {
                assert_eq!(producer.publish_within(Duration::ZERO, |event| *event = n).expect("room"), n);
            }
            for limit in [Duration::ZERO, SHORT] {
                let begun = Instant::now();
                let told = producer.publish_within(limit, |_| panic!("written"));
                let Err(TimedPublishError::Timeout { waited }) = told else { panic!("{told:?}") };
                assert!(limit <= waited && waited <= begun.elapsed());
                let told = producer.publish_batch_within(limit, 2, |_| panic!("written"));
                let Err(TimedBatchError::Timeout { waited }) = told else { panic!("{told:?}") };
                assert!(limit <= waited && waited <= begun.elapsed());
                assert!(told.expect_err("full").to_string().contains("became free in"));
                let told = producer.publish_batch_within(limit, 5, |_| panic!("written"));
                assert!(matches!(told, Err(TimedBatchError::TooLarge(_))), "{told:?}");
                assert_eq!(producer.publish_batch_within(limit, 0, |_| {}).expect("nothing"), 4..4);
            }
            gate.open();
            let write =
                |batch: disruptor_pipeline::Batch<'_, i64>| batch.zip(4..).for_each(|(event, n)| *event = n);
            assert_eq!(producer.publish_batch_within(LONG, 4, write).expect("room"), 4..8);
            assert_eq!(producer.publish_within(Duration::MAX, |event| *event = 8).expect("room"), 8);
            assert_eq!(producer.publish_within(LONG, |event| *event = 9).expect("room"), 9);
            // The stage fails at 9: whoever waits is told.
            let closed = loop {
                match producer.publish_within(LONG, |event| *event = 0) {
                    Ok(_) => {}
                    Err(TimedPublishError::Closed(closed)) => break closed,
                    Err(error) => panic!("{error}"),
                }
            };
            assert_eq!(closed.stage(), Some("work"));
            let told = producer.publish_batch_within(LONG, 1, |_| {});
            assert!(matches!(told, Err(TimedBatchError::Closed(_))), "{told:?}");
            let told = producer.publish_batch_within(LONG, 0, |_| {});
            assert!(matches!(told, Err(TimedBatchError::Closed(_))), "{told:?}");
            running.join().map(drop).expect_err("nine");
        })
    };
}

fn gives_up_single(wait: impl Wait + Clone) {
    gives_up!(single, wait);
}

fn gives_up_multi(wait: impl Wait + Clone) {
    gives_up!(multi, wait);
}

fn is_ended(wait: impl Wait + Clone) {
    within("a wait is ended", move || {
        for end in 0..2 {
            let gate = Gate::default();
            let (mut producer, running) = held!(multi, wait.clone(), gate);
            let monitor = running.monitor();
            (0..4).for_each(|n| assert_eq!(producer.publish(|event| *event = n).expect("open"), n));
            let (mut other, mut alone) = (producer.clone(), producer);
            let waits = [
                thread::spawn(move || alone.publish_within(LONG, |_| panic!("written"))),
                thread::spawn(move || other.publish_within(LONG, |_| panic!("written"))),
            ];
            gate.reached();
            // Some time to park.
            thread::sleep(SHORT);
            if end == 0 {
                monitor.drain()
            } else {
                monitor.halt()
            }
            for waits in waits {
                let told = waits.join().expect("no panic");
                let Err(TimedPublishError::Closed(closed)) = told else { panic!("{told:?}") };
                assert_eq!(closed.is_halted(), end == 1);
            }
            gate.open();
            running.join().map(drop).expect("no stage fails");
            assert_eq!(monitor.published(), 4);
        }
    })
}

under_few_types_of_waits!(gives_up_single gives_up_multi is_ended);

/// Parks with a limit of its own, or without, and never looks by itself.
#[derive(Clone)]
struct Parks(Option<Duration>);

impl Wait for Parks {
    const BLOCKS: bool = true;

    fn idle(&mut self, _: u32) -> Idle {
        Idle::Park(self.0)
    }
}

/// Nobody wakes it: it wakes by itself when the limit has passed, whatever its wait says.
#[test]
fn a_parked_producer_keeps_to_the_limit() {
    for park in [None, Some(LONG), Some(Duration::from_millis(1))] {
        within("a parked producer", move || {
            let gate = Gate::default();
            let wait = Parks(park);
            let (mut producer, running) = held!(multi, wait, gate);
            (0..4).for_each(|n| assert_eq!(producer.publish(|event| *event = n).expect("open"), n));
            let told = producer.publish_within(SHORT, |_| panic!("written"));
            assert!(matches!(told, Err(TimedPublishError::Timeout { .. })), "{told:?}");
            gate.open();
            drop(producer);
            running.join().map(drop).expect("no stage fails");
        });
    }
}

/// Behind a fan-in the limit holds for all the stages together.
#[test]
fn a_producer_behind_several_stages_keeps_to_the_limit() {
    within("several gates", || {
        let gate = Gate::default();
        let held = gate.clone();
        let (a, b, c) = (gate.clone(), gate.clone(), gate);
        let pipeline = disruptor! {
            event: i64;
            ring: 1;
            producer_wait: Blocking::after(0);
            a(sequence) = move |_| a.pass();
            b(sequence) = move |_| b.pass();
            c(sequence) = move |_| c.pass();
            < (a, b, c) >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        producer.publish(|_| {}).expect("open");
        let told = producer.publish_within(SHORT, |_| panic!("written"));
        assert!(matches!(told, Err(TimedPublishError::Timeout { .. })), "{told:?}");
        held.open();
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    });
}

/// With several producers, whoever gives up has taken no place: those behind go on, and no hole is left.
#[test]
fn who_gives_up_holds_up_nobody() {
    within("giving up beside others", || {
        let mut seen: Vec<(i64, i64)> = Vec::new();
        let mut slow = 0_u64;
        let pipeline = disruptor! {
            event: i64;
            ring: 2;
            producers: multi;
            work(&*, sequence) = |value, sequence| {
                (0..200).for_each(|n| slow = std::hint::black_box(slow.wrapping_add(n)));
                seen.push((sequence, *value));
            };
            < work >
        };
        let (published, _) = pipeline
            .run(|producer| {
                thread::scope(|scope| {
                    let threads: Vec<_> = (0..4)
                        .map(|id| {
                            let mut producer = producer.clone();
                            scope.spawn(move || {
                                let mut published = Vec::new();
                                for n in 0..3_000 {
                                    let limit = Duration::from_micros(n % 50);
                                    let value = (id << 32) | n as i64;
                                    match producer.publish_within(limit, |event| *event = value) {
                                        Ok(sequence) => published.push((sequence, value)),
                                        Err(TimedPublishError::Timeout { waited }) => {
                                            assert!(waited >= limit)
                                        }
                                        Err(error) => panic!("{error}"),
                                    }
                                }
                                published
                            })
                        })
                        .collect();
                    threads
                        .into_iter()
                        .flat_map(|thread| thread.join().expect("no panic"))
                        .collect::<Vec<_>>()
                })
            })
            .expect("no stage fails");
        let mut published = published;
        published.sort_unstable();
        assert_eq!(seen, published);
        // Every sequence was used, and used once.
        assert!(seen.into_iter().map(|(sequence, _)| sequence).eq(0..published.len() as i64));
    });
}

/// One waits without a limit and keeps its turn; one with a limit behind it gives up, and both find their places.
#[test]
fn a_limit_beside_one_who_waits_for_ever() {
    within("two waits", || {
        let gate = Gate::default();
        let (mut producer, running) = held!(multi, disruptor_pipeline::wait::Blocking::after(0), gate);
        let monitor = running.monitor();
        let mut patient = producer.clone();
        (0..4).for_each(|n| assert_eq!(producer.publish(|event| *event = n).expect("open"), n));
        let patient = thread::spawn(move || patient.publish(|event| *event = 4).map(drop));
        until("it waits", || monitor.published() == 5);
        assert!(matches!(producer.publish_within(SHORT, |_| {}), Err(TimedPublishError::Timeout { .. })));
        assert!(matches!(producer.try_publish(|_| {}), Err(TryPublishError::Full)));
        gate.open();
        assert_eq!(producer.publish_within(LONG, |event| *event = 5).expect("room"), 5);
        patient.join().expect("no panic").expect("open");
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    });
}
