//! What is left after a failure, and failures in odd places: life-cycle calls, policies, payloads, several at once.
#![forbid(unsafe_code)]

mod common;

use std::fmt;
use std::io;
use std::panic::{panic_any, resume_unwind};
use std::sync::{Arc, Mutex};

use common::{Gate, until, until_ended, within};
use disruptor_pipeline::{Cause, Decision, Failure, Handler, HandlerResult, Sequence, disruptor};

/// Handles events as a closure says, and keeps what it was called for.
struct Scripted<F> {
    calls: Vec<String>,
    act: F,
}

impl<F> Scripted<F> {
    fn new(act: F) -> Self
    where
        F: FnMut(&str) -> HandlerResult,
    {
        Self { calls: Vec::new(), act }
    }
}

impl<F: FnMut(&str) -> HandlerResult> Scripted<F> {
    fn call(&mut self, what: String) -> HandlerResult {
        self.calls.push(what);
        (self.act)(self.calls.last().expect("just pushed"))
    }
}

impl<F: FnMut(&str) -> HandlerResult> Handler<i64> for Scripted<F> {
    fn on_start(&mut self) {
        self.call("start".to_owned()).expect("only panics here");
    }

    fn on_batch_start(&mut self, _: usize, _: usize) {
        self.call("batch".to_owned()).expect("only panics here");
    }

    fn on_event(&mut self, _: &i64, sequence: Sequence, _: bool) -> HandlerResult {
        self.call(format!("event {sequence}"))
    }

    fn on_stop(&mut self) {
        self.call("stop".to_owned()).expect("only panics here");
    }
}

/// Fails at a call.
fn failing_at(call: &'static str) -> impl FnMut(&str) -> HandlerResult {
    move |what| if what == call { Err("no more".into()) } else { Ok(()) }
}

/// Panics at a call.
fn panicking_at(call: &'static str) -> impl FnMut(&str) -> HandlerResult {
    move |what| if what == call { panic!("at {what}") } else { Ok(()) }
}

#[test]
fn finish_gives_the_handlers_back_as_the_failure_left_them() {
    within("finish", || {
        let gate = Gate::default();
        let held = gate.clone();
        let act = move |what: &str| {
            if what == "event 2" {
                held.pass();
                return Err("no more".into());
            }
            Ok(())
        };
        let (first, second) = (Scripted::new(failing_at("never")), Scripted::new(act));
        let pipeline = disruptor! { event: i64; ring: 8; second { batch: 1 }; < first -> second > };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        (0..4).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
        gate.open();
        drop(producer);
        let (handlers, ended) = running.finish();
        assert_eq!(ended.expect_err("it failed").to_string(), "stage `second` failed at sequence 2: no more");
        let calls = ["start", "batch", "event 0", "batch", "event 1", "batch", "event 2", "stop"];
        assert_eq!(handlers.second.calls, calls);
        assert_eq!(handlers.first.calls.iter().filter(|call| call.starts_with("event")).count(), 4);
    });
}

/// Runs two stages, of which the second does as it is told, on three events; gives the failure and the second's calls.
fn second_stage(act: impl FnMut(&str) -> HandlerResult + Send + 'static) -> (Option<Failure>, Vec<String>) {
    within("a stage that fails in an odd place", || {
        let (first, second, third) =
            (Scripted::new(failing_at("never")), Scripted::new(act), Scripted::new(failing_at("never")));
        let pipeline = disruptor! { event: i64; ring: 8; < first -> second -> third > };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        // It may be closed before the third.
        let _ = (0..3).try_for_each(|_| producer.publish(|_| {}).map(drop));
        drop(producer);
        let monitor = running.monitor();
        let (handlers, ended) = running.finish();
        assert!(monitor.stages().iter().all(|stage| stage.ended));
        assert_eq!(handlers.third.calls.last().map(String::as_str), Some("stop"));
        (ended.err(), handlers.second.calls)
    })
}

#[test]
fn a_panic_before_the_first_event_is_a_failure_of_the_stage() {
    let (failure, calls) = second_stage(panicking_at("start"));
    assert_eq!(failure.expect("failed").to_string(), "stage `second` panicked at sequence 0: at start");
    assert_eq!(calls, ["start", "stop"]);
    let (failure, calls) = second_stage(panicking_at("batch"));
    assert_eq!(failure.expect("failed").to_string(), "stage `second` panicked at sequence 0: at batch");
    assert_eq!(calls, ["start", "batch", "stop"]);
}

#[test]
fn a_panic_after_the_last_event_is_a_failure_of_the_stage() {
    let (failure, calls) = second_stage(panicking_at("stop"));
    assert_eq!(failure.expect("failed").to_string(), "stage `second` panicked at sequence 3: at stop");
    assert_eq!(calls.iter().filter(|call| *call == "stop").count(), 1);
}

#[test]
fn the_first_failure_is_kept_also_where_a_stop_panics_after_it() {
    let act = |what: &str| match what {
        "event 1" => Err("first".into()),
        "stop" => panic!("second"),
        _ => Ok(()),
    };
    let (failure, _) = second_stage(act);
    assert_eq!(failure.expect("failed").to_string(), "stage `second` failed at sequence 1: first");
}

