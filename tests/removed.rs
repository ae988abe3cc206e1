//! Stages that are removed: whom that waits for, and whom it holds up.
#![forbid(unsafe_code)]

mod common;

use std::cell::RefCell;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use common::{Gate, within};
use disruptor_pipeline::dynamic::{DynamicProducer, Handlers, RemoveError, Stage, Stages};
use disruptor_pipeline::wait::Blocking;
use disruptor_pipeline::{
    Builder, Decision, Fault, Handler, HandlerResult, OnError, Retry, Running, Sequence,
};

fn nothing(_: &u64, _: Sequence, _: bool) {}

/// A pipeline with the stage `first` and these beside it, around a ring of so many slots; all block.
fn started(
    ring: usize,
    more: impl IntoIterator<Item = Stage<u64>>,
) -> (DynamicProducer<u64>, Running<Handlers>, Stages<u64>) {
    let mut builder = Builder::single(ring, u64::default);
    builder.wait(Blocking::default()).producer_wait(Blocking::default());
    builder.handle_events_with([Stage::new("first", nothing)].into_iter().chain(more));
    let built = builder.build().expect("it is right");
    let stages = built.stages();
    let (producer, running) = built.spawn().expect("it starts");
    (producer, running, stages)
}

/// Several threads remove the same stage, and the one who has it adds another at once, which gets the word of the first.
#[test]
fn a_stage_that_comes_in_the_place_of_a_removed_one_is_not_waited_for() {
    const THREADS: usize = 6;
    let (mut producer, running, stages) = started(8, []);
    for round in 0..200 {
        let stages = stages.clone();
        let all = Arc::new(Barrier::new(THREADS));
        producer = within("remove waits for another stage", move || {
            stages.add(Stage::new("x", nothing)).expect("it fits");
            let remove = |_| {
                let (stages, all) = (stages.clone(), Arc::clone(&all));
                thread::spawn(move || {
                    all.wait();
                    let removed = stages.remove("x").is_ok();
                    if removed {
                        stages.add(Stage::new("y", nothing)).expect("it fits");
                    }
                    removed
                })
            };
            let threads: Vec<_> = (0..THREADS).map(remove).collect();
            producer.publish(|_| ()).expect("it is open");
            let removed = threads.into_iter().filter_map(|thread| thread.join().ok()).filter(|it| *it);
            assert_eq!(removed.count(), 1, "in round {round}");
            stages.remove("y").expect("nobody waits on it");
            producer
        });
    }
    drop(producer);
    running.join().expect("nothing fails");
}

/// Comes to one gate with its first event, and to another when it is told that there are no more.
struct Slow {
    event: Gate,
    stop: Gate,
}

impl Handler<u64> for Slow {
    fn on_event(&mut self, _: &u64, sequence: Sequence, _: bool) -> HandlerResult {
        if sequence == 0 {
            self.event.pass();
        }
        Ok(())
    }

    fn on_stop(&mut self) {
        self.stop.pass();
    }
}

#[test]
fn a_removed_stage_holds_back_nobody_while_its_handler_is_told_of_the_end() {
    within("on_stop", || {
        let (event, stop) = (Gate::default(), Gate::default());
        let slow = Slow { event: event.clone(), stop: stop.clone() };
        let (mut producer, running, stages) = started(4, [Stage::new("slow", slow).batch(1)]);
        let feeder = thread::spawn(move || {
            (0..12).for_each(|value| _ = producer.publish(|event| *event = value).expect("nothing fails"));
            producer
        });
        event.reached();
        let overdue = stages.remove_within(Duration::from_millis(10), "slow").map(drop);
        assert!(matches!(overdue, Err(RemoveError::Overdue { stage: "slow", .. })), "{overdue:?}");
        event.open();
        stop.reached();
        // It is not through with its end, and the producer is through with three rings.
        let producer = feeder.join().expect("nothing panics");
        stop.open();
        assert!(stages.remove("slow").expect("it leaves").take::<Slow>("slow").is_some());
        drop(producer);
        running.join().expect("nothing fails");
    });
}

/// Removes its own stage when it is dropped, and tells what it was told.
struct Leaves {
    stages: Stages<u64>,
    told: Sender<Result<(), RemoveError>>,
}

impl Handler<u64> for Leaves {
    fn on_event(&mut self, _: &u64, _: Sequence, _: bool) -> HandlerResult {
        Ok(())
    }
}

impl Drop for Leaves {
    fn drop(&mut self) {
        let _ = self.told.send(self.stages.remove("leaves").map(drop));
    }
}

