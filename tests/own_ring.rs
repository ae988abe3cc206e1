//! Stages that publish into the ring that they are fed from: served where there is room, or will be; refused where they would
//! wait for themselves.
#![forbid(unsafe_code)]

mod common;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use common::{Gate, within};
use disruptor_pipeline::dynamic::Stage;
use disruptor_pipeline::{Builder, Cause, Closed, Failure, OwnRing, Sequence, TryPublishError, disruptor};

/// What is told of a stage that would have waited for itself.
fn check(closed: &Closed, failure: &Failure, stage: &str, ring: usize) {
    assert_eq!((closed.stage(), failure.stage()), (Some(stage), stage));
    let Cause::Error(error) = failure.cause() else { panic!("{failure}") };
    assert_eq!(error.downcast_ref::<OwnRing>(), Some(&OwnRing { ring }));
    assert!(
        failure.to_string().contains("would wait for itself for ever: use `try_publish` there"),
        "{failure}"
    );
}

#[test]
fn a_stage_with_the_only_producer_is_refused() {
    within("single", || {
        let (give, take): (Sender<_>, Receiver<_>) = channel();
        let (tell, told) = channel();
        let mut kept = None;
        let (mut producer, running) = disruptor! {
            event: u64;
            ring: 4;
            echo(&*) { batch: 1 } = move |_event| {
                let mut producer = kept.take().unwrap_or_else(|| take.recv().expect("it is given"));
                // Each event makes two: the ring is full in the end.
                for _ in 0..2 {
                    let published: Result<Sequence, Closed> = feed(&mut producer);
                    if let Err(closed) = published { let _ = tell.send(closed); }
                }
                kept = Some(producer);
            };
            < echo >
        }
        .spawn()
        .expect("it starts");
        producer.publish(|event| *event = 1).expect("there is room");
        let boxed: Box<dyn FnMut() -> Result<Sequence, Closed> + Send> =
            Box::new(move || producer.publish(|event| *event += 1));
        give.send(boxed).expect("it is taken");
        let failure = running.join().err().expect("it would have waited for itself");
        check(&told.recv().expect("it was told"), &failure, "echo", 4);
    });
}

fn feed(publish: &mut Box<dyn FnMut() -> Result<Sequence, Closed> + Send>) -> Result<Sequence, Closed> {
    publish()
}

#[test]
fn one_of_several_producers_is_refused_and_so_are_those_behind_its_claim() {
    within("multi", || {
        let (give, take) = channel::<Box<dyn FnMut() -> Result<Sequence, Closed> + Send>>();
        let (go, gone) = (Gate::default(), Gate::default());
        let (tell, told) = channel();
        let (passes, ready) = (go.clone(), gone.clone());
        let (producer, running) = disruptor! {
            event: u64;
            ring: 4;
            producers: multi;
            front(&*) = |_event| ();
            echo(&*) = move |_event| {
                if let Ok(mut publish) = take.try_recv() {
                    ready.pass();
                    passes.pass();
                    if let Err(closed) = publish() { let _ = tell.send(closed); }
                }
            };
            // Fused: the two stages are on one thread.
            < front + echo >
        }
        .spawn()
        .expect("it starts");
        let mut own = producer.clone();
        give.send(Box::new(move || own.publish(|event| *event = 7))).expect("it is taken");
        let mut feeder = producer.clone();
        gone.open();
        for _ in 0..4 {
            feeder.publish(|event| *event = 1).expect("there is room");
        }
        // Others wait for room before and behind the stage's claim.
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let mut producer = producer.clone();
                thread::spawn(move || (0..).find_map(|_| producer.publish(|event| *event = 1).err()))
            })
            .collect();
        drop((feeder, producer));
        go.open();
        let failure = running.join().err().expect("it would have waited for itself");
        let closed = told.recv().expect("it was told");
        assert!(["front", "echo"].contains(&failure.stage()));
        check(&closed, &failure, failure.stage(), 4);
        for producer in waiting {
            let closed = producer.join().expect("no panic").expect("it has ended");
            assert_eq!(closed.failure().map(Failure::stage), Some(failure.stage()));
        }
    });
}

#[test]
fn a_stage_that_waits_for_others_is_served() {
    within("served", || {
        let (give, take) = channel::<Box<dyn FnMut() -> Result<Sequence, Closed> + Send>>();
        let gate = Gate::default();
        let held = gate.clone();
        let mut builder = Builder::multi(4, u64::default);
        let fast = move |event: &u64, sequence: Sequence, _: bool| {
            if sequence == 4 {
                assert_eq!(*event, 0);
                // `slow` stands at 0: it is waited for, and this stage is beyond what the claim needs.
                let sequence = take.recv().expect("it is given")().expect("there will be room");
                assert_eq!(sequence, 5);
            }
        };
        let slow = move |_: &u64, sequence: Sequence, _: bool| {
            if sequence == 1 {
                held.pass();
            }
        };
        builder.handle_events_with([Stage::new("fast", fast).batch(1), Stage::new("slow", slow).batch(1)]);
        let (mut producer, running) = builder.build().expect("it is right").spawn().expect("it starts");
        for _ in 0..5 {
            producer.publish(|event| *event = 0).expect("there will be room");
        }
        let mut own = producer.clone();
        give.send(Box::new(move || own.publish(|event| *event = 1))).expect("it is taken");
        thread::sleep(std::time::Duration::from_millis(20));
        gate.open();
        drop(producer);
        running.join().expect("nobody waits for itself");
    });
}

#[test]
fn try_publish_says_full_to_a_stage_and_ends_nothing() {
    within("try_publish", || {
        let (give, take) = channel::<Box<dyn FnMut() -> bool + Send>>();
        let (full, told) = channel();
        let mut builder = Builder::single(4, u64::default);
        let mut publish: Option<Box<dyn FnMut() -> bool + Send>> = None;
        builder.handle_events_with([Stage::new("echo", move |_: &u64, _: Sequence, _: bool| {
            if publish.is_none() {
                publish = Some(take.recv().expect("it is given"));
            }
            while publish.as_mut().is_some_and(|publish| publish()) {}
            let _ = full.send(());
        })]);
        let (mut producer, running) = builder.build().expect("it is right").spawn().expect("it starts");
        producer.publish(|event| *event = 1).expect("there is room");
        give.send(Box::new(move || match producer.try_publish(|_| ()) {
            Ok(_) => true,
            Err(TryPublishError::Full | TryPublishError::Closed(_)) => false,
        }))
        .expect("it is taken");
        (0..100).for_each(|_| told.recv().expect("it goes on"));
        running.drain().expect("nothing fails");
    });
}
