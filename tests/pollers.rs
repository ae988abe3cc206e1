//! Stages that a thread of the user's drives: what a poll commits, where pollers may stand, and how they end.
#![forbid(unsafe_code)]

mod common;

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{until, within};
use disruptor_pipeline::dynamic::{
    DynamicProducer, Handlers, OnDrop, Poll, PollError, Poller, Pollers, Stage,
};
use disruptor_pipeline::wait::Blocking;
use disruptor_pipeline::{Builder, Running, Sequence, SpawnError, TryPublishError};

type Spawned<P> = (DynamicProducer<i64, P>, Running<Handlers>, Pollers<i64, P>);

/// Counts events, and checks that each is the next.
fn counting(name: &str, count: &Arc<AtomicI64>) -> Stage<i64> {
    let count = Arc::clone(count);
    Stage::new(name, move |event: &i64, sequence: Sequence, _: bool| {
        assert_eq!(*event, sequence);
        assert_eq!(count.fetch_add(1, Ordering::AcqRel), sequence);
    })
}

/// A poller alone.
fn alone(ring: usize, on_drop: OnDrop) -> Spawned<disruptor_pipeline::dynamic::One> {
    let mut builder = Builder::single(ring, i64::default);
    builder.handle_events_with([Stage::poller("poller", on_drop)]);
    builder.build().expect("it is right").spawn_with_pollers().expect("it starts")
}

/// Polls until the end, and gives the events.
fn rest<P>(poller: &mut Poller<i64, P>) -> (Vec<i64>, PollError)
where
    P: disruptor_pipeline::dynamic::Publication + 'static,
{
    let mut seen = Vec::new();
    loop {
        match poller.poll_within(Duration::from_millis(100), |event, _, _| seen.push(*event)) {
            Ok(_) => {}
            Err(error) => return (seen, error),
        }
    }
}

