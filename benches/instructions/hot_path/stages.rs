//! What an event, and what a batch, costs the thread of a stage.
//!
//! Each bench has two pipelines of the same kind at once, of which the second has more events: what a thread costs beside them drops out
//! of the difference. Nobody waits where it is counted: a stage is held until all is published and handled by those before it. It finds
//! no end of the stream meanwhile, for which it would look more closely before each batch: the producer is dropped afterwards.

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::sleep;
use std::time::{Duration, Instant};

use disruptor_pipeline::{Handler, HandlerResult, Monitor, Sequence, disruptor};
use gungraun::{library_benchmark, library_benchmark_group};
use instructions::{EVENTS, RING, SMALL};

/// What all events add up to, each of which is its own sequence.
fn sum(events: u64) -> u64 {
    events * (events - 1) / 2
}

/// What a stage has seen, for the main thread to check.
#[derive(Clone, Default)]
struct Total(Arc<AtomicU64>);

impl Total {
    fn add(&self, more: u64) {
        // There is one writer: this is a plain addition.
        self.0.store(self.0.load(Relaxed) + more, Relaxed);
    }
}

impl Handler<u64> for Total {
    fn on_event(&mut self, event: &u64, _: Sequence, _: bool) -> HandlerResult {
        self.add(*event);
        Ok(())
    }
}

/// Holds stages before their first event. They sleep in a system call, which takes the same instructions however long it takes.
struct Held(Vec<(&'static str, PipeWriter)>);

impl Held {
    /// The stage of this name, and what it reads from when it starts.
    fn stage(&mut self, name: &'static str) -> PipeReader {
        let (reader, writer) = pipe().expect("the system has pipes");
        self.0.push((name, writer));
        reader
    }

    /// Lets one stage after the other handle all events.
    fn release(self, monitor: &Monitor, events: u64) {
        for (name, mut writer) in self.0 {
            writer.write_all(&[0]).expect("the stage reads");
            let begun = Instant::now();
            while monitor.stage(name).expect("it is a stage").cursor < events as Sequence {
                assert!(
                    begun.elapsed() < Duration::from_secs(60),
                    "`{name}` does not come to its last event"
                );
                sleep(Duration::from_millis(1));
            }
        }
    }
}

/// To be called by a stage that is held, when it starts.
fn wait_for(mut release: PipeReader) {
    release.read_exact(&mut [0]).expect("the main thread writes");
}

/// Two of the pipelines that `$declared` declares, with stages that `$held` holds, and a `$total` that one of them adds all events to.
macro_rules! counted_twice {
    (|$held:ident, $total:ident| $declared:expr) => {{
        let start = |events: u64| {
            let mut $held = Held(Vec::new());
            let $total = Total::default();
            let total = $total.clone();
            let pipeline = $declared;
            let (mut producer, running) = pipeline.spawn().expect("it starts");
            for number in 0..events {
                producer.publish(|event| *event = number.into()).expect("it is open");
            }
            (events, $held, total, producer, running)
        };
        let pipelines = [start(SMALL), start(SMALL + EVENTS)];
        for (events, held, total, producer, running) in pipelines {
            held.release(&producer.monitor(), events);
            drop(producer);
            running.join().map(drop).expect("no stage fails");
            assert_eq!(total.0.load(Relaxed), sum(events));
        }
    }};
}

/// A stage that reads events: a closure without a list, on a ring of one producer or of several, in batches of so many.
macro_rules! closure {
    ($producers:ident, $batch:expr) => {
        counted_twice!(|held, total| {
            let release = held.stage("last");
            disruptor! {
                event: u64;
                ring: RING;
                producers: $producers;
                // It parks at once, and then looks no more.
                wait: Blocking::after(0);
                last { batch: $batch, start: move |_| wait_for(release) } = move |event, _, _| total.add(*event);
                < last >
            }
        })
    };
}

/// The same behind one stage, in batches of so many.
macro_rules! behind_1 {
    ($batch:expr) => {
        counted_twice!(|held, total| {
            let (a, release) = (held.stage("a"), held.stage("last"));
            disruptor! {
                event: u64;
                ring: RING;
                wait: Blocking::after(0);
                a { start: move |_| wait_for(a) } = |_, _, _| ();
                last { batch: $batch, start: move |_| wait_for(release) } = move |event, _, _| total.add(*event);
                < a -> last >
            }
        })
    };
}

/// The same behind four stages.
macro_rules! behind_4 {
    ($batch:expr) => {
        counted_twice!(|held, total| {
            let [a, b, c, d, release] = ["a", "b", "c", "d", "last"].map(|name| held.stage(name));
            disruptor! {
                event: u64;
                ring: RING;
                wait: Blocking::after(0);
                a { start: move |_| wait_for(a) } = |_, _, _| ();
                b { start: move |_| wait_for(b) } = |_, _, _| ();
                c { start: move |_| wait_for(c) } = |_, _, _| ();
                d { start: move |_| wait_for(d) } = |_, _, _| ();
                last { batch: $batch, start: move |_| wait_for(release) } = move |event, _, _| total.add(*event);
                < (a, b, c, d) -> last >
            }
        })
    };
}

#[library_benchmark]
fn stage_closure() {
    closure!(single, RING);
}

#[library_benchmark]
fn stage_multi() {
    closure!(multi, RING);
}

#[library_benchmark]
fn stage_batch_of_1() {
    closure!(single, 1);
}

#[library_benchmark]
fn stage_batch_of_64() {
    closure!(single, 64);
}

#[library_benchmark]
fn stage_handler() {
    counted_twice!(|held, total| {
        let release = held.stage("last");
        disruptor! {
            event: u64;
            ring: RING;
            wait: Blocking::after(0);
            last { start: move |_| wait_for(release) } = total;
            < last >
        }
    });
}

/// An event of two fields, of which a stage writes one.
#[derive(Default)]
struct Doubled {
    number: u64,
    double: u64,
}

impl From<u64> for Doubled {
    fn from(number: u64) -> Self {
        Self { number, double: 0 }
    }
}

#[library_benchmark]
fn stage_list() {
    counted_twice!(|held, total| {
        let (release, check) = (held.stage("double"), held.stage("check"));
        disruptor! {
            event: Doubled;
            ring: RING;
            wait: Blocking::after(0);
            double(&number, &mut double) { start: move |_| wait_for(release) } = |number, double| *double = 2 * *number;
            check(&double) { start: move |_| wait_for(check) } = move |double| total.add(*double / 2);
            < double -> check >
        }
    });
}

#[library_benchmark]
fn stage_slice() {
    counted_twice!(|held, total| {
        let release = held.stage("last");
        disruptor! {
            event: u64;
            ring: RING;
            wait: Blocking::after(0);
            last(&[*]) { start: move |_| wait_for(release) } = move |events| total.add(events.iter().sum());
            < last >
        }
    });
}

#[library_benchmark]
fn behind_1_batch_of_1() {
    behind_1!(1);
}

#[library_benchmark]
fn behind_1_batch_of_64() {
    behind_1!(64);
}

#[library_benchmark]
fn behind_4_batch_of_1() {
    behind_4!(1);
}

#[library_benchmark]
fn behind_4_batch_of_64() {
    behind_4!(64);
}

library_benchmark_group!(
    name = loops,
    config = crate::threads(),
    benchmarks = [
        stage_closure,
        stage_handler,
        stage_list,
        stage_slice,
        stage_multi,
        stage_batch_of_1,
        stage_batch_of_64,
        behind_1_batch_of_1,
        behind_1_batch_of_64,
        behind_4_batch_of_1,
        behind_4_batch_of_64
    ]
);
