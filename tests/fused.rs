//! Stages fused on one thread keep the order of the graph, fail each for itself, and end as others do.
#![forbid(unsafe_code)]

#[macro_use]
mod common;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

use common::{Few, Gate, until, within};
use disruptor_pipeline::wait::{
    Blocking, BusySpin, LiteBlocking, PhasedBackoff, Sleeping, SpinHint, TimeoutBlocking, Wait, Yielding,
};
use disruptor_pipeline::{Handler, HandlerResult, Sequence, disruptor};

const RING: i64 = 4;
/// Where a stage fails.
const AT: Sequence = 11;
/// What is published until the ring is full for ever.
const FITS: i64 = AT + RING;

/// The stages of `a + b -> (c, d + e) -> f`: their names, on whom each waits, and who can do nothing without it.
const STAGES: [(&str, &[usize], &[usize]); 6] = [
    ("a", &[], &[1, 2, 3, 4, 5]),
    ("b", &[0], &[2, 3, 4, 5]),
    ("c", &[1], &[5]),
    ("d", &[1], &[4, 5]),
    ("e", &[3], &[5]),
    ("f", &[2, 4], &[]),
];

/// Counts what each stage handles, and has one of them fail.
#[derive(Clone)]
struct Script {
    fails: usize,
    panics: bool,
    gate: Gate,
    handled: Arc<[AtomicI64; 6]>,
}

impl Script {
    fn new(fails: usize, panics: bool) -> Self {
        Self { fails, panics, gate: Gate::default(), handled: Arc::default() }
    }

    fn handler(&self, stage: usize) -> impl FnMut(&i64, Sequence) -> Result<(), &'static str> + use<> {
        let script = self.clone();
        move |_, sequence| {
            let handled = |stage: usize| script.handled[stage].load(Ordering::Relaxed);
            assert_eq!(sequence, handled(stage), "each sequence once, in order");
            let (_, upstreams, _) = STAGES[stage];
            assert!(upstreams.iter().all(|upstream| handled(*upstream) > sequence), "after its upstreams");
            if (stage, sequence) == (script.fails, AT) {
                script.gate.pass();
                if script.panics {
                    resume_unwind(Box::new("went wrong"));
                }
                return Err("limit exceeded");
            }
            script.handled[stage].fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }

    fn handled(&self) -> [i64; 6] {
        std::array::from_fn(|stage| self.handled[stage].load(Ordering::Relaxed))
    }
}

macro_rules! pipeline {
    ($script:expr, $wait:expr, $producers:ident, $ring:tt, $batch:expr) => {
        disruptor! {
            event: i64;
            ring: $ring;
            producers: $producers;
            wait: $wait.clone();
            producer_wait: $wait.clone();
            a(&*, sequence) { batch: $batch } = $script.handler(0);
            b(&*, sequence) = $script.handler(1);
            c(&*, sequence) { batch: $batch } = $script.handler(2);
            d(&*, sequence) { batch: $batch } = $script.handler(3);
            e(&*, sequence) = $script.handler(4);
            f(&*, sequence) { batch: $batch } = $script.handler(5);
            < a + b -> (c, d + e) -> f >
        }
    };
}

/// Events flow through rings of several sizes, and each stage sees them in its turn.
fn all_in_order(wait: impl Wait + Clone, events: i64) {
    macro_rules! rings {
        ($producers:ident, $($ring:tt)*) => {$(
            let own = wait.clone();
            within(concat!("in order, ", stringify!($producers), ", ", $ring), move || {
                let script = Script::new(usize::MAX, false);
                let (mut producer, running) =
                    pipeline!(script, own, $producers, $ring, $ring).spawn().expect("starts");
                (0..events).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
                drop(producer);
                running.join().map(drop).expect("no stage fails");
                assert_eq!(script.handled(), [events; 6]);
            });
        )*};
    }
    rings!(single, 1 2 64);
    rings!(multi, 1 2 64);
}

/// Each stage fails in turn, in both ways, while a producer waits on a full ring: those before it and beside it go on to the
/// end, also on its own thread.
fn each_fails_for_itself(wait: impl Wait + Clone) {
    macro_rules! each_fails {
        ($wait:expr, $producers:ident) => {
            for (stage, panics) in (0..6).flat_map(|stage| [(stage, false), (stage, true)]) {
                let script = Script::new(stage, panics);
                let (mut producer, running) =
                    pipeline!(script, $wait, $producers, 4, 1).spawn().expect("starts");
                let monitor = running.monitor();
                let publishing = thread::spawn(move || {
                    loop {
                        if let Err(closed) = producer.publish(|_| {}) {
                            return (closed, producer);
                        }
                    }
                });
                let last = || monitor.stage("f").expect("there is one").cursor;
                until("the ring is full", || monitor.published() >= FITS && last() == AT);
                script.gate.open();
                let (closed, _producer) = publishing.join().expect("producers do not panic");
                let failure = running.join().map(drop).expect_err("a stage has failed");
                for failure in [&failure, closed.failure().expect("the same")] {
                    assert_eq!((failure.stage(), failure.sequence()), (STAGES[stage].0, AT));
                    assert_eq!(failure.is_panic(), panics);
                }
                let cut_off = |other: usize| other == stage || STAGES[stage].2.contains(&other);
                let expected: [i64; 6] = std::array::from_fn(|other| if cut_off(other) { AT } else { FITS });
                assert_eq!(script.handled(), expected, "as {} fails", STAGES[stage].0);
            }
        };
    }
    let again = wait.clone();
    within("each stage fails", move || each_fails!(wait, single));
    within("each stage fails, multi", move || each_fails!(again, multi));
}