#[test]
fn a_policy_that_panics_fails_the_stage_at_the_event() {
    within("a policy that panics", || {
        let pipeline = disruptor! {
            event: i64;
            work(sequence) { on_error: |_| panic!("undecided") } = |n| if n == 1 { Err("no") } else { Ok(()) };
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let _ = (0..3).try_for_each(|_| producer.publish(|_| {}).map(drop));
        drop(producer);
        let failure = running.join().map(drop).expect_err("failed");
        assert_eq!(failure.to_string(), "stage `work` panicked at sequence 1: undecided");
    });
}

#[test]
fn of_two_failing_stages_the_first_is_told() {
    within("two failing stages", || {
        let (gate_b, gate_c) = (Gate::default(), Gate::default());
        let (held_b, held_c) = (gate_b.clone(), gate_c.clone());
        let pipeline = disruptor! {
            event: i64;
            b(sequence) = move |_| { held_b.pass(); Err::<(), _>("b's") };
            c(sequence) = move |_| { held_c.pass(); if true { panic!("c's") } };
            d(sequence) = |n| assert!(n < 0, "nothing comes through");
            < (b, c) -> d >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        producer.publish(|_| {}).expect("open");
        gate_b.reached();
        gate_c.reached();
        let monitor = running.monitor();
        gate_c.open();
        until("c has failed", || monitor.failure().is_some());
        let closed = producer.publish(|_| {}).expect_err("it is closed");
        gate_b.open();
        let failure = running.join().map(drop).expect_err("failed");
        for told in [closed.failure().expect("failed"), &failure, &monitor.failure().expect("failed")] {
            assert_eq!(told.to_string(), "stage `c` panicked at sequence 0: c's");
        }
    });
}

#[test]
fn a_payload_is_given_once_and_whole() {
    within("a payload", || {
        let pipeline =
            disruptor! { event: i64; work(sequence) = |n| if n == 0 { panic_any(vec![1, 2, 3]) }; < work > };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        producer.publish(|_| {}).expect("open");
        let monitor = running.monitor();
        until("it has failed", || monitor.failure().is_some());
        let failure = running.join().map(drop).expect_err("failed");
        let Cause::Panic(panic) = failure.cause() else { panic!("{failure:?}") };
        assert_eq!(panic.message(), "a panic whose payload is not a text");
        let payload = panic.take_payload().expect("the first to ask gets it");
        assert_eq!(payload.downcast_ref::<Vec<i32>>(), Some(&vec![1, 2, 3]));
        // The producer is told of the same panic.
        let closed = producer.publish(|_| {}).expect_err("it is closed");
        let Some(Cause::Panic(panic)) = closed.cause() else { panic!("{closed:?}") };
        assert!(panic.take_payload().is_none());
    });
}

#[test]
fn an_error_comes_through_whole() {
    within("an error's way", || {
        let pipeline = disruptor! {
            event: i64;
            work(sequence) = |_| Err::<(), _>(io::Error::new(io::ErrorKind::StorageFull, "no space"));
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        producer.publish(|_| {}).expect("open");
        until_ended(&running.monitor());
        let closed = producer.publish(|_| {}).expect_err("it is closed");
        let told = "the pipeline is closed: stage `work` failed at sequence 0: no space";
        assert_eq!(closed.to_string(), told);
        let failure = std::error::Error::source(&closed).expect("a closing failure");
        let error = failure.source().expect("its error").downcast_ref::<io::Error>().expect("the same");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        running.join().map(drop).expect_err("failed");
    });
}

/// A payload, or an error, whose drop panics once.
#[derive(Debug)]
struct Evil;

impl fmt::Display for Evil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("evil")
    }
}

impl std::error::Error for Evil {}

impl Drop for Evil {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            resume_unwind(Box::new("the drop of a payload"));
        }
    }
}

/// Two stages side by side fail, and the second failure's cause panics when it is dropped. Nobody may wait for ever.
#[test]
fn a_cause_whose_drop_panics_wedges_nothing() {
    let fail: [fn() -> Result<(), Evil>; 2] = [|| Err(Evil), || panic_any(Evil)];
    for fail in fail {
        within("a cause whose drop panics", move || {
            let (gate_c, seen) = (Gate::default(), Arc::new(Mutex::new(0)));
            let (held_c, seen_by_d) = (gate_c.clone(), Arc::clone(&seen));
            let pipeline = disruptor! {
                event: i64;
                b(sequence) = |_| Err::<(), _>("b's");
                c(sequence) = move |_| { held_c.pass(); fail() };
                d(sequence) = move |_| *seen_by_d.lock().expect("whole") += 1;
                < (b, c) -> d >
            };
            let (mut producer, running) = pipeline.spawn().expect("starts");
            producer.publish(|_| {}).expect("open");
            gate_c.reached();
            let monitor = running.monitor();
            until("b has failed", || monitor.failure().is_some());
            gate_c.open();
            until_ended(&monitor);
            assert_eq!(running.join().map(drop).expect_err("failed").stage(), "b");
            assert_eq!(*seen.lock().expect("whole"), 0);
        });
    }
}

#[test]
fn a_decision_to_stop_is_a_failure_with_the_error() {
    within("a policy that stops", || {
        let pipeline = disruptor! {
            event: i64;
            on_error: |fault| if fault.sequence < 2 { Decision::Skip } else { Decision::Stop };
            work(sequence) = |_| Err::<(), _>("no");
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let _ = (0..4).try_for_each(|_| producer.publish(|_| {}).map(drop));
        drop(producer);
        let failure = running.join().map(drop).expect_err("failed");
        assert_eq!(failure.to_string(), "stage `work` failed at sequence 2: no");
    });
}
