//! Events through graphs: a diamond, a shard, and both declared and built.

use disruptor_runtime::dynamic::{Builder, Stage};
use shuttle::thread;

use super::explore::explore;
use super::{Event, Keeps, check_complete, parks};

const EACH: u64 = 5;

/// Publishes its events one by one, and two at once in the middle.
macro_rules! feed {
    ($producer:expr, $number:expr) => {{
        let (mut producer, of) = ($producer, $number);
        producer.publish(|event| *event = Event { producer: of, number: 0, doubled: 0 }).expect("it is open");
        let pair = producer.publish_batch(2, |events| {
            for (event, number) in events.zip(1..) {
                *event = Event { producer: of, number, doubled: 0 };
            }
        });
        pair.expect("it is open");
        for number in 3..EACH {
            producer
                .publish(|event| *event = Event { producer: of, number, doubled: 0 })
                .expect("it is open");
        }
    }};
}

#[test]
fn a_diamond_of_two_producers() {
    explore("a_diamond_of_two_producers", || {
        let mut builder = Builder::multi(4, Event::default);
        builder.room_for(4).wait(parks()).producer_wait(parks());
        builder
            .handle_events_with([Stage::writing("double", |event: &mut Event| {
                event.doubled = 2 * event.number
            })])
            .then([Stage::new("left", Keeps(vec![])), Stage::new("right", Keeps(vec![]))])
            .then([Stage::new("end", Keeps(vec![]))]);
        let (first, running) = builder.build().expect("it is right").spawn().expect("it starts");
        let second = first.clone();
        let other = thread::spawn(move || feed!(second, 1));
        feed!(first, 0);
        other.join().expect("no panic");
        let mut handlers = running.join().expect("no stage fails");
        for stage in ["left", "right", "end"] {
            check_complete(&handlers.take::<Keeps>(stage).expect("it is there").0, 2, EACH, true);
        }
    });
}

#[test]
fn a_shard_before_a_stage() {
    explore("a_shard_before_a_stage", || {
        let mut builder = Builder::multi(4, Event::default);
        builder.room_for(3).wait(parks()).producer_wait(parks());
        builder
            .handle_events_with([
                Stage::pool("work", [Keeps(vec![]), Keeps(vec![])]).by_key(|event: &Event| event.producer)
            ])
            .then([Stage::new("end", Keeps(vec![]))]);
        let (first, running) = builder.build().expect("it is right").spawn().expect("it starts");
        let second = first.clone();
        let other = thread::spawn(move || feed!(second, 1));
        feed!(first, 0);
        other.join().expect("no panic");
        let mut handlers = running.join().expect("no stage fails");
        check_complete(&handlers.take::<Keeps>("end").expect("it is there").0, 2, EACH, false);
        let workers = handlers.take_workers::<Keeps>("work").expect("they are there");
        let all: Vec<_> = workers.into_iter().flat_map(|worker| worker.0).collect();
        check_complete(&all, 2, EACH, false);
    });
}

/// The same graph as the macro expands it: other memory, other barriers.
#[test]
fn a_declared_diamond_with_a_shard() {
    explore("a_declared_diamond_with_a_shard", || {
        let keeps = Keeps(vec![]);
        let pipeline = disruptor_pipeline::disruptor! {
            event: Event;
            ring: 4;
            producers: multi;
            wait: parks();
            producer_wait: parks();
            double(&number, &mut doubled) = |number, doubled| *doubled = 2 * number;
            work { shard: &producer } = |_event: &Event, _sequence, _end| ();
            keeps = keeps;
            < double -> ([work; 2], look) -> keeps >
        };
        let (first, running) = pipeline.spawn().expect("it starts");
        let second = first.clone();
        let other = thread::spawn(move || feed!(second, 1));
        feed!(first, 0);
        other.join().expect("no panic");
        let handlers = running.join().expect("no stage fails");
        check_complete(&handlers.keeps.0, 2, EACH, true);
    });
}

fn look(_: &Event, _: i64, _: bool) {}
