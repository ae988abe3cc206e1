//! What follows when a handler returns an error: skip, retry, stop, or what a closure decides.
#![forbid(unsafe_code)]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Gate, until, within};
use disruptor_pipeline::{Decision, Fault, Handler, HandlerResult, Sequence, disruptor};

/// Fails at some events, so many times each, and keeps its calls. The event 0 is held at a gate, so that what follows is a batch.
#[derive(Default)]
struct Fails {
    at: Vec<(Sequence, u32)>,
    calls: Vec<(Sequence, bool)>,
    gate: Gate,
}

const ALWAYS: u32 = u32::MAX;

impl Fails {
    fn at(at: &[(Sequence, u32)]) -> (Self, Gate) {
        let gate = Gate::default();
        (Self { at: at.to_vec(), gate: gate.clone(), ..Self::default() }, gate)
    }

    /// The calls, those that closed a batch marked.
    fn calls(&self) -> String {
        let call = |(sequence, end): &(Sequence, bool)| format!("{sequence}{}", if *end { "." } else { "" });
        self.calls.iter().map(call).collect::<Vec<_>>().join(" ")
    }
}

impl Handler<i64> for Fails {
    fn on_event(&mut self, _: &i64, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
        self.gate.pass();
        assert!(self.calls.len() < 60, "goes round in circles");
        self.calls.push((sequence, end_of_batch));
        match self.at.iter_mut().find(|(at, times)| *at == sequence && *times > 0) {
            Some((_, times)) => {
                *times -= u32::from(*times != ALWAYS);
                Err(format!("no {sequence}").into())
            }
            None => Ok(()),
        }
    }
}

/// What is left of a pipeline `work -> after` of the events 0 to 5, of which the last five are one batch.
struct Left {
    calls: String,
    after: Vec<Sequence>,
    skipped: u64,
    failure: Option<String>,
}

/// Runs it, with `work` failing so and this policy.
macro_rules! six_events {
    ($at:expr, $($policy:tt)*) => {
        within("six events", || {
            let (work, gate) = Fails::at(&$at);
            let after = Arc::new(Mutex::new(Vec::new()));
            let seen = Arc::clone(&after);
            let pipeline = disruptor! {
                event: i64;
                ring: 8;
                work { on_error: $($policy)* };
                after(sequence) = move |n| seen.lock().expect("whole").push(n);
                < work -> after >
            };
            let (mut producer, running) = pipeline.spawn().expect("starts");
            producer.publish(|_| {}).expect("open");
            gate.reached();
            (1..6).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
            gate.open();
            drop(producer);
            let monitor = running.monitor();
            let (handlers, ended) = running.finish();
            let skipped = monitor.stage("work").expect("there is one").skipped;
            assert_eq!(monitor.stage("after").expect("there is one").skipped, 0);
            let after = after.lock().expect("whole").clone();
            Left { calls: handlers.work.calls(), after, skipped, failure: ended.err().map(|failure| failure.to_string()) }
        })
    };
}

#[test]
fn an_error_stops() {
    let left = six_events!([(3, 1)], stop);
    assert_eq!(left.calls, "0. 1 2 3");
    assert_eq!(left.failure.as_deref(), Some("stage `work` failed at sequence 3: no 3"));
    // None of a batch counts before its end, as the handler learns where that is.
    assert_eq!((left.after, left.skipped), (vec![0], 0));
}

