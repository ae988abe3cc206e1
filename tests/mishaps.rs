//! What goes wrong in the user's own code, or at a bad moment, wedges no pipeline and loses no event of others.
#![forbid(unsafe_code)]

mod common;

use std::cell::Cell;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use common::{Gate, within};
use disruptor_pipeline::dynamic::{
    AddError, DynamicProducer, Handlers, Many, OnDrop, Poll, PollError, Stage, Stages,
};
use disruptor_pipeline::wait::{Idle, Wait};
use disruptor_pipeline::{
    Builder, Decision, Fault, Handler, HandlerResult, OnError, Running, Sequence, SpawnError,
};

fn nothing(_: &u64, _: Sequence, _: bool) {}

/// A wait that comes to a gate each time.
#[derive(Clone)]
struct Held(Gate);

impl Wait for Held {
    const BLOCKS: bool = false;

    fn idle(&mut self, _: u32) -> Idle {
        self.0.pass();
        thread::sleep(Duration::from_micros(50));
        Idle::Look
    }
}

/// The halt comes while the poller is in its closure, and what the poller then says of itself hides it from who looks only there.
#[test]
fn a_halt_ends_the_wait_of_a_producer_that_a_poller_holds_back() {
    within("halt", || {
        let gate = Gate::default();
        let mut builder = Builder::multi(4, u64::default);
        builder.producer_wait(Held(gate.clone()));
        builder.handle_events_with([Stage::poller("poller", OnDrop::Release)]);
        let built = builder.build().expect("it is right");
        let (mut producer, running, mut pollers) = built.spawn_with_pollers().expect("it starts");
        let mut poller = pollers.take("poller").expect("it was declared");
        (0..4).for_each(|value| _ = producer.publish(|event| *event = value).expect("there is room"));
        let mut two = producer.clone();
        let waiting = thread::spawn(move || two.publish_batch(2, |_| ()).map_err(|error| error.to_string()));
        gate.reached();
        let monitor = running.monitor();
        let polled = poller.poll(|_, _, _| {
            monitor.halt();
            ControlFlow::Break(())
        });
        assert_eq!(polled.expect("it has handled one"), Poll::Handled(1));
        gate.open();
        let ended = waiting.join().expect("nothing panics");
        assert!(ended.as_ref().is_err_and(|error| error.contains("halt")), "{ended:?}");
        assert!(matches!(poller.poll(|_, _, _| ()), Err(PollError::Closed(_))));
        drop((producer, poller));
        running.join().expect("nothing fails");
    });
}

#[test]
fn a_poller_may_take_any_number_of_events() {
    macro_rules! takes {
        ($kind:ident) => {
            within(stringify!($kind), || {
                let mut builder = Builder::$kind(4, u64::default);
                builder.handle_events_with([Stage::poller("poller", OnDrop::Release)]);
                let built = builder.build().expect("it is right");
                let (mut producer, running, mut pollers) = built.spawn_with_pollers().expect("it starts");
                let mut poller = pollers.take("poller").expect("it was declared");
                for most in [usize::MAX, isize::MAX as usize, 1 << 62, (1 << 62) - 1] {
                    (0..4).for_each(|_| _ = producer.publish(|_| ()).expect("there is room"));
                    let polled = poller.take(most).poll(|_, _, _| ()).expect("it is open");
                    assert_eq!(polled, Poll::Handled(4), "of at most {most}");
                }
                drop((producer, poller));
                running.join().expect("nothing fails");
            });
        };
    }
    takes!(single);
    takes!(multi);
}

/// A pipeline with the stage `first`, around a ring of eight slots, whose waits are these.
fn started(wait: impl Wait + Clone) -> (DynamicProducer<u64>, Running<Handlers>, Stages<u64>) {
    let mut builder = Builder::single(8, u64::default);
    builder.wait(wait);
    builder.handle_events_with([Stage::new("first", nothing)]);
    let built = builder.build().expect("it is right");
    let stages = built.stages();
    let (producer, running) = built.spawn().expect("it starts");
    (producer, running, stages)
}

/// Adds a stage, which does not come to it, and expects the pipeline to be as it was.
fn leaves_nothing_behind(wait: impl Wait + Clone, add: impl FnOnce(&Stages<u64>) + Send + 'static) {
    within("an addition that panics", move || {
        let (mut producer, running, stages) = started(wait);
        let before = stages.topology().to_string();
        add(&stages);
        assert_eq!(stages.topology().to_string(), before);
        (0..100).for_each(|_| _ = producer.publish(|_| ()).expect("nothing fails"));
        stages.add(Stage::new("added", nothing)).expect("the name is free");
        (0..100).for_each(|_| _ = producer.publish(|_| ()).expect("nothing fails"));
        running.halt().expect("nothing fails");
    });
}

/// A policy that cannot be cloned.
struct Unique;

impl Clone for Unique {
    fn clone(&self) -> Self {
        panic!("the policy's clone")
    }
}

impl OnError for Unique {
    fn decide(&mut self, _: &Fault<'_>) -> Decision {
        Decision::Stop
    }
}

/// A wait that cannot be cloned once it is armed.
struct Armed(Arc<AtomicBool>);

impl Clone for Armed {
    fn clone(&self) -> Self {
        assert!(!self.0.load(Ordering::Relaxed), "the wait's clone");
        Self(Arc::clone(&self.0))
    }
}

impl Wait for Armed {
    const BLOCKS: bool = false;

