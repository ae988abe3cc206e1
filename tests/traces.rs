//! Events for `tracing`, which come from cold paths alone.
#![forbid(unsafe_code)]
#![cfg(feature = "tracing")]

mod common;

use std::fmt::{Debug, Write};
use std::sync::{Mutex, Once};

use common::{Gate, until, within};
use disruptor_pipeline::{Overflow, disruptor};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// What was said, a line an event.
static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps the events of the pipelines whose names begin with `traced`, and panics at those of `panics`.
struct Recorder;

/// An event as a line: its message, and then its fields.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            write!(self.fields, " {}={value:?}", field.name()).expect("a string");
        }
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        about.target() == "disruptor_pipeline"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let level = *event.metadata().level();
        let level = [(Level::ERROR, "error"), (Level::WARN, "warn"), (Level::INFO, "info")]
            .iter()
            .find_map(|(known, name)| (*known == level).then_some(*name));
        assert!(!line.fields.contains("pipeline=panics"), "on purpose");
        let line = format!("{}: {}{}", level.expect("one of these"), line.message, line.fields);
        SAID.lock().expect("no panic").push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn record() {
    static SET: Once = Once::new();
    SET.call_once(|| tracing::subscriber::set_global_default(Recorder).expect("there is no other"));
}

/// What was said of the pipeline of this name.
fn said(pipeline: &str) -> Vec<String> {
    let said = SAID.lock().expect("no panic");
    let name = format!(" pipeline={pipeline}");
    let own = |line: &&String| line.contains(&format!("{name} ")) || line.ends_with(&name);
    said.iter().filter(own).map(|line| line.replace(&name, "")).collect()
}

#[test]
fn a_life_without_trouble_is_two_events() {
    within("plain", || {
        record();
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            name: "traced-plain";
            first(sequence) = |_| {};
            last(sequence) = |_| {};
            < first -> last >
        };
        let (mut producer, running) = pipeline.spawn().expect("it starts");
        assert_eq!(said("traced-plain"), ["info: pipeline started threads=2 ring=8"]);
        for _ in 0..10_000 {
            producer.publish(|_| {}).expect("open");
        }
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        let told = ["info: pipeline started threads=2 ring=8", "info: pipeline ended"];
        assert_eq!(said("traced-plain"), told, "said before the join returned");
    });
}

#[test]
fn faults_are_said_with_what_followed() {
    within("faults", || {
        record();
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            name: "traced-faults";
            work(sequence) { on_error: retry(Retry::times(1).then(Skip)) } =
                |sequence| if sequence == 3 { Err("no 3") } else { Ok(()) };
            < work >
        };
        let fed = pipeline.run(|producer| (0..5).try_for_each(|_| producer.publish(|_| {}).map(drop)));
        fed.expect("no stage fails").0.expect("open");
        let told = [
            "info: pipeline started threads=1 ring=8",
            "warn: batch rewound stage=work sequence=3 tries=1 pause=0ns error=no 3",
            "warn: events skipped stage=work sequence=3 events=1 error=no 3",
            "info: pipeline ended",
        ];
        let said: Vec<_> = said("traced-faults");
        // `run` closes what its producer has ended already; whether a stage still runs then is a matter of chance.
        let said: Vec<_> = said.iter().filter(|line| !line.contains("drains")).collect();
        assert_eq!(said, told.iter().collect::<Vec<_>>());
    });
}

#[test]
fn failures_drains_and_halts_are_said() {
    within("ends", || {
        record();
        for (name, how, told) in [
            ("traced-drain", 0, vec!["info: pipeline takes no more events and drains"]),
            ("traced-halt", 1, vec!["info: pipeline is halted"]),
            (
                "traced-both",
                2,
                vec!["info: pipeline takes no more events and drains", "info: pipeline is halted"],
            ),
        ] {
            let gate = Gate::default();
            let held = gate.clone();
            // A declaration has one name: the events are told apart by what is said between two counts.
            let before = said("traced-ends").len();
            let pipeline = disruptor! { event: i64; name: "traced-ends"; work(sequence) = move |_| held.pass(); < work > };
            let (mut producer, running) = pipeline.spawn().expect("it starts");
            producer.publish(|_| {}).expect("open");
            gate.reached();
            let monitor = running.monitor();
            if how != 1 {
                monitor.drain();
                monitor.drain();
            }
            if how != 0 {
                monitor.halt();
                monitor.drain();
            }
            gate.open();
            drop(producer);
            running.join().map(drop).expect("no stage fails");
            drop(monitor);
            let said = said("traced-ends").split_off(before);
            assert_eq!(said[1..said.len() - 1], told, "{name}");
        }

        let pipeline = disruptor! {
            event: i64;
            name: "traced-failure";
            work(sequence) = |sequence| if sequence == 1 { Err("limit") } else { Ok(()) };
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("it starts");
        while producer.publish(|_| {}).is_ok() {}
        running.join().map(drop).expect_err("a failure");
        let failed =
            "error: stage failed stage=work sequence=1 thread=traced-failure/work panic=false cause=limit";
        assert!(said("traced-failure").contains(&failed.to_owned()), "{:?}", said("traced-failure"));
    });
}

#[test]
fn warnings_of_the_plan_are_said() {
    within("warnings", || {
        record();
        let pipeline =
            disruptor! { event: i64; ring: 2; name: "traced-warning"; work(sequence) = |_| {}; < work > };
        let (producer, running) = pipeline.huge_pages(true).spawn().expect("it starts");
        let plan = running.plan();
        assert_eq!(plan.warnings.len(), 1, "a ring of two has no huge page");
        let told = format!("warn: not all that was asked for could be had warning={}", plan.warnings[0]);
        assert!(said("traced-warning").contains(&told), "{:?}", said("traced-warning"));
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    });
}

#[test]
fn drops_are_said_as_they_double() {
    within("drops", || {
        record();
        let gate = Gate::default();
        let held = gate.clone();
        let pipeline = disruptor! { event: i64; ring: 2; name: "traced-drops"; work(sequence) = move |_| held.pass(); < work > };
        let (mut producer, running) = pipeline.overflow(Overflow::DropNewest).spawn().expect("it starts");
        let offers = (0..2 + 9).map(|_| producer.offer(|_| {}).expect("open").is_dropped());
        assert_eq!(offers.filter(|dropped| *dropped).count(), 9);
        assert_eq!(running.monitor().snapshot().dropped, 9);
        let told = [1, 2, 4, 8]
            .map(|count| format!("warn: events dropped, since the ring was full dropped={count}"));
        assert_eq!(said("traced-drops")[1..], told);
        gate.open();
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    });
}

#[test]
fn a_subscriber_that_panics_ends_nothing() {
    within("panics", || {
        record();
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            name: "panics";
            work(sequence) { on_error: skip } = |sequence| if sequence % 2 == 0 { Err("even") } else { Ok(()) };
            last(sequence) = |sequence| assert!(sequence < 99, "on purpose");
            < work -> last >
        };
        let (mut producer, running) = pipeline.spawn().expect("it starts");
        let monitor = running.monitor();
        for _ in 0..100 {
            producer.publish(|_| {}).expect("open");
        }
        until("the last fails", || monitor.failure().is_some());
        drop(producer);
        let failure = running.join().map(drop).expect_err("a failure");
        assert_eq!((failure.stage(), failure.sequence()), ("last", 99));
        assert_eq!(monitor.stage("work").expect("a stage").skipped, 50);
    });
}