#[test]
fn a_skip_is_counted_and_the_later_stages_see_the_event() {
    let left = six_events!([(0, 1), (2, 1), (5, 1)], skip);
    assert_eq!((left.calls.as_str(), left.skipped, left.failure), ("0. 1 2 3 4 5.", 3, None));
    assert_eq!(left.after, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_retry_rewinds_the_batch() {
    let left = six_events!([(3, 2)], retry(2));
    assert_eq!(left.calls, "0. 1 2 3 1 2 3 1 2 3 4 5.");
    assert_eq!((left.after, left.skipped, left.failure), (vec![0, 1, 2, 3, 4, 5], 0, None));
}

#[test]
fn a_retry_of_the_last_event_closes_the_batch_again() {
    let left = six_events!([(5, 1), (0, 1)], retry(1));
    assert_eq!((left.calls.as_str(), left.failure), ("0. 0. 1 2 3 4 5. 1 2 3 4 5.", None));
}

#[test]
fn a_retry_that_gives_up_stops() {
    let left = six_events!([(2, ALWAYS)], retry(3));
    assert_eq!(left.calls, "0. 1 2 1 2 1 2 1 2");
    assert_eq!(left.failure.as_deref(), Some("stage `work` failed at sequence 2: no 2"));
    assert_eq!((left.after, left.skipped), (vec![0], 0));
}

#[test]
fn a_retry_that_gives_up_may_skip() {
    let left = six_events!([(2, ALWAYS)], retry(Retry::times(1).then(Skip)));
    assert_eq!((left.calls.as_str(), left.skipped, left.failure), ("0. 1 2 1 2 3 4 5.", 1, None));
    assert_eq!(left.after, [0, 1, 2, 3, 4, 5]);
}

/// LMAX's strategies: `SimpleBatchRewindStrategy`, `NanosecondPauseBatchRewindStrategy`, `EventuallyGiveUpOnBatchRewindStrategy`.
#[test]
fn the_three_ways_of_lmax_to_rewind() {
    let rewound = format!("0. {}1 2 3 4 5.", "1 2 ".repeat(15));
    let left = six_events!([(2, 15)], retry(Retry::forever()));
    assert_eq!((left.calls, left.skipped, left.failure), (rewound.clone(), 0, None));
    let left = six_events!([(2, 15)], retry(Retry::forever().with_pause(Duration::from_nanos(100))));
    assert_eq!((left.calls, left.skipped, left.failure), (rewound, 0, None));
    let left = six_events!([(2, 4)], retry(Retry::times(3).with_pause(Duration::from_nanos(100))));
    assert_eq!(left.calls, "0. 1 2 1 2 1 2 1 2");
    assert_eq!(left.failure.as_deref(), Some("stage `work` failed at sequence 2: no 2"));
}

/// An error that asks for a rewind, as LMAX's `RewindableException` does; others do not.
#[test]
fn what_the_error_is_decides() {
    within("errors of two types", || {
        let mut tries = 0;
        let pipeline = disruptor! {
            event: i64;
            on_error: |fault| {
                if fault.error.is::<std::num::ParseIntError>() {
                    Decision::Retry(Duration::ZERO)
                } else {
                    Decision::Stop
                }
            };
            work(sequence) = move |n| {
                tries += 1;
                match (n, tries) {
                    (0, ..3) => "x".parse::<i64>().map(drop).map_err(disruptor_pipeline::BoxError::from),
                    (1, _) => Err("limit exceeded".into()),
                    _ => Ok(()),
                }
            };
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let _ = (0..2).try_for_each(|_| producer.publish(|_| {}).map(drop));
        drop(producer);
        let failure = running.join().map(drop).expect_err("the second is no rewind");
        assert_eq!(failure.to_string(), "stage `work` failed at sequence 1: limit exceeded");
    });
}

/// The tries of one event must not start anew since another event of its batch fails as well.
#[test]
fn two_events_of_a_batch_that_always_fail_are_both_given_up() {
    let left = six_events!([(2, ALWAYS), (4, ALWAYS)], retry(Retry::times(2).then(Skip)));
    assert_eq!((left.skipped, left.failure), (2, None), "after {}", left.calls);
    assert_eq!(left.after, [0, 1, 2, 3, 4, 5]);
    assert!(left.calls.ends_with(" 5."), "{}", left.calls);
}

#[test]
fn tries_are_counted_for_each_event() {
    let faults = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&faults);
    let left = six_events!([(1, 2), (4, 1)], move |fault| {
        let told = format!("{} {} {} {}", fault.stage, fault.sequence, fault.error, fault.tries);
        seen.lock().expect("whole").push(told);
        Decision::Retry(Duration::ZERO)
    });
    assert_eq!((left.calls.as_str(), left.failure), ("0. 1 1 1 2 3 4 1 2 3 4 5.", None));
    assert_eq!(*faults.lock().expect("whole"), ["work 1 no 1 1", "work 1 no 1 2", "work 4 no 4 1"]);
}

#[test]
fn a_panic_is_no_error() {
    within("a panic beside a policy", || {
        let pipeline = disruptor! {
            event: i64;
            on_error: skip;
            work(sequence) = |n| { if n == 1 { panic!("suspect") } };
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let _ = (0..3).try_for_each(|_| producer.publish(|_| {}).map(drop));
        drop(producer);
        let failure = running.join().map(drop).expect_err("it has panicked");
        assert_eq!((failure.sequence(), failure.is_panic()), (1, true));
    });
}

/// A policy of the user's that counts, each clone for itself.
#[derive(Clone, Default)]
struct Patience(u32);

impl disruptor_pipeline::OnError for Patience {
    fn decide(&mut self, _: &Fault<'_>) -> Decision {
        self.0 += 1;
        if self.0 <= 3 { Decision::Skip } else { Decision::Stop }
    }
}

#[test]
fn a_policy_for_all_is_each_stages_own() {
    within("a policy for all", || {
        let odd = |n: Sequence| if n % 2 == 1 { Err("odd") } else { Ok(()) };
        let pipeline = disruptor! {
            event: i64;
            ring: 64;
            on_error: Patience::default();
            a(sequence) = odd;
            b(sequence) = odd;
            c(sequence) { on_error: skip } = odd;
            d(sequence) { on_error: Stop } = |_| Ok::<(), &str>(());
            < a -> (b, c) -> d >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let monitor = running.monitor();
        (0..6).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("three skips are allowed"), n));
        until("all have skipped", || monitor.stages().iter().all(|stage| stage.cursor == 6));
        let skipped = || monitor.stages().iter().map(|stage| stage.skipped).collect::<Vec<_>>();
        assert_eq!(skipped(), [3, 3, 3, 0]);
        let _ = (0..2).try_for_each(|_| producer.publish(|_| {}).map(drop));
        drop(producer);
        let failure = running.join().map(drop).expect_err("the fourth is too much");
        assert_eq!((failure.stage(), failure.sequence()), ("a", 7));
        assert_eq!(skipped(), [3, 3, 3, 0]);
    });
}

/// A handler that would be tried again for ever, or for hours, ends with a halt; nothing behind it is handled.
#[test]
fn a_halt_ends_a_retry() {
    for pause in [Duration::ZERO, Duration::from_secs(3_600)] {
        within("a halt during a retry", move || {
            let tried = Gate::default();
            let reached = tried.clone();
            tried.open();
            let pipeline = disruptor! {
                event: i64;
                work(sequence) { on_error: move |_| Decision::Retry(pause) } = move |_| {
                    reached.pass();
                    Err::<(), _>("busy")
                };
                after(sequence) = |n| assert!(n < 0, "nothing comes through");
                < work -> after >
            };
            let (mut producer, running) = pipeline.spawn().expect("starts");
            producer.publish(|_| {}).expect("open");
            tried.reached();
            running.halt().map(drop).expect("a halt is no failure");
            assert!(producer.publish(|_| {}).expect_err("closed").is_halted());
        });
    }
}

/// Slices fail, are skipped and are tried again as a whole.
#[test]
fn slices_are_skipped_and_retried_whole() {
    let skip = (0, 2, 4, vec![0..1, 1..4, 4..5]);
    let retry = (1, 1, 0, vec![0..1, 1..4, 1..4, 4..5]);
    for (retries, mut failures, skipped, expected) in [skip, retry] {
        within("slices that fail", move || {
            let (gate, calls) = (Gate::default(), Arc::new(Mutex::new(Vec::new())));
            let (held, seen) = (gate.clone(), Arc::clone(&calls));
            let pipeline = disruptor! {
                event: i64;
                ring: 4;
                work(&[*], sequence) { on_error: retry(Retry::times(retries).then(Skip)) } = move |events, first| {
                    held.pass();
                    seen.lock().expect("whole").push(first..first + events.len() as i64);
                    if first > 0 && failures > 0 {
                        failures -= 1;
                        return Err("no");
                    }
                    Ok(())
                };
                < work >
            };
            let (mut producer, running) = pipeline.spawn().expect("starts");
            producer.publish(|_| {}).expect("open");
            gate.reached();
            (1..4).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
            let monitor = running.monitor();
            gate.open();
            until("they are through", || monitor.stage("work").is_some_and(|work| work.cursor == 4));
            producer.publish(|_| {}).expect("open");
            drop(producer);
            running.join().map(drop).expect("no failure is left");
            assert_eq!(*calls.lock().expect("whole"), expected);
            assert_eq!(monitor.stage("work").expect("there is one").skipped, skipped);
        });
    }
}

/// Holes stay holes when a batch is tried again, and the last event that is none closes it.
#[test]
fn a_retry_goes_around_holes() {
    within("a retry among holes", || {
        let (work, gate) = Fails::at(&[(3, 1), (4, 1)]);
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            producers: multi;
            work { on_error: |fault| if fault.sequence == 3 { Decision::Retry(Duration::ZERO) } else { Decision::Skip } };
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        producer.publish(|_| {}).expect("open");
        gate.reached();
        for n in 1..7 {
            let hole = n == 2 || n == 6;
            let write = |_: &mut i64| {
                if hole {
                    resume_unwind(Box::new("a hole"))
                }
            };
            let told = catch_unwind(AssertUnwindSafe(|| producer.publish(write)));
            assert_eq!(told.is_err(), hole);
        }
        gate.open();
        drop(producer);
        let monitor = running.monitor();
        let handlers = running.join().expect("no failure is left");
        assert_eq!(handlers.work.calls(), "0. 1 3 1 3 4 5.");
        assert_eq!(monitor.stage("work").expect("there is one").skipped, 1);
    });
}