    fn idle(&mut self, _: u32) -> Idle {
        thread::sleep(Duration::from_micros(50));
        Idle::Look
    }
}

/// Panics when it is dropped.
struct Bad;

impl Handler<u64> for Bad {
    fn on_event(&mut self, _: &u64, _: Sequence, _: bool) -> HandlerResult {
        Ok(())
    }
}

impl Drop for Bad {
    fn drop(&mut self) {
        panic!("the handler's drop")
    }
}

#[test]
fn a_stage_whose_policy_panics_when_it_is_cloned_is_not_added() {
    let idle = Armed(Arc::default());
    leaves_nothing_behind(idle, |stages| {
        let pool = Stage::pool("added", [nothing; 2]).on_error(Unique);
        catch_unwind(AssertUnwindSafe(|| stages.add(pool))).expect_err("it panics");
    });
}

#[test]
fn a_stage_or_poller_whose_wait_panics_when_it_is_cloned_is_not_added() {
    let armed = Arc::new(AtomicBool::new(false));
    leaves_nothing_behind(Armed(Arc::clone(&armed)), move |stages| {
        armed.store(true, Ordering::Relaxed);
        let added = || _ = stages.add(Stage::new("added", nothing));
        catch_unwind(AssertUnwindSafe(added)).expect_err("it panics");
        let polled = || _ = stages.poller("added", OnDrop::End);
        catch_unwind(AssertUnwindSafe(polled)).expect_err("it panics");
        armed.store(false, Ordering::Relaxed);
    });
}

#[test]
fn a_stage_that_is_refused_and_panics_when_it_is_dropped_is_not_added() {
    leaves_nothing_behind(Armed(Arc::default()), |stages| {
        let refused = stages.add(Stage::new("added", nothing).core(100_000));
        assert!(matches!(refused, Err(AddError::Spawn(SpawnError::NoSuchCore { .. }))), "{refused:?}");
        let bad = Stage::new("added", Bad).core(100_000);
        catch_unwind(AssertUnwindSafe(|| stages.add(bad))).expect_err("it panics");
    });
}

thread_local!(static PANICS: Cell<bool> = const { Cell::new(false) });

/// A producer's wait: comes to its gate, and panics on threads that are to.
#[derive(Clone)]
struct Panicking {
    bad: Gate,
    good: Gate,
}

impl Wait for Panicking {
    const BLOCKS: bool = false;

    fn idle(&mut self, _: u32) -> Idle {
        if PANICS.get() {
            self.bad.pass();
            panic!("the wait");
        }
        self.good.pass();
        thread::sleep(Duration::from_micros(50));
        Idle::Look
    }
}

type Waiting = thread::JoinHandle<Result<Sequence, String>>;

/// A pipeline of several producers whose ring is full and whose stage comes to `work`: one producer has panicked, or is about to,
/// while its claim waits for room, and another waits behind it.
struct Stuck {
    producer: DynamicProducer<u64, Many>,
    running: Running<Handlers>,
    seen: Arc<Mutex<Vec<u64>>>,
    work: Gate,
    panicking: Waiting,
    behind: Waiting,
}

fn stuck() -> Stuck {
    let (work, seen) = (Gate::default(), Arc::new(Mutex::new(Vec::new())));
    let wait = Panicking { bad: Gate::default(), good: Gate::default() };
    let mut builder = Builder::multi(4, u64::default);
    builder.producer_wait(wait.clone());
    let (hold, sees) = (work.clone(), Arc::clone(&seen));
    let handler = move |event: &u64, _: Sequence, _: bool| {
        hold.pass();
        sees.lock().expect("nobody panics with it").push(*event);
    };
    builder.handle_events_with([Stage::new("work", handler).batch(1)]);
    let (mut producer, running) = builder.build().expect("it is right").spawn().expect("it starts");
    (0..4).for_each(|value| _ = producer.publish(|event| *event = value).expect("there is room"));
    let waits = |value: u64, panics: bool| {
        let mut producer = producer.clone();
        thread::spawn(move || {
            PANICS.set(panics);
            producer.publish(|event| *event = value).map_err(|closed| closed.to_string())
        })
    };
    let panicking = waits(100, true);
    wait.bad.reached();
    let behind = waits(200, false);
    wait.good.reached();
    wait.bad.open();
    wait.good.open();
    // Time to panic, and to give the claim up, if it does so at once.
    for _ in 0..500 {
        if panicking.is_finished() {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    Stuck { producer, running, seen, work, panicking, behind }
}

#[test]
fn a_wait_that_panics_loses_no_event_of_other_producers() {
    within("a wait that panics", || {
        let Stuck { mut producer, running, seen, work, panicking, behind } = stuck();
        work.open();
        assert_eq!(behind.join().expect("nothing panics"), Ok(5));
        panicking.join().expect_err("its wait panics");
        producer.publish(|event| *event = 300).expect("it is open");
        drop(producer);
        running.join().expect("nothing fails");
        assert_eq!(*seen.lock().expect("nobody has it"), [0, 1, 2, 3, 200, 300]);
    });
}

#[test]
fn a_halt_ends_the_claim_of_a_producer_whose_wait_panicked() {
    within("a halt", || {
        let Stuck { producer, running, work, panicking, behind, .. } = stuck();
        running.monitor().halt();
        panicking.join().expect_err("its wait panics");
        behind.join().expect("nothing panics").expect_err("it is halted");
        work.open();
        drop(producer);
        running.join().expect("nothing fails");
    });
}
