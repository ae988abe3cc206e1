//! How pipelines end: a failure in the middle, a drain, a halt, claims that are given up on the way.

use disruptor_runtime::dynamic::{Builder, Many, Stage};
use disruptor_runtime::{Closed, Handler, HandlerResult};
use shuttle::thread;

use super::explore::explore;
use super::{Event, Keeps, check_complete, parks};

/// Fails at its fourth event.
struct Fails(u64);

impl Handler<Event> for Fails {
    fn on_event(&mut self, _: &Event, _: i64, _: bool) -> HandlerResult {
        self.0 += 1;
        if self.0 == 4 { Err("the fourth".into()) } else { Ok(()) }
    }
}

fn builder() -> Builder<Event, Many> {
    let mut builder = Builder::multi(4, Event::default);
    builder.room_for(4).wait(parks()).producer_wait(parks());
    builder
}

/// Publishes until it is refused; how many it got published, and why no more.
macro_rules! until_refused {
    ($producer:expr, $number:expr) => {{
        let (mut producer, of, mut number) = ($producer, $number, 0);
        let refused: Closed = loop {
            match producer.publish(|event| *event = Event { producer: of, number, doubled: 0 }) {
                Ok(_) => number += 1,
                Err(closed) => break closed,
            }
        };
        (number, refused)
    }};
}

#[test]
fn a_failure_in_the_middle_ends_all() {
    explore("a_failure_in_the_middle_ends_all", || {
        let mut builder = builder();
        builder
            .handle_events_with([Stage::new("before", Keeps(vec![]))])
            .then([Stage::new("fails", Fails(0)), Stage::new("beside", Keeps(vec![]))])
            .then([Stage::new("behind", Keeps(vec![]))]);
        let (first, running) = builder.build().expect("it is right").spawn().expect("it starts");
        let second = first.clone();
        let other = thread::spawn(move || until_refused!(second, 1));
        let (own, refused) = until_refused!(first, 0);
        assert!(refused.failure().is_some(), "{refused}");
        let (theirs, refused) = other.join().expect("no panic");
        assert!(refused.failure().is_some(), "{refused}");
        let (mut handlers, ended) = running.finish();
        assert_eq!(ended.expect_err("it failed").stage(), "fails");
        // Those before drain: what was granted is handled.
        assert!(handlers.take::<Keeps>("before").expect("it is there").0.len() as u64 <= own + theirs);
        // Those behind end before the event that failed.
        assert!(handlers.take::<Keeps>("behind").expect("it is there").0.len() <= 3);
    });
}

/// How many events a producer has that somebody else is to stop: a scheduler need not let that one come in time.
const AT_MOST: u64 = 12;

/// Publishes until it is refused, or has no more; how many it got published, and whether it was refused since all is halted.
macro_rules! up_to {
    ($producer:expr, $number:expr) => {{
        let (mut producer, of, mut number) = ($producer, $number, 0);
        loop {
            if number == AT_MOST {
                break (number, true);
            }
            match producer.publish(|event| *event = Event { producer: of, number, doubled: 0 }) {
                Ok(_) => number += 1,
                Err(closed) => break (number, closed.is_halted()),
            }
        }
    }};
}

#[test]
fn a_drain_handles_what_was_granted() {
    explore("a_drain_handles_what_was_granted", || {
        let mut builder = builder();
        builder
            .handle_events_with([Stage::new("before", Keeps(vec![]))])
            .then([Stage::new("behind", Keeps(vec![]))]);
        let (first, running) = builder.build().expect("it is right").spawn().expect("it starts");
        let second = first.clone();
        let one = thread::spawn(move || up_to!(first, 0).0);
        let other = thread::spawn(move || up_to!(second, 1).0);
        let mut handlers = running.drain().expect("no stage fails");
        let published = [one, other].map(|thread| thread.join().expect("no panic"));
        for stage in ["before", "behind"] {
            let seen = handlers.take::<Keeps>(stage).expect("it is there").0;
            for (producer, each) in (0..).zip(published) {
                let of_it: Vec<_> = seen.iter().filter(|event| event.producer == producer).copied().collect();
                let numbers: Vec<_> = of_it.iter().map(|event| event.number).collect();
                assert_eq!(numbers, (0..each).collect::<Vec<_>>(), "{stage} of {producer}");
            }
        }
    });
}

#[test]
fn a_halt_ends_all() {
    explore("a_halt_ends_all", || {
        let mut builder = builder();
        builder
            .handle_events_with([Stage::new("before", Keeps(vec![]))])
            .then([Stage::new("behind", Keeps(vec![]))]);
        let (first, running) = builder.build().expect("it is right").spawn().expect("it starts");
        let second = first.clone();
        let one = thread::spawn(move || up_to!(first, 0).1);
        let other = thread::spawn(move || up_to!(second, 1).1);
        drop(running.halt().expect("no stage fails"));
        assert!(one.join().expect("no panic") && other.join().expect("no panic"));
    });
}

/// Every second claim of one producer is given up.
#[test]
fn holes_are_left_out_by_all() {
    explore("holes_are_left_out_by_all", || {
        let mut builder = builder();
        builder
            .handle_events_with([Stage::new("before", Keeps(vec![]))])
            .then([Stage::new("left", Keeps(vec![])), Stage::new("right", Keeps(vec![]))]);
        let (mut first, running) = builder.build().expect("it is right").spawn().expect("it starts");
        let mut second = first.clone();
        let gives_up = thread::spawn(move || {
            for number in 0..3 {
                let mut claim = second.claim(2).expect("it is open");
                claim[0].producer = 99;
                claim[1].producer = 99;
                drop(claim);
                second
                    .publish(|event| *event = Event { producer: 1, number, doubled: 0 })
                    .expect("it is open");
            }
        });
        for number in 0..3 {
            first.publish(|event| *event = Event { producer: 0, number, doubled: 0 }).expect("it is open");
        }
        drop(first);
        gives_up.join().expect("no panic");
        let mut handlers = running.join().expect("no stage fails");
        for stage in ["before", "left", "right"] {
            check_complete(&handlers.take::<Keeps>(stage).expect("it is there").0, 2, 3, false);
        }
    });
}
