//! Stages that are added and removed while events flow.
#![forbid(unsafe_code)]

mod common;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Gate, until, within};
use disruptor_pipeline::dynamic::{AddError, Handlers, OnDrop, Poll, RemoveError, Stage, Stages};
use disruptor_pipeline::wait::Blocking;
use disruptor_pipeline::{Builder, Handler, HandlerResult, Running, Sequence, SpawnError};

/// A pipeline with one stage that passes a gate at its first event.
fn one(
    name: &str,
    gate: Option<&Gate>,
) -> (disruptor_pipeline::dynamic::DynamicProducer<i64>, Running<Handlers>, Stages<i64>) {
    let gate = gate.cloned();
    let mut builder = Builder::single(8, i64::default);
    builder.handle_events_with([Stage::new(name, move |_: &i64, sequence: Sequence, _: bool| {
        if let Some(gate) = gate.as_ref().filter(|_| sequence == 0) {
            gate.pass();
        }
    })]);
    let built = builder.build().expect("it is right");
    let stages = built.stages();
    let (producer, running) = built.spawn().expect("it starts");
    (producer, running, stages)
}

/// A stage that was built to be waited on holds back the producer itself once nobody waits on it any more.
#[test]
fn those_before_a_removed_stage_hold_back_the_producer() {
    within("before a removed stage", || {
        let gate = Gate::default();
        let held = gate.clone();
        let slow = move |event: &i64, sequence: Sequence, _: bool| {
            if sequence == 0 {
                held.pass();
            }
            assert_eq!(*event, sequence, "overwritten before it was handled");
        };
        let nothing = |_: &i64, _: Sequence, _: bool| {};
        let mut builder = Builder::single(8, i64::default);
        builder.handle_events_with([Stage::new("slow", slow)]).then([Stage::new("behind", nothing)]);
        builder.handle_events_with([Stage::new("fast", nothing)]);
        let built = builder.build().expect("it is right");
        let stages = built.stages();
        let (mut producer, running) = built.spawn().expect("it starts");
        producer.publish(|event| *event = 0).expect("there is room");
        gate.reached();
        stages.remove("behind").expect("nobody waits on it");
        stages.remove("fast").expect("nobody waits on it");
        let more = (1..).take_while(|value| producer.try_publish(|event| *event = *value).is_ok());
        assert_eq!(more.count(), 7);
        gate.open();
        for value in 8..100 {
            producer.publish(|event| *event = value).expect("nothing fails");
        }
        drop(producer);
        running.join().expect("nothing fails");
    });
}

/// Keeps what it sees.
#[derive(Clone, Default)]
struct Keeps(Arc<Mutex<Vec<(i64, Sequence)>>>);

impl Handler<i64> for Keeps {
    fn on_event(&mut self, event: &i64, sequence: Sequence, _: bool) -> HandlerResult {
        self.0.lock().expect("no panic").push((*event, sequence));
        Ok(())
    }
}

#[test]
fn a_stage_that_is_added_behind_a_slow_one_begins_where_the_producer_is() {
    within("behind a slow stage", || {
        let gate = Gate::default();
        let (mut producer, running, stages) = one("slow", Some(&gate));
        for value in 0..6 {
            producer.publish(|event| *event = value).expect("there is room");
        }
        let keeps = Keeps::default();
        assert_eq!(stages.add_after(["slow"], Stage::new("late", keeps.clone())).expect("it is open"), 6);
        assert_eq!(stages.topology().to_text().lines().nth(1), Some("  producer -> slow -> late"));
        // `slow` holds back the producer still, though `late` stands behind it.
        assert_eq!(producer.free_slots(), 2);
        gate.open();
        for value in 6..100 {
            producer.publish(|event| *event = value).expect("nothing fails");
        }
        drop(producer);
        let mut handlers = running.join().expect("nothing fails");
        let seen = handlers.take::<Keeps>("late").expect("it was given").0;
        assert_eq!(*seen.lock().expect("no panic"), (6..100).map(|value| (value, value)).collect::<Vec<_>>());
    });
}

