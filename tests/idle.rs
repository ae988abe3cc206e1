//! Idle stages and producers: those that are to park do not run, every wait sees what ends the pipeline, and a timeout is told to the
//! handlers.
#![forbid(unsafe_code)]

#[macro_use]
mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{Gate, until, within};
use disruptor_pipeline::wait::Wait;
use disruptor_pipeline::{Handler, HandlerMut, HandlerResult, Sequence, disruptor};

/// So long nothing happens.
const QUIET: Duration = Duration::from_millis(400);

/// The processor time of the threads whose names begin so.
#[cfg(target_os = "linux")]
fn processor_time(prefix: &str) -> (usize, Duration) {
    let read = |path: &std::path::Path| std::fs::read_to_string(path).unwrap_or_default();
    let tasks = std::fs::read_dir("/proc/self/task").expect("this is Linux");
    let ours = tasks.filter_map(|task| {
        let task = task.ok()?.path();
        if !read(&task.join("comm")).starts_with(prefix) {
            return None;
        }
        let stat = read(&task.join("stat"));
        // Behind the name, which stands in parentheses: 12 fields, then the ticks in user and in kernel mode, of 10 ms.
        let (_, fields) = stat.rsplit_once(") ")?;
        let ticks: u64 =
            fields.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Some(Duration::from_millis(10 * ticks))
    });
    ours.fold((0, Duration::ZERO), |(count, sum), time| (count + 1, sum + time))
}

/// `a` is held at its first event; `b` and `c` wait on it, and the producer on all. Gives how many threads waited, and how long they ran
/// meanwhile.
#[cfg(target_os = "linux")]
macro_rules! run_while_idle {
    ($wait:expr) => {
        within(concat!("idle with ", stringify!($wait)), || {
            static PIPELINES: AtomicU64 = AtomicU64::new(0);
            let prefix = format!("idle{}{}-", line!(), PIPELINES.fetch_add(1, Ordering::Relaxed));
            let gate = Gate::default();
            let held = gate.clone();
            let pipeline = disruptor! {
                event: i64;
                ring: 2;
                wait: $wait;
                producer_wait: $wait;
                a(sequence) { name: "held" } = move |_| held.pass();
                b(sequence) { name: format!("{prefix}b") } = |_| {};
                c(sequence) { name: format!("{prefix}c") } = |_| {};
                < a -> b -> c >
            };
            let (mut producer, running) = pipeline.spawn().expect("starts");
            let publish = move || (0..4).try_for_each(|_| producer.publish(|_| {}).map(drop));
            let publishing =
                thread::Builder::new().name(format!("{prefix}p")).spawn(publish).expect("a thread");
            gate.reached();
            // Until they have spun, and given way, for as long as they do before they park.
            thread::sleep(Duration::from_millis(100));
            let before = processor_time(&prefix);
            thread::sleep(QUIET);
            let after = processor_time(&prefix);
            gate.open();
            publishing.join().expect("no panic").expect("no stage fails");
            running.join().map(drop).expect("no stage fails");
            assert_eq!((before.0, after.0), (3, 3), "two stages and the producer");
            after.1 - before.1
        })
    };
}

/// Also where stages wait on stages, and where the producer waits.
#[test]
#[cfg(target_os = "linux")]
fn who_is_told_to_block_does_not_run() {
    let ran = [
        ("Blocking", run_while_idle!(Blocking::default())),
        ("LiteBlocking", run_while_idle!(LiteBlocking::default())),
        ("TimeoutBlocking", run_while_idle!(TimeoutBlocking::with_limit(Duration::from_millis(50)))),
        ("backoff to Blocking", run_while_idle!(PhasedBackoff::before(Blocking::default()))),
        ("backoff to LiteBlocking", run_while_idle!(PhasedBackoff::before(LiteBlocking::default()))),
    ];
    for (wait, ran) in ran {
        // A spinning thread alone would have run for all of it, or for a half where two compete for a core.
        assert!(ran < QUIET / 8, "with {wait} they ran for {ran:?} of {QUIET:?}");
    }
}

