//! Pipelines that are built at run time: order, gating, pools, policies, ends; what is refused; what is drawn.
#![forbid(unsafe_code)]

mod common;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use common::{Gate, until, within};
use disruptor_pipeline::dynamic::{Built, Handlers, Stage};
use disruptor_pipeline::wait::{Blocking, BusySpin, PhasedBackoff, Sleeping, Yielding};
use disruptor_pipeline::{
    Builder, Cause, Failure, Handler, HandlerMut, HandlerResult, JoinError, Sequence, Skip, TryPublishError,
};

/// How far each stage is, told by the stages themselves and outside the ring.
#[derive(Clone, Default)]
struct Board(Arc<Mutex<Vec<Cursor>>>);

/// A stage's name, and how many events it has handled.
type Cursor = (String, Arc<AtomicI64>);

impl Board {
    fn cursor(&self, name: &str) -> Arc<AtomicI64> {
        let mut cursors = self.0.lock().expect("no panic");
        if let Some((_, cursor)) = cursors.iter().find(|(known, _)| known == name) {
            return Arc::clone(cursor);
        }
        cursors.push((name.to_owned(), Arc::default()));
        Arc::clone(&cursors[cursors.len() - 1].1)
    }

    /// A stage that checks that every event is the next, holds what was published, and was handled by those before.
    fn stage(&self, name: &str, after: &[&str]) -> Stage<i64> {
        let own = self.cursor(name);
        let before: Vec<_> = after.iter().map(|name| (name.to_string(), self.cursor(name))).collect();
        let mut next = 0;
        Stage::new(name, move |event: &i64, sequence: Sequence, _: bool| {
            assert_eq!((*event, sequence), (sequence * 3, next));
            for (name, cursor) in &before {
                assert!(cursor.load(Ordering::Acquire) > sequence, "`{name}` has not handled {sequence}");
            }
            next += 1;
            own.store(next, Ordering::Release);
        })
    }
}

fn run(built: Built<i64>, events: i64) -> Handlers {
    let (mut producer, running) = built.spawn().expect("it starts");
    for value in 0..events {
        producer.publish(|event| *event = value * 3).expect("no stage fails");
    }
    drop(producer);
    running.join().expect("no stage fails")
}

#[test]
fn a_graph_of_stages_keeps_its_order() {
    within("a graph", || {
        let board = Board::default();
        let mut builder = Builder::single(16, i64::default);
        builder.name("orders").wait(Yielding::default());
        builder
            .handle_events_with([board.stage("a", &[]), board.stage("b", &[])])
            .then([board.stage("d", &["a", "b"])])
            .and(["f"])
            .and_then([board.stage("g", &["d", "f"])]);
        builder.after(["b"]).then([board.stage("e", &["b"])]);
        builder.handle_events_with([board.stage("f", &[])]);
        builder.arrow("e", "g");
        let built = builder.build().expect("it is a graph");
        let text = built.topology().to_text();
        assert!(text.starts_with("orders: single producer, ring of 16, 6 stages"), "{text}");
        assert!(text.contains("g    waits on d, e and f; holds back the producer"), "{text}");
        assert!(built.topology().to_mermaid().contains("flowchart"));
        assert!(built.topology().to_dot().contains("digraph"));
        assert!(std::ptr::eq(built.topology(), built.topology()), "it is kept once");
        run(built, 5_000);
        for (name, cursor) in board.0.lock().expect("no panic").iter() {
            assert_eq!(cursor.load(Ordering::Relaxed), 5_000, "{name}");
        }
    });
}

#[test]
fn a_text_says_the_order() {
    within("chains", || {
        let board = Board::default();
        let stages = [
            board.stage("parse", &[]),
            Stage::pool(
                "work",
                [board.cursor("w"), board.cursor("w")]
                    .map(|done| move |_: &i64, _: Sequence, _: bool| _ = done.fetch_add(1, Ordering::AcqRel)),
            ),
            board.stage("merge", &["parse"]),
        ];
        let mut builder = Builder::single(32, i64::default);
        builder.chains("< parse -> [work; 2] -> merge >", stages);
        let built = builder.build().expect("it is a graph");
        assert!(built.topology().to_text().contains("producer -> parse -> [work; 2] -> merge"));
        run(built, 1_000);
        assert_eq!(board.cursor("w").load(Ordering::Relaxed), 1_000);
    });
}

/// Doubles events, and counts its calls.
#[derive(Default)]
struct Double {
    started: bool,
    batches: usize,
    events: i64,
}

impl HandlerMut<i64> for Double {
    fn on_start(&mut self) {
        self.started = true;
    }

    fn on_batch_start(&mut self, _: usize, _: usize) {
        self.batches += 1;
    }

