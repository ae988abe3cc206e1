//! How a pipeline ends: drained, halted, dropped, with a deadline or without; and what producers and watchers are told then.
#![forbid(unsafe_code)]

#[macro_use]
mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use common::{Gate, until, until_ended, within};
use disruptor_pipeline::wait::Wait;
use disruptor_pipeline::{
    BatchError, Closed, Handler, HandlerResult, JoinError, Sequence, TryBatchError, TryPublishError,
    disruptor,
};

/// Short enough to be waited for, and nothing depends on its length.
const SOON: Duration = Duration::from_millis(20);

/// Counts events; some of them wait at a gate.
#[derive(Clone, Default)]
struct Count {
    handled: Arc<AtomicI64>,
    gates: Vec<(Sequence, Gate)>,
}

impl Count {
    fn held_at(gates: &[(Sequence, &Gate)]) -> Self {
        let gates = gates.iter().map(|(sequence, gate)| (*sequence, (*gate).clone())).collect();
        Self { gates, ..Self::default() }
    }

    fn handled(&self) -> i64 {
        self.handled.load(Ordering::Relaxed)
    }
}

impl Handler<i64> for Count {
    fn on_event(&mut self, _: &i64, sequence: Sequence, _: bool) -> HandlerResult {
        self.gates.iter().filter(|(at, _)| *at == sequence).for_each(|(_, gate)| gate.pass());
        self.handled.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// What every call of a producer says after the end: closed, and in the same words.
macro_rules! closed {
    ($producer:expr) => {{
        let closed: Closed = $producer.publish(|_| panic!("written")).expect_err("closed");
        let attempt = $producer.try_publish(|_| panic!("written"));
        let Err(TryPublishError::Closed(again)) = attempt else { panic!("{attempt:?}") };
        assert_eq!(again.to_string(), closed.to_string());
        let attempt = $producer.publish_batch(2, |_| panic!("written"));
        let Err(BatchError::Closed(again)) = attempt else { panic!("{attempt:?}") };
        assert_eq!(again.to_string(), closed.to_string());
        let attempt = $producer.try_publish_batch(2, |_| panic!("written"));
        let Err(TryBatchError::Closed(again)) = attempt else { panic!("{attempt:?}") };
        assert_eq!(again.to_string(), closed.to_string());
        assert!(closed.failure().is_none());
        closed
    }};
}

/// Runs a scenario with a single producer and with one that could be cloned.
macro_rules! for_both_kinds {
    ($scenario:ident) => {
        within(concat!(stringify!($scenario), ", single"), || $scenario!(single));
        within(concat!(stringify!($scenario), ", multi"), || $scenario!(multi));
    };
}

/// Two stages in a ring of 64, the first of them in batches of 4, and 30 events published.
macro_rules! thirty_events {
    ($first:ident -> $second:ident, $producers:ident) => {{
        let (first, second) = ($first.clone(), $second.clone());
        let pipeline = disruptor! {
            event: i64;
            ring: 64;
            producers: $producers;
            first { batch: 4 };
            < first -> second >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        producer.publish(|_| {}).expect("open");
        // Where the first event is held, it is a batch of its own.
        $first.gates.iter().take(1).for_each(|(_, gate)| gate.reached());
        (1..30).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
        (producer, running)
    }};
}

macro_rules! drain {
    ($producers:ident) => {{
        let (first, second) = (Count::default(), Count::default());
        let (mut producer, running) = thirty_events!(first -> second, $producers);
        running.drain().map(drop).expect("no stage fails");
        assert_eq!((first.handled(), second.handled()), (30, 30));
        assert!(!closed!(producer).is_halted());
    }};
}

#[test]
fn a_drain_handles_what_is_published_and_closes() {
    for_both_kinds!(drain);
}

macro_rules! halt {
    ($producers:ident) => {{
        let (begin, middle) = (Gate::default(), Gate::default());
        let (first, second) = (Count::held_at(&[(0, &begin), (3, &middle)]), Count::default());
        let (mut producer, running) = thirty_events!(first -> second, $producers);
        begin.open();
        middle.reached();
        until("the second has handled the first event", || second.handled() == 1);
        let monitor = running.monitor();
        monitor.halt();
        assert!(closed!(producer).is_halted());
        middle.open();
        running.join().map(drop).expect("no stage fails");
        // The batches of the first: the event that was there at first, then 1 to 4.
        assert_eq!((first.handled(), second.handled()), (5, 1));
        assert!(closed!(producer).is_halted() && !monitor.is_open());
    }};
}

#[test]
fn a_halt_ends_with_the_batch_that_is_handled() {
    for_both_kinds!(halt);
}

/// The same while a producer is just writing: what it stores afterwards must not undo the halt.
macro_rules! halt_during_a_write {
    ($producers:ident) => {{
        let (begin, middle, writing) = (Gate::default(), Gate::default(), Gate::default());
        let (first, second) = (Count::held_at(&[(0, &begin), (3, &middle)]), Count::default());
        let (mut producer, running) = thirty_events!(first -> second, $producers);
        begin.open();
        middle.reached();
        let held = writing.clone();
        let publishing = thread::spawn(move || producer.publish(|_| held.pass()).map(|_| producer));
        writing.reached();
        running.monitor().halt();
        writing.open();
        // It was claimed in time.
        let mut producer = publishing.join().expect("no panic").expect("claimed before the halt");
        middle.open();
        // Nobody joins, and nobody is refused, before the stages have ended.
        until_ended(&running.monitor());
        assert_eq!(first.handled(), 5);
        assert!(closed!(producer).is_halted());
        running.join().map(drop).expect("no stage fails");
    }};
}

#[test]
fn a_halt_is_not_undone_by_who_is_publishing() {
    for_both_kinds!(halt_during_a_write);
}

#[test]
fn an_overdue_join_gives_the_pipeline_back() {
    within("overdue joins", || {
        let gate = Gate::default();
        let (first, second) = (Count::default(), Count::held_at(&[(0, &gate)]));
        let (producer, running) = thirty_events!(first -> second, single);
        let overdue = |result| match result {
            Err(JoinError::Overdue(overdue)) => overdue,
            Err(JoinError::Failed(failure)) => panic!("{failure}"),
            Ok(_) => panic!("it ended, though a handler is held"),
        };
        // The producer still lives.
        let back = overdue(running.join_within(SOON));
        assert_eq!((back.stages, back.waited), (vec!["first", "second"], SOON));
        let monitor = back.running.monitor();
        assert!(monitor.is_open());
        // Closed now; the first drains, the second is held.
        let mut back = overdue(back.running.drain_within(SOON));
        until("the first ends", || monitor.stage("first").is_some_and(|first| first.ended));
        while back.stages.len() > 1 {
            back = overdue(back.running.join_within(SOON));
        }
        let told = JoinError::Overdue(back);
        assert_eq!(told.to_string(), "not ended after 20ms: still running are the stages second");
        let JoinError::Overdue(back) = told else { unreachable!() };
        let back = overdue(back.running.halt_within(SOON));
        assert_eq!(back.stages, ["second"]);
        gate.open();
        let Ok(handlers) = back.running.join_within(common::DEADLINE) else { panic!("it may end now") };
        assert_eq!(handlers.first.handled(), 30);
        drop(producer);
    });
}

macro_rules! dropped_running {
    ($producers:ident) => {{
        let (first, second) = (Count::default(), Count::default());
        let (mut producer, running) = thirty_events!(first -> second, $producers);
        let monitor = running.monitor();
        drop(running);
        assert_eq!((first.handled(), second.handled()), (30, 30));
        assert!(!closed!(producer).is_halted());
        drop(producer);
        // The monitor outlives them all.
        assert_eq!((monitor.published(), monitor.is_open(), monitor.free_slots()), (30, false, 64));
        for stage in monitor.stages() {
            assert_eq!((stage.cursor, stage.backlog, stage.skipped, stage.ended), (30, 0, 0, true));
        }
        monitor.drain();
        monitor.halt();
        assert!(monitor.failure().is_none() && format!("{monitor:?}").contains("first"));
    }};
}

#[test]
fn a_dropped_running_drains_while_a_producer_on_the_same_thread_lives() {
    for_both_kinds!(dropped_running);
}

#[test]
fn the_last_of_several_producers_ends_the_stream() {
    within("producers that go one by one", || {
        let (first, second) = (Count::default(), Count::default());
        let (mut producer, running) = thirty_events!(first -> second, multi);
        let mut clone = producer.clone();
        producer.publish(|_| {}).expect("open");
        drop(producer);
        let again = clone.clone();
        clone.publish(|_| {}).expect("still open");
        drop(clone);
        assert!(running.monitor().is_open());
        drop(again);
        running.join().map(drop).expect("no stage fails");
        assert_eq!((first.handled(), second.handled()), (32, 32));
    });
}

/// A halt from elsewhere while so many producers wait on a full ring, whose stage is held.
macro_rules! halted_while_blocked {
    ($wait:expr, $producers:ident, $($clone:ident)*) => {{
        let gate = Gate::default();
        let work = Count::held_at(&[(0, &gate)]);
        let count = work.clone();
        let pipeline = disruptor! {
            event: i64;
            ring: 2;
            producers: $producers;
            wait: $wait;
            producer_wait: $wait;
            work { batch: 1 };
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        (0..2).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
        $(let mut $clone = producer.clone();)*
        let blocked = [
            thread::spawn(move || producer.publish(|_| {}).map(drop)),
            $(thread::spawn(move || $clone.publish(|_| {}).map(drop)),)*
        ];
        gate.reached();
        let claims = if stringify!($producers) == "multi" { 2 + blocked.len() } else { 2 };
        let monitor = running.monitor();
        until("they wait", || monitor.published() >= claims as Sequence);
        thread::spawn(move || monitor.halt()).join().expect("no panic");
        for thread in blocked {
            // Though the stage is still held.
            assert!(thread.join().expect("no panic").expect_err("it is closed").is_halted());
        }
        let monitor = running.monitor();
        gate.open();
        until_ended(&monitor);
        running.join().map(drop).expect("no stage fails");
        assert_eq!(count.handled(), 1);
    }};
}

fn a_halt_frees_blocked_producers(wait: impl Wait + Clone) {
    let own = wait.clone();
    within("a halt with a blocked producer", move || halted_while_blocked!(own.clone(), single,));
    within("a halt with blocked producers", move || halted_while_blocked!(wait.clone(), multi, second third));
}
under_few_types_of_waits!(a_halt_frees_blocked_producers);

#[test]
fn a_deadline_does_not_wait_for_what_a_thread_destroys_at_its_end() {
    /// Blocks the end of its thread until the test is over.
    struct Slow(Arc<AtomicI64>);
    impl Drop for Slow {
        fn drop(&mut self) {
            while self.0.load(Ordering::Relaxed) == 0 {
                thread::sleep(Duration::from_millis(1));
            }
        }
    }
    thread_local! {
        static SLOW: std::cell::RefCell<Option<Slow>> = const { std::cell::RefCell::new(None) };
    }
    within("thread locals", || {
        let over = Arc::new(AtomicI64::new(0));
        let held = Arc::clone(&over);
        let pipeline = disruptor! {
            event: i64;
            work(sequence) = move |_| SLOW.with(|slow| *slow.borrow_mut() = Some(Slow(Arc::clone(&held))));
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        producer.publish(|_| {}).expect("open");
        let ended = running.drain_within(SOON);
        assert!(ended.is_ok(), "the stage has ended, and its handlers are given back");
        over.store(1, Ordering::Relaxed);
    });
}

#[test]
fn a_stage_that_ends_its_own_pipeline_does_not_wait_for_itself() {
    within("its own pipeline", || {
        for join in [false, true] {
            let (sender, receiver) = std::sync::mpsc::channel();
            let pipeline = disruptor! {
                event: i64;
                work(sequence) = move |_| {
                    let running: disruptor_pipeline::Running<()> = receiver.recv().expect("sent");
                    if join { running.join().expect("no stage fails") } else { drop(running) }
                };
                < work >
            };
            let (mut producer, running) = pipeline.spawn().expect("starts");
            let monitor = running.monitor();
            drop((sender, running));
            let _ = producer.publish(|_| {});
            drop(producer);
            until_ended(&monitor);
        }
    });
}
