//! Pipelines that are built at run time: pollers that are dropped, stages that are removed and added, while events flow.
//!
//! Used as anybody would, by what the crate exports. Bounds: a ring of two, three events, two members of which one leaves or comes;
//! the pipeline's start is not searched. All waits park: a wake-up that goes to a place where nobody waits any more is a thread that
//! waits for ever.

use std::time::Duration;

use super::{Event, check};
use crate::dynamic::{Builder, OnDrop, Poll, PollError, Poller, Stage};
use crate::sync::thread;
use crate::wait::Blocking;

/// Time does not pass in a model.
const FOR_EVER: Duration = Duration::from_secs(1 << 32);

fn parks() -> Blocking {
    Blocking::after(0)
}

fn builder() -> Builder<Event> {
    let mut builder = Builder::single(super::RING, Event::default);
    builder.room_for(3).wait(parks()).producer_wait(parks());
    builder
}

/// Polls until there are no more events, or until it has so many.
fn poll(poller: &mut Poller<Event>, most: usize) -> Vec<u64> {
    let mut seen = Vec::new();
    while seen.len() < most {
        match poller.poll_within(FOR_EVER, |event, _, _| seen.push(event.get())) {
            Ok(Poll::Handled(_)) => {}
            Ok(nothing) => panic!("{nothing:?}: time has passed"),
            Err(PollError::Closed(_)) => break,
            Err(error) => panic!("{error}"),
        }
    }
    seen
}

/// The producer waits on both; one is dropped before it has handled anything, and it goes on with the other.
#[test]
fn a_poller_that_is_released_holds_back_nobody() {
    check(1, || {
        loom::stop_exploring();
        let mut builder = builder();
        builder.handle_events_with(["stays", "leaves"].map(|name| Stage::poller(name, OnDrop::Release)));
        let built = builder.build().expect("it is right");
        let (mut producer, running, mut pollers) = built.spawn_with_pollers().expect("it starts");
        let mut stays = pollers.take("stays").expect("it is there");
        let leaves = pollers.take("leaves").expect("it is there");
        loom::explore();
        let left = thread::spawn(move || drop(leaves));
        let stayed = thread::spawn(move || poll(&mut stays, usize::MAX));
        for value in 1..=3 {
            producer.publish(|event| event.set(value)).expect("it is open");
        }
        drop(producer);
        assert_eq!(stayed.join().expect("no panic"), [1, 2, 3]);
        left.join().expect("no panic");
        drop(running);
    });
}

/// One waits on the other, which is dropped: it goes on behind the producer.
#[test]
fn those_behind_a_released_poller_wait_on_the_producer() {
    check(2, || {
        loom::stop_exploring();
        let mut builder = builder();
        builder
            .handle_events_with([Stage::poller("leaves", OnDrop::Release)])
            .then([Stage::poller("behind", OnDrop::Release)]);
        let built = builder.build().expect("it is right");
        let (mut producer, running, mut pollers) = built.spawn_with_pollers().expect("it starts");
        let mut behind = pollers.take("behind").expect("it is there");
        let mut leaves = pollers.take("leaves").expect("it is there");
        loom::explore();
        let seen = thread::spawn(move || poll(&mut behind, usize::MAX));
        let left = thread::spawn(move || poll(&mut leaves, 1));
        for value in 1..=2 {
            producer.publish(|event| event.set(value)).expect("it is open");
        }
        drop(producer);
        assert_eq!(seen.join().expect("no panic"), [1, 2]);
        assert!([1, 2].starts_with(&left.join().expect("no panic")));
        drop(running);
    });
}

/// The other way to leave: the pipeline ends.
#[test]
fn a_poller_that_ends_the_pipeline_ends_its_producer() {
    check(2, || {
        loom::stop_exploring();
        let mut builder = builder();
        builder.handle_events_with([Stage::poller("ends", OnDrop::End)]);
        let built = builder.build().expect("it is right");
        let (mut producer, running, mut pollers) = built.spawn_with_pollers().expect("it starts");
        let mut ends = pollers.take("ends").expect("it is there");
        loom::explore();
        let seen = thread::spawn(move || poll(&mut ends, 1));
        let refused = (1..).find_map(|value| producer.publish(|event| event.set(value)).err());
        assert!(refused.expect("in the end").failure().is_none());
        assert!(seen.join().expect("no panic").starts_with(&[1]));
        drop(running);
    });
}