    fn on_event(&mut self, event: &mut i64, _: Sequence, _: bool) -> HandlerResult {
        *event *= 2;
        self.events += 1;
        Ok(())
    }
}

/// Adds up events.
#[derive(Default)]
struct Sum(i64);

impl Handler<i64> for Sum {
    fn on_event(&mut self, event: &i64, _: Sequence, _: bool) -> HandlerResult {
        self.0 += event;
        Ok(())
    }
}

#[test]
fn handlers_come_back_by_name_and_type() {
    within("handlers", || {
        let mut builder = Builder::single(8, i64::default);
        let boxed: Box<dyn Handler<i64> + Send> = Box::new(Sum::default());
        builder.handle_events_with([Stage::writing("double", Double::default())]).then([
            Stage::new("sum", Sum::default()),
            Stage::boxed("boxed", boxed),
            Stage::made("made", || {
                let not_send = std::rc::Rc::new(std::cell::Cell::new(0));
                move |event: &i64, _: Sequence, _: bool| not_send.set(not_send.get() + event)
            }),
        ]);
        let mut handlers = run(builder.build().expect("it is right"), 100);
        assert_eq!(handlers.names().collect::<Vec<_>>(), ["boxed", "double", "made", "sum"]);
        assert!(handlers.take::<String>("sum").is_none(), "it is of another type");
        assert_eq!(handlers.take::<Sum>("sum").expect("it is there").0, 6 * 4950);
        assert!(handlers.take::<Sum>("sum").is_none(), "it is taken");
        let double = handlers.take::<Double>("double").expect("it is there");
        assert!(double.started && double.events == 100 && double.batches >= 100 / 8);
        let mut boxed = handlers.take::<Box<dyn Handler<i64> + Send>>("boxed").expect("it is there");
        boxed.on_event(&1, 100, true).expect("it adds");
        assert_eq!(handlers.take::<()>("made"), Some(()));
    });
}

#[test]
fn each_event_goes_to_one_worker() {
    within("pools", || {
        let seen = || Vec::<i64>::new();
        let worker = |mut seen: Vec<i64>| {
            let all: Arc<Mutex<Vec<i64>>> = Arc::default();
            let told = Arc::clone(&all);
            let handler = move |event: &i64, _: Sequence, _: bool| {
                seen.push(*event);
                *told.lock().expect("no panic") = seen.clone();
            };
            (all, handler)
        };
        let (by_turns, turns): (Vec<_>, Vec<_>) = (0..3).map(|_| worker(seen())).unzip();
        let (by_key, keys): (Vec<_>, Vec<_>) = (0..3).map(|_| worker(seen())).unzip();
        let mut builder = Builder::single(64, i64::default);
        builder
            .handle_events_with([Stage::writing_pool("add", [|event: &mut i64| *event += 1; 2])])
            .then([Stage::pool("turns", turns), Stage::pool("keys", keys).by_key(|event: &i64| event % 10)])
            .then([Stage::new("after", |event: &i64, sequence: Sequence, _: bool| {
                assert_eq!(*event, sequence * 3 + 1, "exactly one worker has added");
            })]);
        run(builder.build().expect("it is right"), 300);
        let read = |all: &[Arc<Mutex<Vec<i64>>>]| -> Vec<Vec<i64>> {
            all.iter().map(|seen| seen.lock().expect("no panic").clone()).collect()
        };
        let (by_turns, by_key) = (read(&by_turns), read(&by_key));
        assert!(by_turns.iter().all(|seen| seen.len() == 100));
        for pools in [&by_turns, &by_key] {
            let mut all: Vec<_> = pools.concat();
            all.sort_unstable();
            assert_eq!(all, (0..300).map(|value| value * 3 + 1).collect::<Vec<_>>());
            assert!(pools.iter().all(|seen| seen.is_sorted()));
        }
        for key in 0..10 {
            let workers = by_key.iter().filter(|seen| seen.iter().any(|event| event % 10 == key)).count();
            assert_eq!(workers, 1, "key {key}");
        }
    });
}

#[test]
fn every_wait_is_heeded() {
    within("waits", || {
        macro_rules! with {
            ($wait:expr, $producer_wait:expr) => {{
                let board = Board::default();
                let mut builder = Builder::single(4, i64::default);
                builder.wait($wait).producer_wait($producer_wait);
                builder
                    .handle_events_with([board.stage("a", &[])])
                    .then([board.stage("b", &["a"]).wait(Blocking::default())]);
                run(builder.build().expect("it is right"), 3_000);
                assert_eq!(board.cursor("b").load(Ordering::Relaxed), 3_000);
            }};
        }
        with!(BusySpin, Yielding::default());
        with!(Sleeping::default(), Blocking::default());
        with!(Blocking::default(), Blocking::default());
        with!(PhasedBackoff::before(Blocking::default()), PhasedBackoff::default());
    });
}