#[test]
fn a_word_is_used_again_and_a_removed_stage_holds_nobody_back() {
    within("words", || {
        let mut builder = Builder::single(8, i64::default);
        builder.room_for(3).wait(Blocking::default());
        builder.handle_events_with([Stage::new("first", Keeps::default())]);
        let built = builder.build().expect("it is right");
        let stages = built.stages();
        assert!(matches!(stages.add(Stage::new("x", Keeps::default())), Err(AddError::NotRunning)));
        let (mut producer, running) = built.spawn().expect("it starts");
        for round in 0..300 {
            let from = stages.add_after(["first"], Stage::new("pool", Keeps::default())).expect("it is open");
            assert_eq!(from, round * 10);
            if round % 10 == 0 {
                let full = stages.add(Stage::pool("too many", [Keeps::default(), Keeps::default()]));
                let Err(AddError::Refused(problems)) = full else { panic!("{full:?}") };
                assert_eq!(problems[0].code, "no-room");
            }
            for value in 0..10 {
                producer.publish(|event| *event = round * 10 + value).expect("nothing fails");
            }
            // At times with all handled, when it is parked; at times in the middle.
            if round % 3 == 0 {
                let monitor = running.monitor();
                until("it is through", || monitor.stage("pool").expect("it is there").backlog == 0);
            }
            let mut handlers = stages.remove("pool").expect("nobody waits on it");
            let seen = handlers.take::<Keeps>("pool").expect("it was given").0;
            let seen = seen.lock().expect("no panic");
            let expected = (round * 10..).map(|value| (value, value)).take(seen.len()).collect::<Vec<_>>();
            assert_eq!(*seen, expected);
            assert!(round % 3 != 0 || seen.len() == 10);
        }
        drop(producer);
        let mut handlers = running.join().expect("nothing fails");
        assert_eq!(handlers.names().collect::<Vec<_>>(), ["first"]);
        assert_eq!(
            handlers.take::<Keeps>("first").expect("it is there").0.lock().expect("no panic").len(),
            3_000
        );
    });
}

#[test]
fn what_may_not_be_added_or_removed_is_refused() {
    within("refused", || {
        let (mut producer, running, stages) = one("first", None);
        let nothing = |_: &i64, _: Sequence, _: bool| {};
        let refused = |added: Result<Sequence, AddError>, code: &str| {
            let Err(AddError::Refused(problems)) = &added else { panic!("{added:?}") };
            assert_eq!(problems[0].code, code);
        };
        refused(stages.add(Stage::new("first", nothing)), "duplicate-stage");
        refused(stages.add(Stage::writing("writer", |event: &mut i64| *event += 1)), "conflict");
        refused(stages.add_after(["frist"], Stage::new("x", nothing)), "unknown-stage");
        refused(stages.add(Stage::poller("x", OnDrop::End)), "poller");
        let spawn = stages.add(Stage::new("x", nothing).core(100_000));
        assert!(matches!(spawn, Err(AddError::Spawn(SpawnError::NoSuchCore { .. }))), "{spawn:?}");

        let last = stages.remove("first").expect_err("it is the last");
        assert!(matches!(last, RemoveError::Last { stage: "first" }), "{last}");
        stages
            .add_after(["first"], Stage::writing("writer", |event: &mut i64| *event += 1))
            .expect("it is alone");
        refused(stages.add(Stage::new("x", nothing)), "conflict");
        let error = stages.remove("first").expect_err("another waits on it");
        assert_eq!(error.to_string(), "`first` cannot be removed, as writer wait on it: remove those first");
        let error = stages.remove("frist").expect_err("there is none");
        assert_eq!(error.to_string(), "there is no stage `frist`; there are first, writer");
        let poller = stages.poller_after(["writer"], "poller", OnDrop::Release).expect("it is open");
        assert!(matches!(stages.remove("poller"), Err(RemoveError::Poller { stage: "poller" })));
        assert!(matches!(stages.remove("writer"), Err(RemoveError::WaitedOn { stage: "writer", .. })));
        drop(poller);
        stages.remove("writer").expect("nobody waits on it");
        // What was refused has left nothing behind.
        for value in 0..100 {
            producer.publish(|event| *event = value).expect("nothing fails");
        }
        drop(producer);
        running.join().expect("nothing fails");
        assert!(matches!(stages.add(Stage::new("x", nothing)), Err(AddError::Closed(_))));
        assert!(matches!(stages.remove("first"), Err(RemoveError::Closed(_))));
    });
}

