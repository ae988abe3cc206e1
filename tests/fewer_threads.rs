//! Fewer threads than stages, `threads: 2`: the order of the chains holds whatever shares a thread, and every end is an end.
#![forbid(unsafe_code)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use common::within;
use disruptor_pipeline::{Monitor, Sequence, disruptor};

/// The stages of `< (a, b) -> d -> f > < b -> (c, e) > < c -> g >`, and on whom each waits.
const STAGES: [(&str, &[usize]); 7] =
    [("a", &[]), ("b", &[]), ("d", &[0, 1]), ("f", &[2]), ("c", &[1]), ("e", &[1]), ("g", &[4])];

/// What the stages have handled, seen from outside of the ring; and where one of them is to fail.
#[derive(Clone, Default)]
struct Script {
    handled: Arc<[AtomicI64; 7]>,
    fails: Option<(usize, Sequence)>,
}

impl Script {
    fn handled(&self, stage: usize) -> i64 {
        self.handled[stage].load(Ordering::Relaxed)
    }

    fn handler(&self, stage: usize) -> impl FnMut(Sequence) -> Result<(), &'static str> + use<> {
        let script = self.clone();
        move |sequence| {
            assert!(sequence >= script.handled(stage), "each event once, in order");
            for upstream in STAGES[stage].1 {
                assert!(script.handled(*upstream) > sequence, "after `{}`", STAGES[*upstream].0);
            }
            if script.fails == Some((stage, sequence)) {
                return Err("limit");
            }
            script.handled[stage].store(sequence + 1, Ordering::Relaxed);
            Ok(())
        }
    }
}

/// Runs so many events through the graph on so many threads, and gives its monitor, its threads and how it ended.
macro_rules! run {
    ($threads:literal, $wait:ident, $producers:ident, $script:expr, $feed:expr) => {{
        let script: &Script = &$script;
        let [a, b, d, f, c, e, g] = std::array::from_fn(|stage| script.handler(stage));
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            threads: $threads;
            wait: $wait;
            producer_wait: $wait;
            producers: $producers;
            a(sequence) = a;
            b(sequence) = b;
            c(sequence) = c;
            d(sequence) = d;
            e(sequence) = e;
            f(sequence) = f;
            g(sequence) = g;
            < (a, b) -> d -> f > < b -> (c, e) > < c -> g >
        };
        let (mut producer, running) = pipeline.spawn().expect("it starts");
        let (plan, monitor) = (running.plan(), running.monitor());
        let feed: fn(usize, &mut dyn FnMut(bool) -> bool) = $feed;
        feed(0, &mut |write| {
            let publish =
                std::panic::AssertUnwindSafe(|| producer.publish(|_| assert!(write, "on purpose")).is_ok());
            std::panic::catch_unwind(publish).unwrap_or(true)
        });
        drop(producer);
        (monitor, plan, running.join().map(drop))
    }};
}

/// Publishes until it may not, at most 20,000 events.
fn all(_: usize, publish: &mut dyn FnMut(bool) -> bool) {
    for _ in 0..20_000 {
        if !publish(true) {
            break;
        }
    }
}

/// The same, where every 13th event is given up while it is written.
fn with_holes(_: usize, publish: &mut dyn FnMut(bool) -> bool) {
    for event in 0..4_000 {
        publish(event % 13 != 5);
    }
}

fn cursors(monitor: &Monitor) -> Vec<(&'static str, Sequence)> {
    monitor.stages().iter().map(|stage| (stage.stage, stage.cursor)).collect()
}

macro_rules! each_number_of_threads {
    ($($name:ident: $threads:literal)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn every_stage_handles_every_event_after_those_that_it_waits_on() {
                within("order", || {
                    macro_rules! under {
                        ($wait:ident) => {
                            let script = Script::default();
                            let (monitor, plan, ended) = run!($threads, $wait, single, script, all);
                            ended.expect("no stage fails");
                            assert_eq!(plan.threads.len(), $threads, "{plan}");
                            let stages: usize = plan.threads.iter().map(|thread| thread.stages.len()).sum();
                            assert_eq!(stages, 7, "{plan}");
                            assert!(cursors(&monitor).iter().all(|(_, cursor)| *cursor == 20_000));
                        };
                    }
                    under!(Yielding);
                    under!(Blocking);
                });
            }

            #[test]
            fn holes_are_left_out_by_all() {
                within("holes", || {
                    let script = Script::default();
                    let (monitor, _, ended) = run!($threads, Blocking, multi, script, with_holes);
                    ended.expect("no stage fails");
                    for row in monitor.snapshot().stages {
                        assert_eq!(row.cursor, 4_000, "{}", row.stage);
                        assert_eq!(row.counters.events, 4_000 - (0..4_000).filter(|event| event % 13 == 5).count() as u64);
                    }
                });
            }

            #[test]
            fn a_failure_of_any_stage_ends_the_pipeline_and_nobody_passes_it() {
                within("failure", || {
                    for fails in 0..7 {
                        let script = Script { fails: Some((fails, 101)), ..Script::default() };
                        let (monitor, _, ended) = run!($threads, Blocking, single, script, all);
                        let failure = ended.expect_err("a failure");
                        assert_eq!((failure.stage(), failure.sequence()), (STAGES[fails].0, 101));
                        let stages = cursors(&monitor);
                        assert!(monitor.stages().iter().all(|stage| stage.ended));
                        let cursor = |stage: usize| {
                            stages.iter().find(|(name, _)| *name == STAGES[stage].0).expect("a stage").1
                        };
                        assert_eq!(cursor(fails), 101);
                        for (stage, (name, upstreams)) in STAGES.iter().enumerate() {
                            for upstream in *upstreams {
                                assert!(cursor(stage) <= cursor(*upstream), "{name} in {stages:?}");
                            }
                        }
                    }
                });
            }
        }
    )*};
}

each_number_of_threads! { one: 1 two: 2 three: 3 four: 4 five: 5 six: 6 seven: 7 }

#[test]
fn what_shares_a_thread_is_in_the_plan() {
    fn work(_: &u64, _: Sequence, _: bool) {}
    let (a, b, c, d) = (work, work, work, work);
    // `c` follows a shard, and `d` has a name: what is left to fuse is `a + b`.
    let pipeline = disruptor! {
        event: u64;
        threads: 5;
        d { name: "last" } = d;
        < a -> b -> [work; 2] -> c -> d >
    };
    let (producer, running) = pipeline.spawn().expect("it starts");
    let stages: Vec<_> = running.plan().threads.iter().map(|thread| thread.stages.join("+")).collect();
    assert_eq!(stages, ["a+b", "work[0]", "work[1]", "c", "d"]);
    drop(producer);
    running.join().map(drop).expect("no stage fails");
}

#[test]
fn a_named_pipeline_has_fewer_threads_too() {
    within("named", || {
        disruptor! {
            struct Fewer;
            event: u64;
            threads: 1;
            wait: Blocking;
            a(sequence);
            b(sequence);
            c(sequence);
            < (a, b) -> c >
        }
        let count = Arc::new(AtomicI64::new(0));
        let [a, b, c] = std::array::from_fn(|_| {
            let count = count.clone();
            move |_: Sequence| {
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        let (mut producer, running): (FewerProducer, _) =
            Fewer { a, b, c }.pipeline().spawn().expect("it starts");
        assert_eq!(running.plan().threads.len(), 1);
        for _ in 0..100 {
            producer.publish(|_| {}).expect("open");
        }
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        assert_eq!(count.load(Ordering::Relaxed), 300);
    });
}