#[test]
fn several_producers_publish() {
    within("several producers", || {
        let mut builder = Builder::multi(32, i64::default);
        builder
            .handle_events_with([Stage::new("sum", Sum::default())])
            .then([Stage::new("again", Sum::default())]);
        let (producer, running) = builder.build().expect("it is right").spawn().expect("it starts");
        thread::scope(|scope| {
            for from in [0, 1_000, 2_000] {
                let mut producer = producer.clone();
                scope.spawn(move || {
                    for value in from..from + 1_000 {
                        producer.publish(|event| *event = value).expect("no stage fails");
                    }
                });
            }
        });
        drop(producer);
        let mut handlers = running.join().expect("no stage fails");
        for stage in ["sum", "again"] {
            assert_eq!(
                handlers.take::<Sum>(stage).expect("it is there").0,
                (0..3_000).sum::<i64>(),
                "{stage}"
            );
        }
    });
}

#[test]
fn a_failure_is_told_as_of_a_declared_pipeline() {
    within("a failure", || {
        let check =
            |event: &i64, _: Sequence, _: bool| if *event == 9 { Err("limit exceeded") } else { Ok(()) };
        let mut builder = Builder::single(16, i64::default);
        builder
            .handle_events_with([Stage::new("check", check)])
            .then([Stage::new("book", Sum::default()).batch(1)]);
        let (mut producer, running) = builder.build().expect("it is right").spawn().expect("it starts");
        let closed = (0..)
            .find_map(|value| producer.publish(|event| *event = value * 3).err())
            .expect("sooner or later");
        assert_eq!((closed.stage(), closed.sequence()), (Some("check"), Some(3)));
        let (mut handlers, ended) = running.finish();
        let failure: Failure = ended.expect_err("a stage has failed");
        assert_eq!(failure.to_string(), "stage `check` failed at sequence 3: limit exceeded");
        assert_eq!(failure.thread(), "check");
        // What `check` has handled in whole batches.
        assert!([0, 3, 9].contains(&handlers.take::<Sum>("book").expect("it is there").0));
    });
}

#[test]
fn a_panic_and_a_skip_are_told_too() {
    within("a panic", || {
        let mut builder = Builder::single(16, i64::default);
        let odd = |event: &i64, _: Sequence, _: bool| if event % 2 == 1 { Err("odd") } else { Ok(()) };
        let fall = |event: &i64, _: Sequence, _: bool| assert!(*event < 30, "too large");
        builder.handle_events_with([
            Stage::new("odd", odd).on_error(Skip),
            Stage::pool("fall", [fall, fall]).thread_name("falling"),
        ]);
        let (mut producer, running) = builder.build().expect("it is right").spawn().expect("it starts");
        let monitor = running.monitor();
        for value in 0..10 {
            producer.publish(|event| *event = value).expect("no stage fails");
        }
        until("they are handled", || monitor.stages().iter().all(|stage| stage.cursor == 10));
        assert_eq!(monitor.stage("odd").expect("it is there").skipped, 5);
        assert_eq!((monitor.free_slots(), monitor.ring_size()), (16, 16));
        while producer.publish(|event| *event = 30).is_ok() {}
        let failure = running.join().expect_err("a stage has panicked");
        assert!(failure.is_panic() && failure.stage() == "fall");
        assert!(failure.thread().starts_with("falling["), "{}", failure.thread());
        let Cause::Panic(panic) = failure.cause() else { panic!("a panic") };
        assert!(panic.message().contains("too large"));
    });
}

#[test]
fn a_full_ring_a_drain_a_halt_and_a_deadline() {
    within("ends", || {
        let gate = Gate::default();
        let held = gate.clone();
        let mut builder = Builder::single(4, i64::default);
        builder.name("slow").handle_events_with([Stage::new(
            "slow",
            move |_: &i64, sequence: Sequence, _: bool| {
                if sequence == 0 {
                    held.pass();
                }
            },
        )]);
        let (mut producer, running) = builder.build().expect("it is right").spawn().expect("it starts");
        for value in 0..4 {
            producer.publish(|event| *event = value).expect("there is room");
        }
        assert!(matches!(producer.try_publish(|_| ()), Err(TryPublishError::Full)));
        let Err(JoinError::Overdue(overdue)) = running.drain_within(Duration::from_millis(20)) else {
            panic!("it is held");
        };
        assert_eq!(overdue.stages, ["slow"]);
        assert!(matches!(producer.try_publish(|_| ()), Err(TryPublishError::Closed(_))));
        gate.open();
        overdue.running.halt().expect("no stage fails");
    });
}