#[test]
fn what_a_poll_has_handled_is_committed_and_no_more() {
    within("prefix commit", || {
        let (mut producer, running, mut pollers) = alone(8, OnDrop::Release);
        let mut poller = pollers.take("poller").expect("it is there");
        assert!(pollers.take("poller").is_none());
        assert_eq!(poller.poll(|_, _, _| ()).expect("it is open"), Poll::Idle);
        for value in 0..8 {
            producer.publish(|event| *event = value).expect("there is room");
        }
        // Stops behind the third.
        let mut seen = Vec::new();
        let polled = poller.poll(|event, sequence, end| {
            seen.push((*event, sequence, end));
            if *event == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(polled.expect("it is open"), Poll::Handled(3));
        assert_eq!(seen, [(0, 0, false), (1, 1, false), (2, 2, false)]);
        assert_eq!((poller.next_sequence(), producer.free_slots()), (3, 3));
        // Fails at the fifth: the fourth is handled.
        let failed = poller.poll(|event, _, _| if *event == 4 { Err("no") } else { Ok(()) });
        let Err(PollError::Failed { poller: "poller", sequence: 4, error }) = failed else {
            panic!("{failed:?}")
        };
        assert_eq!((error.to_string(), poller.next_sequence()), ("no".to_owned(), 4));
        // Panics at the sixth: the fifth is handled, which comes again.
        let panicked =
            catch_unwind(AssertUnwindSafe(|| poller.poll(|event, _, _| assert!(*event != 5, "five"))));
        assert!(panicked.is_err());
        assert_eq!((poller.next_sequence(), producer.free_slots()), (5, 5));
        // At most two, with an end of their own.
        let mut ends = Vec::new();
        let polled = poller.take(2).poll(|event, _, end| ends.push((*event, end))).expect("it is open");
        assert_eq!((polled, &ends[..]), (Poll::Handled(2), &[(5, false), (6, true)][..]));
        assert_eq!(poller.take(0).poll(|_, _, _| ()).expect("it is open"), Poll::Gated);
        drop(producer);
        let (seen, error) = rest(&mut poller);
        assert_eq!(seen, [7]);
        let PollError::Closed(closed) = error else { panic!("{error}") };
        assert!(closed.failure().is_none() && !closed.is_halted());
        drop((poller, pollers));
        running.join().expect("nothing failed");
    });
}

#[test]
fn a_poller_stands_between_stages() {
    within("in the middle", || {
        let (before, behind) = (Arc::default(), Arc::default());
        let mut builder = Builder::single(16, i64::default);
        builder
            .handle_events_with([counting("before", &before)])
            .then([Stage::poller("poller", OnDrop::Release)])
            .then([counting("behind", &behind)]);
        let built = builder.build().expect("it is right");
        assert!(built.topology().to_text().contains("producer -> before -> poller -> behind"));
        let (mut producer, running, mut pollers) = built.spawn_with_pollers().expect("it starts");
        let mut poller = pollers.take("poller").expect("it is there");
        let feeder = thread::spawn(move || {
            for value in 0..10_000 {
                producer.publish(|event| *event = value).expect("nothing fails");
            }
        });
        let mut next = 0;
        loop {
            let polled = poller.poll_within(Duration::from_millis(50), |event, sequence, _| {
                assert_eq!((*event, sequence), (next, next));
                assert!(before.load(Ordering::Acquire) > next, "the stage before has not handled it");
                assert!(behind.load(Ordering::Acquire) <= next, "the stage behind was not held back");
                next += 1;
            });
            if polled.is_err() {
                break;
            }
        }
        feeder.join().expect("nothing fails");
        running.join().expect("nothing failed");
        assert_eq!((next, behind.load(Ordering::Acquire)), (10_000, 10_000));
    });
}

/// Defect 6 of the peers: the ring fills for ever.
#[test]
fn a_poller_that_is_dropped_holds_nobody_back() {
    within("released", || {
        // The only one of all.
        let (mut producer, running, mut pollers) = alone(8, OnDrop::Release);
        let mut poller = pollers.take("poller").expect("it is there");
        for value in 0..8 {
            producer.publish(|event| *event = value).expect("there is room");
        }
        assert_eq!(poller.take(3).poll(|_, _, _| ()).expect("it is open"), Poll::Handled(3));
        drop(poller);
        for value in 8..1_000 {
            producer.publish(|event| *event = value).expect("nobody holds it back");
        }
        drop(producer);
        running.join().expect("nothing failed");

        // Beside a stage, with a producer that waits for room.
        let count = Arc::default();
        let mut builder = Builder::single(8, i64::default);
        builder.wait(Blocking::default()).producer_wait(Blocking::default());
        builder.handle_events_with([counting("count", &count), Stage::poller("poller", OnDrop::Release)]);
        let (mut producer, running, pollers) =
            builder.build().expect("it is right").spawn_with_pollers().expect("it starts");
        let feeder = thread::spawn(move || {
            for value in 0..1_000 {
                producer.publish(|event| *event = value).expect("nothing fails");
            }
        });
        until("the ring is full", || count.load(Ordering::Acquire) == 8);
        drop(pollers);
        feeder.join().expect("nothing fails");
        running.join().expect("nothing failed");
        assert_eq!(count.load(Ordering::Acquire), 1_000);
    });
}

#[test]
fn those_behind_a_released_poller_go_on() {
    within("released in the middle", || {
        for after in [None, Some("before")] {
            let (before, behind) = (Arc::default(), Arc::default());
            let mut builder = Builder::single(8, i64::default);
            builder.wait(Blocking::default());
            builder.handle_events_with([counting("before", &before)]);
            builder
                .after(after)
                .then([Stage::poller("one", OnDrop::Release), Stage::poller("other", OnDrop::Release)]);
            builder.after(["one"]).then([Stage::poller("chained", OnDrop::Release)]);
            builder.after(["chained", "other"]).then([counting("behind", &behind)]);
            let built = builder.build().expect("it is right");
            let stages = built.stages();
            let (mut producer, running, mut pollers) = built.spawn_with_pollers().expect("it starts");
            for value in 0..8 {
                producer.publish(|event| *event = value).expect("there is room");
            }
            let mut one = pollers.take("one").expect("it is there");
            let mut chained = pollers.take("chained").expect("it is there");
            assert_eq!(chained.poll(|_, _, _| ()).expect("it is open"), Poll::Gated);
            let mut first = 0;
            while first < 2 {
                if let Poll::Handled(some) = one.take(2 - first).poll(|_, _, _| ()).expect("it is open") {
                    first += some;
                }
            }
            until("and passed on", || before.load(Ordering::Acquire) == 8);
            assert_eq!(chained.take(1).poll(|_, _, _| ()).expect("it is open"), Poll::Handled(1));
            assert_eq!(behind.load(Ordering::Acquire), 0);
            drop(one);
            drop(pollers.take("other"));
            until("the stage behind goes on", || behind.load(Ordering::Acquire) == 1);
            // What it had seen before the release, and then what is there.
            assert_eq!(chained.take(3).poll(|_, _, _| ()).expect("it is open"), Poll::Handled(1));
            assert_eq!(chained.take(2).poll(|_, _, _| ()).expect("it is open"), Poll::Handled(2));
            until("the stage behind goes on", || behind.load(Ordering::Acquire) == 4);
            drop(chained);
            for value in 8..1_000 {
                producer.publish(|event| *event = value).expect("nobody holds it back");
            }
            let rows: Vec<_> = stages.topology().stages.iter().map(|row| (row.name, row.after)).collect();
            let expected: &[usize] = if after.is_some() { &[0] } else { &[] };
            assert_eq!(rows, [("before", &[][..]), ("behind", expected)]);
            drop(producer);
            running.join().expect("nothing failed");
            assert_eq!(behind.load(Ordering::Acquire), 1_000);
        }
    });
}

#[test]
fn a_poller_that_ends_the_pipeline() {
    within("end", || {
        let (before, behind) = (Arc::default(), Arc::default());
        let mut builder = Builder::single(16, i64::default);
        builder
            .handle_events_with([counting("before", &before)])
            .then([Stage::poller("poller", OnDrop::End)])
            .then([counting("behind", &behind)]);
        let (mut producer, running, mut pollers) =
            builder.build().expect("it is right").spawn_with_pollers().expect("it starts");
        for value in 0..10 {
            producer.publish(|event| *event = value).expect("there is room");
        }
        let mut poller = pollers.take("poller").expect("it is there");
        until("they have come", || before.load(Ordering::Acquire) == 10);
        assert_eq!(poller.take(4).poll(|_, _, _| ()).expect("it is open"), Poll::Handled(4));
        drop(poller);
        let closed = producer.publish(|_| ()).expect_err("it has ended");
        let text = "the pipeline is closed: its poller `poller`, which was to end it, was dropped";
        assert_eq!(closed.to_string(), text);
        running.join().expect("nothing failed");
        assert_eq!((before.load(Ordering::Acquire), behind.load(Ordering::Acquire)), (10, 4));
    });
}

#[test]
fn a_poller_is_told_of_a_failure_and_of_a_halt() {
    within("told", || {
        let mut builder = Builder::single(16, i64::default);
        let check = |event: &i64, _: Sequence, _: bool| if *event == 3 { Err("three") } else { Ok(()) };
        builder
            .handle_events_with([Stage::new("check", check).batch(1)])
            .then([Stage::poller("poller", OnDrop::Release)]);
        let (mut producer, running, mut pollers) =
            builder.build().expect("it is right").spawn_with_pollers().expect("it starts");
        for value in 0..8 {
            let _ = producer.publish(|event| *event = value);
        }
        let mut poller = pollers.take("poller").expect("it is there");
        let (seen, error) = rest(&mut poller);
        assert_eq!(seen, [0, 1, 2]);
        let PollError::Closed(closed) = error else { panic!("{error}") };
        assert_eq!((closed.stage(), closed.sequence()), (Some("check"), Some(3)));
        assert!(matches!(poller.poll(|_, _, _| ()), Err(PollError::Closed(_))), "and so again");
        running.join().expect_err("a stage has failed");

        let (mut producer, running, mut pollers) = alone(16, OnDrop::Release);
        let mut poller = pollers.take("poller").expect("it is there");
        producer.publish(|_| ()).expect("there is room");
        running.halt().expect("nothing failed");
        let Err(PollError::Closed(closed)) = poller.poll(|_, _, _| ()) else { panic!("it is halted") };
        assert!(closed.is_halted());
    });
}

#[test]
fn a_forgotten_poller_does_not_hold_up_a_halt() {
    within("forgotten", || {
        let (mut producer, running, mut pollers) = alone(4, OnDrop::End);
        std::mem::forget(pollers.take("poller"));
        let feeder =
            thread::spawn(move || (0..).find_map(|value| producer.publish(|event| *event = value).err()));
        until("the ring is full", || running.monitor().free_slots() == 0);
        running.monitor().halt();
        assert!(feeder.join().expect("no panic").expect("it has ended").is_halted());
        drop(running);
    });
}

#[test]
fn a_poller_waits_as_it_is_told() {
    within("a blocking poll", || {
        let mut builder = Builder::single(16, i64::default);
        builder.handle_events_with([Stage::poller("poller", OnDrop::End).wait(Blocking::after(0))]);
        let (mut producer, running, mut pollers) =
            builder.build().expect("it is right").spawn_with_pollers().expect("it starts");
        let mut poller = pollers.take("poller").expect("it is there");
        let begun = Instant::now();
        let polled = poller.poll_within(Duration::from_millis(30), |_, _, _| ()).expect("it is open");
        assert_eq!(polled, Poll::Idle);
        assert!(begun.elapsed() >= Duration::from_millis(30));
        let waiting = thread::spawn(move || {
            let polled = poller.poll_within(common::DEADLINE * 2, |_, _, _| ());
            (polled.expect("it is open"), poller)
        });
        thread::sleep(Duration::from_millis(30));
        producer.publish(|_| ()).expect("there is room");
        let (polled, mut poller) = waiting.join().expect("no panic");
        assert_eq!(polled, Poll::Handled(1));
        let waiting = thread::spawn(move || poller.poll_within(common::DEADLINE * 2, |_, _, _| ()).map(drop));
        thread::sleep(Duration::from_millis(30));
        drop(producer);
        assert!(matches!(waiting.join().expect("no panic"), Err(PollError::Closed(_))));
        running.join().expect("nothing failed");
    });
}

#[test]
fn pollers_must_be_asked_for() {
    let mut builder = Builder::single(4, i64::default);
    builder.handle_events_with([Stage::poller("audit", OnDrop::End), Stage::poller("ui", OnDrop::Release)]);
    let error = builder.build().expect("it is right").spawn().map(drop).expect_err("nobody would have them");
    assert!(matches!(&error, SpawnError::Pollers { stages } if stages == &["audit", "ui"]));
    assert!(error.to_string().contains("`spawn_with_pollers`"), "{error}");
}

#[test]
fn a_poller_that_publishes_to_a_full_ring_is_refused() {
    within("own ring", || {
        let (mut producer, running, mut pollers) = alone(4, OnDrop::Release);
        let mut poller = pollers.take("poller").expect("it is there");
        for value in 0..4 {
            producer.publish(|event| *event = value).expect("there is room");
        }
        let mut answers = Vec::new();
        let polled = poller.poll(|_, _, _| {
            answers.push(match producer.try_publish(|_| ()) {
                Err(TryPublishError::Full) => None,
                other => panic!("{other:?}"),
            });
            answers.push(producer.publish(|_| ()).err());
            ControlFlow::Break(())
        });
        assert_eq!(polled.expect("it was open"), Poll::Handled(1));
        let closed = answers[1].as_ref().expect("it would wait for itself");
        assert_eq!(closed.stage(), Some("poller"));
        drop(poller);
        running.join().expect_err("it has failed");
    });
}