#[test]
fn a_stage_that_does_not_end_its_batch_is_removed_later() {
    within("overdue", || {
        let gate = Gate::default();
        let (mut producer, running, stages) = one("first", None);
        let held = gate.clone();
        stages.add(Stage::new("slow", move |_: &i64, _: Sequence, _: bool| held.pass())).expect("it is open");
        producer.publish(|_| ()).expect("there is room");
        gate.reached();
        let error = stages.remove_within(Duration::from_millis(20), "slow").expect_err("it is held");
        assert!(matches!(error, RemoveError::Overdue { stage: "slow", .. }), "{error}");
        let error = stages.add_after(["slow"], Stage::new("x", |_: &i64, _: Sequence, _: bool| {}));
        assert!(matches!(error, Err(AddError::Refused(_))), "nobody waits on one that leaves");
        gate.open();
        // Nobody has to call again for the producer to go on.
        for _ in 0..100 {
            producer.publish(|_| ()).expect("nothing fails");
        }
        let handlers = stages.remove("slow").expect("it has ended");
        assert_eq!(handlers.names().collect::<Vec<_>>(), ["slow"]);
        drop(producer);
        running.join().expect("nothing fails");
    });
}

#[test]
fn a_stage_cannot_remove_a_stage() {
    within("own thread", || {
        let (mut producer, running, stages) = one("first", None);
        let (from, answer) = (stages.clone(), Arc::new(Mutex::new(None)));
        let told = Arc::clone(&answer);
        let asks = move |_: &i64, _: Sequence, _: bool| {
            *told.lock().expect("no panic") = Some(from.remove("first").map(drop));
        };
        stages.add(Stage::new("asks", asks)).expect("it is open");
        producer.publish(|_| ()).expect("there is room");
        until("it has asked", || answer.lock().expect("no panic").is_some());
        let answer = answer.lock().expect("no panic").take();
        assert!(matches!(answer, Some(Err(RemoveError::OwnThread))));
        drop(producer);
        running.join().expect("nothing fails");
    });
}

#[test]
fn stages_behind_pools_and_pools_behind_stages() {
    within("pools", || {
        let (mut producer, running, stages) = one("first", None);
        let sum = Arc::new(AtomicI64::new(0));
        let worker = || {
            let sum = Arc::clone(&sum);
            move |event: &i64, _: Sequence, _: bool| _ = sum.fetch_add(*event, Ordering::AcqRel)
        };
        stages.add_after(["first"], Stage::pool("work", [worker(), worker(), worker()])).expect("it is open");
        let keeps = Keeps::default();
        stages.add_after(["work"], Stage::new("keeps", keeps.clone())).expect("it is open");
        for value in 0..1_000 {
            producer.publish(|event| *event = value).expect("nothing fails");
        }
        let monitor = running.monitor();
        until("they are through", || monitor.stages().iter().all(|stage| stage.backlog == 0));
        stages.remove("keeps").expect("nobody waits on it");
        let handlers = stages.remove("work").expect("nobody waits on it");
        assert_eq!(handlers.names().count(), 1);
        assert_eq!(sum.load(Ordering::Acquire), (0..1_000).sum::<i64>());
        assert_eq!(keeps.0.lock().expect("no panic").len(), 1_000);
        for value in 0..100 {
            producer.publish(|event| *event = value).expect("nothing fails");
        }
        drop(producer);
        running.join().expect("nothing fails");
    });
}

#[test]
fn a_poller_added_while_it_runs_gets_what_comes() {
    within("a late poller", || {
        let (mut producer, running, stages) = one("first", None);
        for value in 0..5 {
            producer.publish(|event| *event = value).expect("nothing fails");
        }
        let mut poller = stages.poller("late", OnDrop::Release).expect("it is open");
        assert_eq!(poller.next_sequence(), 5);
        producer.publish(|event| *event = 5).expect("there is room");
        let mut seen = Vec::new();
        assert_eq!(
            poller.poll(|event, sequence, _| seen.push((*event, sequence))).expect("open"),
            Poll::Handled(1)
        );
        assert_eq!(seen, [(5, 5)]);
        for value in 6..14 {
            producer.publish(|event| *event = value).expect("there is room");
        }
        assert!(producer.try_publish(|_| ()).is_err(), "the poller holds it back");
        drop(poller);
        producer.publish(|_| ()).expect("nobody holds it back");
        drop(producer);
        running.join().expect("nothing fails");
    });
}