// The functions are compiled once for each type of wait, and not once for each wait.
macro_rules! in_order {
    (BusySpin) => {
        all_in_order(BusySpin.few(), 24)
    };
    ($wait:expr) => {
        all_in_order(($wait).few(), 8_000)
    };
}
under_every_wait!(in_order);
under_few_types_of_waits!(each_fails_for_itself);

/// Keeps its calls; the first event, and one more, may wait at gates, and some events fail so many times.
#[derive(Default)]
struct Diary {
    calls: Vec<String>,
    gates: Vec<(Sequence, Gate)>,
    fails: Vec<(Sequence, u32)>,
}

impl Handler<i64> for Diary {
    fn on_start(&mut self) {
        self.calls.push("start".to_owned());
    }

    fn on_batch_start(&mut self, size: usize, _: usize) {
        self.calls.push(format!("batch of {size}"));
    }

    fn on_event(&mut self, _: &i64, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
        self.gates.iter().filter(|(at, _)| *at == sequence).for_each(|(_, gate)| gate.pass());
        self.calls.push(format!("{sequence}{}", if end_of_batch { "." } else { "" }));
        match self.fails.iter_mut().find(|(at, times)| *at == sequence && *times > 0) {
            Some((_, times)) => {
                *times -= 1;
                Err("no".into())
            }
            None => Ok(()),
        }
    }

    fn on_stop(&mut self) {
        self.calls.push("stop".to_owned());
    }
}

#[test]
fn a_fused_stage_has_its_own_calls_batches_and_policy() {
    within("a fused stage's own", || {
        let gate = Gate::default();
        let first = Diary { gates: vec![(0, gate.clone())], ..Diary::default() };
        let second = Diary { fails: vec![(2, 1), (4, 2)], ..Diary::default() };
        let pipeline = disruptor! {
            event: i64;
            ring: 16;
            producers: multi;
            first { batch: 4 };
            second { on_error: retry(Retry::times(1).then(Skip)) };
            < first + second >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        producer.publish(|_| {}).expect("open");
        gate.reached();
        for n in 1..9 {
            let hole = n == 3 || n == 8;
            let write = |_: &mut i64| {
                if hole {
                    resume_unwind(Box::new("a hole"))
                }
            };
            let told = catch_unwind(AssertUnwindSafe(|| producer.publish(write)));
            assert_eq!(told.is_err(), hole);
        }
        drop(producer);
        let monitor = running.monitor();
        gate.open();
        let handlers = running.join().expect("no failure is left");
        let calls = "start, batch of 1, 0., batch of 3, 1, 2, 4., batch of 3, 5, 6, 7., stop";
        assert_eq!(handlers.first.calls.join(", "), calls);
        // Each rewind begins the batch anew.
        let calls = "start, batch of 1, 0., batch of 3, 1, 2, batch of 3, 1, 2, 4., batch of 3, 1, 2, 4., \
                     batch of 3, 5, 6, 7., stop";
        assert_eq!(handlers.second.calls.join(", "), calls);
        let skipped = monitor.stages().iter().map(|stage| stage.skipped).collect::<Vec<_>>();
        assert_eq!(skipped, [0, 1]);
    });
}

#[test]
fn a_halt_ends_fused_stages_with_their_batch() {
    within("a halt of fused stages", || {
        let (begin, middle) = (Gate::default(), Gate::default());
        let first = Diary { gates: vec![(0, begin.clone()), (3, middle.clone())], ..Diary::default() };
        let second = Diary::default();
        let pipeline = disruptor! { event: i64; ring: 64; first { batch: 4 }; < first + second > };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        producer.publish(|_| {}).expect("open");
        begin.reached();
        (1..30).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
        begin.open();
        middle.reached();
        running.monitor().halt();
        middle.open();
        let handlers = running.join().expect("a halt is no failure");
        for diary in [handlers.first, handlers.second] {
            assert_eq!(diary.calls.join(", "), "start, batch of 1, 0., batch of 4, 1, 2, 3, 4., stop");
        }
        assert!(producer.publish(|_| {}).expect_err("closed").is_halted());
    });
}