/// A handler that was made on its stage's thread is dropped there, by a stage that has not ended for those who wait for it.
#[test]
fn a_stage_is_not_removed_by_the_drop_of_its_own_handler() {
    within("drop", || {
        let (mut producer, running, stages) = started(8, []);
        let (told, tells) = channel();
        let own = stages.clone();
        stages.add(Stage::made("leaves", move || Leaves { stages: own, told })).expect("it fits");
        producer.publish(|_| ()).expect("there is room");
        running.halt().expect("nothing fails");
        let told = tells.recv().expect("it was dropped");
        assert!(matches!(told, Err(RemoveError::OwnThread)), "{told:?}");
    });
}

#[test]
fn a_stage_that_tries_again_and_again_can_be_removed() {
    for policy in [Retry::forever(), Retry::forever().with_pause(Duration::from_secs(3600))] {
        within("retry", move || {
            let (mut producer, running, stages) = started(8, []);
            let tried = Gate::default();
            tried.open();
            let tries = tried.clone();
            let sick = move |_: &u64, _: Sequence, _: bool| {
                tries.pass();
                Err::<(), _>("no")
            };
            stages.add(Stage::new("sick", sick).on_error(policy)).expect("it fits");
            producer.publish(|_| ()).expect("there is room");
            tried.reached();
            stages.remove("sick").expect("nobody waits on it");
            (0..100).for_each(|_| _ = producer.publish(|_| ()).expect("nothing fails"));
            drop(producer);
            running.join().expect("nothing fails");
        });
    }
}

/// Destroyed by a thread when its stage has ended, and takes its time.
struct Lingers(Gate);

impl Drop for Lingers {
    fn drop(&mut self) {
        self.0.pass();
    }
}

thread_local!(static LINGERS: RefCell<Option<Lingers>> = const { RefCell::new(None) });

/// A stage whose thread comes to this gate when it has ended.
fn lingering(gate: &Gate) -> Stage<u64> {
    let gate = gate.clone();
    Stage::new("lingers", move |_: &u64, _: Sequence, _: bool| {
        LINGERS.set(Some(Lingers(gate.clone())));
    })
}

#[test]
fn a_join_with_a_limit_does_not_wait_for_what_the_thread_of_an_added_stage_destroys() {
    within("join_within", || {
        let (mut producer, running, stages) = started(8, []);
        let gate = Gate::default();
        stages.add(lingering(&gate)).expect("it fits");
        producer.publish(|_| ()).expect("there is room");
        drop(producer);
        running.join_within(Duration::from_secs(30)).expect("its stages have ended");
        gate.reached();
        gate.open();
    });
}

#[test]
fn a_removal_with_a_limit_does_not_wait_for_what_the_thread_of_the_stage_destroys() {
    within("remove_within", || {
        let (mut producer, running, stages) = started(8, []);
        let gate = Gate::default();
        stages.add(lingering(&gate)).expect("it fits");
        producer.publish(|_| ()).expect("there is room");
        common::until("it is handled", || running.monitor().stages().iter().all(|stage| stage.cursor == 1));
        stages.remove_within(Duration::from_secs(30), "lingers").expect("it has ended");
        gate.reached();
        gate.open();
        drop(producer);
        running.join().expect("nothing fails");
    });
}

/// A policy that has the stage `first` removed whenever it is cloned, while its own stage is about to start.
struct Removes(Stages<u64>, Sender<Result<(), RemoveError>>);

impl Clone for Removes {
    fn clone(&self) -> Self {
        let _ = self.1.send(self.0.remove("first").map(drop));
        Self(self.0.clone(), self.1.clone())
    }
}

impl OnError for Removes {
    fn decide(&mut self, _: &Fault<'_>) -> Decision {
        Decision::Stop
    }
}

/// A start may fail: then no stage would be left, and events would be handled by nobody.
#[test]
fn the_last_stage_is_not_removed_while_another_is_about_to_start() {
    within("starting", || {
        let (mut producer, running, stages) = started(8, []);
        let (told, tells) = channel();
        let pool = Stage::pool("pool", [nothing; 2]).on_error(Removes(stages.clone(), told));
        stages.add(pool).expect("it fits");
        let told = tells.recv().expect("it was cloned");
        assert!(matches!(told, Err(RemoveError::Last { stage: "first" })), "{told:?}");
        stages.remove("first").expect("there is another one now");
        producer.publish(|_| ()).expect("there is room");
        drop(producer);
        running.join().expect("nothing fails");
    });
}