/// What can end a pipeline in which everybody waits: nothing is published, or a stage is behind one that is held.
fn an_idle_pipeline_ends(wait: impl Wait + Clone) {
    within("an idle pipeline", move || {
        macro_rules! idle {
            ($end:expr) => {{
                let pipeline = disruptor! {
                    event: i64;
                    ring: 8;
                    wait: wait.clone();
                    producer_wait: wait.clone();
                    a(sequence) = |n| if n == 1 { Err("limit exceeded") } else { Ok(()) };
                    b(sequence) = |_| {};
                    < a -> b >
                };
                let (mut producer, running) = pipeline.spawn().expect("starts");
                producer.publish(|_| {}).expect("open");
                let monitor = running.monitor();
                until("it is handled", || monitor.stages().iter().all(|stage| stage.cursor == 1));
                // So that whoever parks has parked, more or less: either way it must end.
                thread::sleep(Duration::from_millis(5));
                $end(producer, running)
            }};
        }
        idle!(|producer, running| {
            drop(producer);
            disruptor_pipeline::Running::join(running).map(drop).expect("no failure")
        });
        idle!(|_producer, running| disruptor_pipeline::Running::drain(running)
            .map(drop)
            .expect("no failure"));
        idle!(|_producer, running| disruptor_pipeline::Running::halt(running).map(drop).expect("no failure"));
        idle!(|mut producer: disruptor_pipeline::Producer<_, _, _, _>, running| {
            producer.publish(|_| {}).expect("open");
            let failure = disruptor_pipeline::Running::join(running).map(drop).expect_err("it has failed");
            assert_eq!((failure.stage(), failure.sequence()), ("a", 1));
        });
    })
}

under_few_types_of_waits!(an_idle_pipeline_ends);

/// One event at a time goes there and back between two pipelines, and each stage parks in between: a lost wake-up hangs.
macro_rules! ping_pong {
    ($wait:expr, $rounds:expr) => {
        within("ping pong", || {
            let pong = Arc::new(AtomicI64::new(-1));
            let answer = Arc::clone(&pong);
            let back = disruptor! {
                event: i64;
                ring: 2;
                wait: $wait;
                producer_wait: $wait;
                far(sequence) = move |n| answer.store(n, Ordering::Release);
                near(sequence) = |_| {};
                < near -> far >
            };
            let (mut back, back_running) = back.spawn().expect("starts");
            let there = disruptor! {
                event: i64;
                ring: 2;
                wait: $wait;
                near(sequence) = |_| {};
                far(sequence) = move |_| back.publish(|_| {}).map(drop);
                < near -> far >
            };
            let (mut there, there_running) = there.spawn().expect("starts");
            let mut spread = 1_u64;
            for round in 0..$rounds {
                there.publish(|_| {}).expect("open");
                until("it comes back", || pong.load(Ordering::Acquire) == round);
                // At any moment between a look and a park.
                spread = spread.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let begun = Instant::now();
                while begun.elapsed() < Duration::from_nanos((spread >> 33) % 30_000) {}
            }
            drop(there);
            there_running.join().map(drop).expect("no failure");
            back_running.join().map(drop).expect("no failure");
        })
    };
}

#[test]
fn no_wake_up_is_lost() {
    ping_pong!(Blocking::after(1), 2_000);
    ping_pong!(LiteBlocking::after(1), 2_000);
    ping_pong!(LiteBlocking::after(30), 2_000);
    // The limit must not be what wakes it.
    ping_pong!(TimeoutBlocking::with_limit(Duration::from_secs(3_600)).spins(1), 2_000);
    ping_pong!(PhasedBackoff::before(LiteBlocking::after(1)).phases(1, 1), 2_000);
}