/// Nobody polls, so that nothing but the close ends the producer's wait.
#[test]
fn a_drain_ends_a_producer_that_waits_for_a_poller() {
    check(2, || {
        loom::stop_exploring();
        let mut builder = builder();
        builder.handle_events_with([Stage::poller("idles", OnDrop::Release)]);
        let built = builder.build().expect("it is right");
        let (mut producer, running, mut pollers) = built.spawn_with_pollers().expect("it starts");
        let idles = pollers.take("idles").expect("it is there");
        let monitor = running.monitor();
        loom::explore();
        let drains = thread::spawn(move || monitor.drain());
        let published = (1..=3).take_while(|&value| producer.publish(|event| event.set(value)).is_ok());
        assert!(published.count() <= 2);
        drains.join().expect("no panic");
        drop((producer, idles));
        drop(running);
    });
}

/// A stage is removed while the producer is parked at it, or about to be; the other one is polled by the producer's thread.
#[test]
fn a_stage_that_is_removed_holds_back_nobody() {
    check(1, || {
        loom::stop_exploring();
        let mut builder = builder();
        builder.handle_events_with([
            Stage::poller("stays", OnDrop::Release),
            Stage::new("leaves", |_: &Event, _: i64, _: bool| ()),
        ]);
        let built = builder.build().expect("it is right");
        let stages = built.stages();
        let (mut producer, running, mut pollers) = built.spawn_with_pollers().expect("it starts");
        let mut stays = pollers.take("stays").expect("it is there");
        loom::explore();
        let removed = thread::spawn(move || stages.remove("leaves").map(drop));
        for value in 1..=2 {
            producer.publish(|event| event.set(value)).expect("it is open");
        }
        assert_eq!(poll(&mut stays, 2), [1, 2]);
        producer.publish(|event| event.set(3)).expect("it is open");
        drop(producer);
        assert_eq!(poll(&mut stays, usize::MAX), [3]);
        removed.join().expect("no panic").expect("it is there");
        loom::stop_exploring();
        running.join().map(drop).expect("no stage fails");
    });
}

/// A stage is removed while it is parked, or about to be, and nothing flows that could wake it.
#[test]
fn a_stage_that_idles_can_be_removed() {
    check(2, || {
        loom::stop_exploring();
        let mut builder = builder();
        builder.handle_events_with([
            Stage::poller("stays", OnDrop::Release),
            Stage::new("leaves", |_: &Event, _: i64, _: bool| ()),
        ]);
        let built = builder.build().expect("it is right");
        let stages = built.stages();
        let (producer, running, pollers) = built.spawn_with_pollers().expect("it starts");
        loom::explore();
        stages.remove("leaves").map(drop).expect("it is there");
        loom::stop_exploring();
        drop((producer, pollers));
        running.join().map(drop).expect("no stage fails");
    });
}

/// A poller that joins gets every event from the sequence on that it was promised, and none is overwritten before it has it.
#[test]
fn one_that_is_added_gets_every_event_from_there_on() {
    check(1, || {
        loom::stop_exploring();
        let mut builder = builder();
        builder.handle_events_with([Stage::poller("was there", OnDrop::Release)]);
        let built = builder.build().expect("it is right");
        let stages = built.stages();
        let (mut producer, running, mut pollers) = built.spawn_with_pollers().expect("it starts");
        let mut was_there = pollers.take("was there").expect("it is there");
        loom::explore();
        let added = thread::spawn(move || match stages.poller("comes", OnDrop::Release) {
            Ok(mut comes) => {
                let from = comes.next_sequence() as usize;
                (from, poll(&mut comes, usize::MAX))
            }
            // The stream has ended before.
            Err(_) => (3, vec![]),
        });
        let seen = thread::spawn(move || poll(&mut was_there, usize::MAX));
        for value in 1..=3 {
            producer.publish(|event| event.set(value)).expect("it is open");
        }
        drop(producer);
        assert_eq!(seen.join().expect("no panic"), [1, 2, 3]);
        let (from, came) = added.join().expect("no panic");
        assert_eq!(came, [1, 2, 3][from..]);
        drop(running);
    });
}
