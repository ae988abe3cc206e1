//! Stages and pollers that come and go while events flow.

use std::time::Duration;

use disruptor_runtime::dynamic::{Builder, OnDrop, Poll, PollError, Stage};
use shuttle::thread;

use super::explore::explore;
use super::{Event, Keeps, check_complete, parks};

const EVENTS: u64 = 8;

/// Time does not pass.
const FOR_EVER: Duration = Duration::from_secs(1 << 32);

fn event(number: u64) -> Event {
    Event { producer: 0, number, doubled: 0 }
}

/// Those that stay have every event; those that come have all from the sequence on that they were promised.
#[test]
fn stages_come_and_go() {
    explore("stages_come_and_go", || {
        let mut builder = Builder::single(4, Event::default);
        builder.room_for(4).wait(parks()).producer_wait(parks());
        builder.handle_events_with([Stage::new("stays", Keeps(vec![])), Stage::new("goes", Keeps(vec![]))]);
        let built = builder.build().expect("it is right");
        let stages = built.stages();
        let (mut producer, running) = built.spawn().expect("it starts");
        let changes = thread::spawn(move || {
            let from = stages.add_after(["stays"], Stage::new("comes", Keeps(vec![])));
            let gone = stages.remove("goes").map(|mut handlers| handlers.take::<Keeps>("goes"));
            (from.ok(), gone)
        });
        for number in 0..EVENTS {
            producer.publish(|slot| *slot = event(number)).expect("it is open");
        }
        drop(producer);
        let (from, gone) = changes.join().expect("no panic");
        let mut handlers = running.join().expect("no stage fails");
        check_complete(&handlers.take::<Keeps>("stays").expect("it is there").0, 1, EVENTS, false);
        if let Some(from) = from {
            let seen = handlers.take::<Keeps>("comes").expect("it came").0;
            assert_eq!(seen, (from as u64..EVENTS).map(event).collect::<Vec<_>>());
        }
        // The pipeline may have ended before it could be removed.
        if let Ok(Some(gone)) = gone {
            assert_eq!(gone.0, (0..gone.0.len() as u64).map(event).collect::<Vec<_>>());
        }
    });
}

/// A poller between two stages is dropped in the middle: those behind it get every event all the same.
#[test]
fn a_poller_goes_from_between_two() {
    explore("a_poller_goes_from_between_two", || {
        let mut builder = Builder::single(4, Event::default);
        builder.room_for(3).wait(parks()).producer_wait(parks());
        builder
            .handle_events_with([Stage::new("before", Keeps(vec![]))])
            .then([Stage::poller("between", OnDrop::Release)])
            .then([Stage::new("behind", Keeps(vec![]))]);
        let built = builder.build().expect("it is right");
        let (mut producer, running, mut pollers) = built.spawn_with_pollers().expect("it starts");
        let mut between = pollers.take("between").expect("it is there");
        drop(pollers);
        let polls = thread::spawn(move || {
            let mut seen = Vec::new();
            while seen.len() < 3 {
                match between.poll_within(FOR_EVER, |event, _, _| seen.push(*event)) {
                    Ok(Poll::Handled(_)) => {}
                    Ok(nothing) => panic!("{nothing:?}: time has passed"),
                    Err(PollError::Closed(_)) => break,
                    Err(error) => panic!("{error}"),
                }
            }
            seen
        });
        for number in 0..EVENTS {
            producer.publish(|slot| *slot = event(number)).expect("it is open");
        }
        drop(producer);
        let polled = polls.join().expect("no panic");
        assert_eq!(polled, (0..polled.len() as u64).map(event).collect::<Vec<_>>());
        let mut handlers = running.join().expect("no stage fails");
        for stage in ["before", "behind"] {
            check_complete(&handlers.take::<Keeps>(stage).expect("it is there").0, 1, EVENTS, false);
        }
    });
}
