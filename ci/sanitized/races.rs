//! Pipelines whose threads share nothing but the ring, for tools that look for data races: each field is plain memory that one stage
//! writes and others read, and a wrong order is a race, whether or not a test sees it in the values.
//!
//! One producer, no wait that relies on a fence: ThreadSanitizer knows no fences.
#![forbid(unsafe_code)]

use disruptor_pipeline::dynamic::Stage;
use disruptor_pipeline::wait::Yielding;
use disruptor_pipeline::{Builder, Release, Sequence, disruptor};

#[derive(Default)]
struct Event {
    sent: i64,
    left: Vec<i64>,
    right: i64,
    sum: i64,
}

/// How many events each pipeline is sent.
fn events() -> i64 {
    std::env::var("EVENTS").map_or(10_000, |events| events.parse().expect("a number"))
}

macro_rules! diamond {
    ($name:ident, $ring:tt, $wait:expr) => {
        #[test]
        fn $name() {
            let mut sum = 0;
            let pipeline = disruptor! {
                event: Event;
                ring: $ring;
                wait: $wait;
                producer_wait: $wait;
                left(&sent, &mut left) = |sent, left| {
                    left.clear();
                    left.extend([*sent, *sent]);
                };
                right(&sent, &mut right) { batch: 1 } = |sent, right| *right = 2 * sent;
                join(&left, &right, &mut sum) = |left, right, sum| *sum = left.iter().sum::<i64>() + right;
                total(&sum) = |one| sum += one;
                < (left, right) -> join + total >
            };
            let (fed, _) = pipeline
                .run(|producer| {
                    let half = events() / 2;
                    (0..half).try_for_each(|value| producer.publish(|event| event.sent = value).map(drop))?;
                    let rest = (events() - half) as usize;
                    producer.publish_each(rest, |event, index| event.sent = half + index as i64)
                })
                .expect("no stage fails");
            fed.expect("open");
            assert_eq!(sum, 4 * (0..events()).sum::<i64>());
        }
    };
}

diamond!(a_diamond_in_a_ring_of_one, 1, Yielding::default());
diamond!(a_diamond_in_a_ring_of_two, 2, Yielding::default());
diamond!(a_diamond_in_a_ring_of_sixty_four, 64, Yielding::default());
diamond!(a_diamond_that_blocks, 4, Blocking::default());

/// Batches, claims, translators; slices, shards and early release.
#[test]
fn every_way_to_publish_and_to_read() {
    let (mut seen, mut sliced) = (0, 0);
    let pipeline = disruptor! {
        event: Event;
        ring: 8;
        wait: Yielding::default();
        producer_wait: Yielding::default();
        work(&sent, &mut right) { shard: &sent } = |sent, right| *right = *sent;
        letting_go(&right, &mut left) = |right, left| {
            left.clear();
            left.push(*right);
            Ok::<_, std::convert::Infallible>(Release::Now)
        };
        slices(&[*]) = |events| sliced += events.iter().map(|event| event.left[0]).sum::<i64>();
        each(&*) = |event| seen += event.right;
        < [work; 2] -> letting_go -> (slices, each) >
    };
    let rounds = events() / 4;
    let fill = |event: &mut Event, _: Sequence, value: i64| event.sent = value;
    pipeline
        .run(|producer| {
            for value in (0..rounds).map(|round| 4 * round) {
                producer.publish_with(fill, (value,)).expect("open");
                producer.publish_batch_with(fill, [(value + 1,), (value + 2,)]).expect("open");
                producer.claim(2).expect("open").abort();
                let mut claim = producer.claim(1).expect("open");
                claim[0].sent = value + 3;
                claim.publish();
            }
        })
        .expect("no stage fails");
    let expected = (0..4 * rounds).sum::<i64>();
    assert_eq!((seen, sliced), (expected, expected));
}

/// The same words, reached through boxes.
#[test]
fn stages_that_are_known_at_run_time() {
    let mut builder = Builder::single(4, || (0_i64, 0_i64));
    builder.wait(Yielding::default()).producer_wait(Yielding::default());
    builder
        .handle_events_with([Stage::writing("double", |event: &mut (i64, i64)| event.1 = 2 * event.0)])
        .then(["left", "right"].map(|name| {
            let mut sum = 0;
            Stage::new(name, move |event: &(i64, i64), n: Sequence, _: bool| {
                sum += event.1;
                assert_eq!(sum, n * (n + 1));
            })
        }));
    let (mut producer, running) = builder.build().expect("a graph").spawn().expect("starts");
    for value in 0..events() {
        producer.publish(|event| event.0 = value).expect("open");
    }
    drop(producer);
    running.join().expect("no stage fails");
}