/// Who blocks, and who does so lightly, behind the same stage: each is woken.
#[test]
fn waits_that_are_woken_differently_stand_side_by_side() {
    within("waits side by side", || {
        let pipeline = disruptor! {
            event: i64;
            ring: 4;
            producer_wait: LiteBlocking::after(1);
            a(sequence) { wait: LiteBlocking::after(1) } = |_| {};
            b(sequence) { wait: Blocking::after(1) } = |_| {};
            c(sequence) { wait: LiteBlocking::after(1) } = |_| {};
            d(sequence) { wait: TimeoutBlocking::with_limit(Duration::from_secs(3_600)) } = |_| {};
            e(sequence) { wait: BusySpin } = |_| {};
            < a -> (b, c) -> d -> e >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        for n in 0..20_000 {
            assert_eq!(producer.publish(|_| {}).expect("open"), n);
            if n % 64 == 0 {
                thread::sleep(Duration::from_micros(50));
            }
        }
        drop(producer);
        running.join().map(drop).expect("no failure");
    });
}

/// Counts what it is told.
#[derive(Clone, Default)]
struct Told {
    timeouts: Arc<AtomicU64>,
    next: Arc<AtomicI64>,
    events: Arc<AtomicI64>,
    panics: bool,
}

impl Told {
    fn timeout(&self, next: Sequence) {
        assert_eq!(next, self.events.load(Ordering::Relaxed), "what is handled is handled");
        self.next.store(next, Ordering::Relaxed);
        self.timeouts.fetch_add(1, Ordering::Relaxed);
        assert!(!self.panics, "tired of waiting");
    }

    fn times(&self) -> u64 {
        self.timeouts.load(Ordering::Relaxed)
    }
}

impl Handler<i64> for Told {
    fn on_event(&mut self, _: &i64, _: Sequence, _: bool) -> HandlerResult {
        self.events.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn on_timeout(&mut self, next: Sequence) {
        self.timeout(next);
    }
}

impl HandlerMut<i64> for Told {
    fn on_event(&mut self, _: &mut i64, _: Sequence, _: bool) -> HandlerResult {
        self.events.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn on_timeout(&mut self, next: Sequence) {
        self.timeout(next);
    }
}

const SOON: Duration = Duration::from_millis(2);

/// Also those fused to the stage that waits, those behind it, those that write; and not the one whose wait says nothing of a timeout.
#[test]
fn a_handler_is_told_that_nothing_came() {
    within("a timeout", || {
        let [a, b, c, d] = [(); 4].map(|()| Told::default());
        let (first, fused, writes, other) = (a.clone(), b.clone(), c.clone(), d.clone());
        let pipeline = disruptor! {
            event: i64;
            wait: PhasedBackoff::before(TimeoutBlocking::with_limit(SOON));
            writes(&mut *);
            other { wait: Blocking };
            < first + fused -> writes -> other >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        for published in [0, 1, 5] {
            let handled = d.events.load(Ordering::Relaxed);
            (handled..published).for_each(|_| producer.publish(|_| {}).map(drop).expect("open"));
            until("all is handled", || d.events.load(Ordering::Relaxed) == published);
            let before = [&a, &b, &c].map(Told::times);
            until("each is told, again and again", || {
                [&a, &b, &c].iter().zip(before).all(|(told, before)| told.times() >= before + 3)
            });
            assert_eq!([&a, &b, &c].map(|told| told.next.load(Ordering::Relaxed)), [published; 3]);
        }
        drop(producer);
        running.join().map(drop).expect("no failure");
        assert_eq!(d.times(), 0);
    });
}

#[test]
fn nobody_is_told_while_events_flow() {
    within("no timeout", || {
        let told = Told::default();
        let work = told.clone();
        let pipeline = disruptor! {
            event: i64;
            wait: TimeoutBlocking::with_limit(Duration::from_secs(3_600));
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        (0..100).for_each(|_| {
            producer.publish(|_| {}).map(drop).expect("open");
            thread::sleep(Duration::from_micros(100));
        });
        drop(producer);
        running.join().map(drop).expect("no failure");
        assert_eq!((told.times(), told.events.load(Ordering::Relaxed)), (0, 100));
    });
}

/// A panic there is one of the stage, fused or not.
#[test]
fn a_panic_in_a_timeout_is_the_stages_failure() {
    for panics in ["first", "fused"] {
        within("a panic in a timeout", move || {
            let first = Told { panics: panics == "first", ..Told::default() };
            let fused = Told { panics: panics == "fused", ..Told::default() };
            let pipeline = disruptor! {
                event: i64;
                wait: TimeoutBlocking::with_limit(SOON);
                after(sequence) = |_| {};
                < first + fused -> after >
            };
            let (mut producer, running) = pipeline.spawn().expect("starts");
            let monitor = running.monitor();
            let _ = producer.publish(|_| {});
            until("it fails", || monitor.failure().is_some());
            let closed = producer.publish(|_| {}).expect_err("it is closed");
            assert_eq!(closed.stage(), Some(panics));
            let failure = running.join().map(drop).expect_err("it has failed");
            assert!(failure.is_panic());
        });
    }
}

/// The option `timeout`, of closures, of what is fused, of each worker of a shard.
#[test]
fn a_closures_stage_is_told_that_nothing_came() {
    within("the option timeout", || {
        let told: [Arc<AtomicU64>; 3] = Default::default();
        let count = |at: usize| {
            let told = Arc::clone(&told[at]);
            move || told.fetch_add(1, Ordering::Relaxed)
        };
        let (a, b, c) = (count(0), count(1), count(2));
        let pipeline = disruptor! {
            event: i64;
            wait: TimeoutBlocking::with_limit(SOON);
            a(&*) { timeout: move |_| _ = a() } = |_| {};
            b(&mut *) { timeout: move |_| _ = b(), start: |_| {} } = |value| *value += 1;
            c(&*) { timeout: move |_| _ = c() } = |_| {};
            < a + b -> [c; 2] >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        producer.publish(|_| {}).map(drop).expect("open");
        let times = || told.each_ref().map(|told| told.load(Ordering::Relaxed));
        until("all are told", || times().iter().all(|times| *times >= 10));
        drop(producer);
        running.join().map(drop).expect("no failure");
    });
}
