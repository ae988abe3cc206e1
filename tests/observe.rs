//! What a pipeline shows of itself: counters, batch sizes, and snapshots in every state.
#![forbid(unsafe_code)]

mod common;

use common::{Gate, until, until_ended, within};
use disruptor_pipeline::{Monitor, Sequence, Snapshot, StageCounters, StateSnapshot, disruptor};

fn counters(monitor: &Monitor, stage: &str) -> StageCounters {
    let stages = monitor.snapshot().stages;
    stages.into_iter().find(|row| row.stage == stage).expect("a stage").counters
}

fn sizes(counters: &StageCounters) -> Vec<(u64, u64)> {
    counters.batch_sizes.classes().collect()
}

#[test]
fn events_batches_and_their_sizes_are_counted() {
    within("batches", || {
        let gate = Gate::default();
        let held = gate.clone();
        let mut handled = 0;
        let pipeline = disruptor! {
            event: i64;
            ring: 64;
            wait: Blocking;
            first(sequence) { batch: 8 } = move |sequence| if sequence == 0 { held.pass() };
            fused(sequence) = |_| {};
            last(sequence) = |_| handled += 1;
            < first + fused -> last >
        };
        let (monitor, _) = pipeline
            .run(|producer| {
                let monitor = producer.monitor();
                producer.publish(|_| {}).expect("open");
                gate.reached();
                // Not a batch before it is through.
                assert_eq!(counters(&monitor, "first").batches, 0);
                for _ in 0..20 {
                    producer.publish(|_| {}).expect("open");
                }
                gate.open();
                until("all is handled", || monitor.stage("last").expect("a stage").cursor == 21);
                monitor
            })
            .expect("no stage fails");
        for stage in ["first", "fused"] {
            let counters = counters(&monitor, stage);
            assert_eq!((counters.events, counters.batches), (21, 4), "{stage}");
            assert_eq!(sizes(&counters), [(1, 1), (4, 1), (8, 2)], "{stage}");
        }
        let last = counters(&monitor, "last");
        assert_eq!((last.events, last.batches), (21, sizes(&last).iter().map(|(_, count)| count).sum()));
        assert_eq!(handled, 21);
    });
}

/// Where nobody is told of batches they are cut, so that those who wait for the stage go on meanwhile; where somebody on the
/// thread is told, what is there is one batch.
#[test]
fn batches_are_cut_where_no_handler_learns_of_them() {
    macro_rules! sizes_of_5000 {
        ($event:ty, ($($list:tt)*) $($fused:tt)*) => {
            within("a full ring", || {
                let gate = Gate::default();
                let held = gate.clone();
                let handled = disruptor! {
                    event: $event = [0; _];
                    ring: 8192;
                    handle($($list)*) { start: |_| held.pass() } = |_, _| {};
                    after(&*, end_of_batch) = |_, _| {};
                    < handle $($fused)* >
                };
                let (monitor, _) = handled
                    .run(|producer| {
                        gate.reached();
                        producer.publish_batch(5_000, |_| {}).expect("open");
                        gate.open();
                        let monitor = producer.monitor();
                        until("all is handled", || counters(&monitor, "handle").events == 5_000);
                        monitor
                    })
                    .expect("no stage fails");
                let counters = counters(&monitor, "handle");
                assert_eq!(counters.events, 5_000);
                counters.batches
            })
        };
    }
    assert_eq!(sizes_of_5000!([u8; 8], (&*, sequence) -> after), 3);
    assert_eq!(sizes_of_5000!([u8; 1 << 10], (&*, sequence) -> after), 79);
    assert_eq!(sizes_of_5000!([u8; 8], (&*, end_of_batch) -> after), 1);
    assert_eq!(sizes_of_5000!([u8; 8], (&*, sequence) + after), 1);
}

#[test]
fn waits_and_parks_are_counted_where_a_stage_idles() {
    within("waits", || {
        let pipeline = disruptor! {
            event: i64;
            blocks(sequence) { wait: Blocking } = |_| {};
            spins(sequence) { wait: Yielding } = |_| {};
            fused(sequence) = |_| {};
            < blocks + fused > < spins >
        };
        pipeline
            .run(|producer| {
                let monitor = producer.monitor();
                // It parks once and stays there, until an event comes.
                until("it parks", || counters(&monitor, "blocks").parks == 1);
                for event in 1..=3 {
                    producer.publish(|_| {}).expect("open");
                    until("it parks again", || counters(&monitor, "blocks").parks > event);
                }
                let blocks = counters(&monitor, "blocks");
                assert!(blocks.waits >= 4 && blocks.looks > 100, "{blocks:?}");
                until("it waits", || counters(&monitor, "spins").waits >= 1);
                assert_eq!(counters(&monitor, "spins").parks, 0, "nothing parks that does not block");
                assert_eq!(counters(&monitor, "fused").waits, 0, "it has nothing to wait for");
            })
            .expect("no stage fails");
    });
}

#[test]
fn faults_retries_and_skips_are_counted() {
    within("faults", || {
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            fails(sequence) { on_error: retry(Retry::times(2).then(Skip)) } =
                |sequence| if sequence % 10 == 3 { Err("no") } else { Ok(()) };
            < fails >
        };
        let (producer, running) = pipeline.spawn().expect("it starts");
        let (mut producer, monitor) = (producer, running.monitor());
        for _ in 0..30 {
            producer.publish(|_| {}).expect("open");
        }
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        let fails = counters(&monitor, "fails");
        assert_eq!((fails.faults, fails.retries, fails.skipped), (9, 6, 3));
        assert_eq!(fails.events, 30, "an event is counted once, however often it is tried");
    });
}

#[test]
fn the_workers_of_a_shard_count_together_what_each_picked() {
    within("shard", || {
        let work = |_: &i64, _: Sequence, _: bool| {};
        let (producer, running) =
            disruptor! { event: i64; ring: 16; < [work; 3] > }.spawn().expect("it starts");
        let (mut producer, monitor) = (producer, running.monitor());
        for _ in 0..100 {
            producer.publish(|_| {}).expect("open");
        }
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        let work = counters(&monitor, "work");
        assert_eq!(work.events, 100);
        assert_eq!(work.batches, work.batch_sizes.total());
    });
}

#[test]
fn holes_are_no_events() {
    within("holes", || {
        let work = |_: &i64, _: Sequence, _: bool| {};
        let (mut producer, running) =
            disruptor! { event: i64; ring: 16; producers: multi; < work > }.spawn().expect("it starts");
        let monitor = running.monitor();
        for round in 0..10 {
            let write = |_: &mut i64| assert!(round % 5 != 2, "on purpose");
            let publish = std::panic::AssertUnwindSafe(|| producer.publish(write));
            assert_eq!(std::panic::catch_unwind(publish).is_err(), round % 5 == 2);
        }
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        assert_eq!((monitor.published(), counters(&monitor, "work").events), (10, 8));
    });
}

/// A pipeline of two stages whose last is held at a gate with five events published, and what it says then.
macro_rules! held {
    ($gate:ident, $producer:ident, $running:ident, $handle:expr) => {
        let $gate = Gate::default();
        let held = $gate.clone();
        let handle = $handle;
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            name: "held";
            first(sequence) = |_| {};
            last(sequence) = move |sequence| { held.pass(); handle(sequence) };
            < first -> last >
        };
        #[allow(unused_mut)]
        let (mut $producer, $running) = pipeline.spawn().expect("it starts");
        for _ in 0..5 {
            $producer.publish(|_| {}).expect("open");
        }
        $gate.reached();
        until("the first is through", || $running.monitor().stage("first").expect("a stage").cursor == 5);
    };
}

#[test]
fn a_snapshot_says_what_the_pipeline_is_at() {
    within("states", || {
        let nothing = |_: Sequence| Ok::<(), &str>(());
        held!(gate, producer, running, nothing);
        let monitor = running.monitor();
        let Snapshot { pipeline, state, ring, published, free_slots, failure, stages, .. } =
            monitor.snapshot();
        assert_eq!((pipeline.as_str(), state, ring, published), ("held", StateSnapshot::Running, 8, 5));
        assert_eq!((free_slots, failure), (3, None));
        let rows: Vec<_> =
            stages.iter().map(|row| (row.stage.as_str(), row.cursor, row.backlog, row.ended)).collect();
        assert_eq!(rows, [("first", 5, 0, false), ("last", 0, 5, false)]);
        let text = monitor.snapshot().to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "held: running, 5 published, 0 dropped, 3 of 8 slots free");
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(lines[3])[..5], ["last", "running", "0", "5", "0"]);

        monitor.drain();
        until("the first has ended", || monitor.stage("first").expect("a stage").ended);
        assert_eq!(monitor.snapshot().state, StateSnapshot::Draining);
        gate.open();
        until_ended(&monitor);
        let snapshot = monitor.snapshot();
        assert_eq!((snapshot.state, snapshot.free_slots), (StateSnapshot::Ended, 8));
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        assert_eq!(monitor.snapshot(), snapshot, "it can be looked at when all is over");

        held!(gate, producer, running, nothing);
        let monitor = running.monitor();
        monitor.halt();
        assert_eq!(monitor.snapshot().state, StateSnapshot::Halting);
        gate.open();
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        assert_eq!(monitor.snapshot().state, StateSnapshot::Ended);
    });
}

#[test]
fn a_snapshot_keeps_the_failure() {
    within("failure", || {
        held!(gate, producer, running, |sequence| if sequence == 3 { Err("limit") } else { Ok(()) });
        let monitor = running.monitor();
        gate.open();
        running.join().map(drop).expect_err("a failure");
        drop(producer);
        let snapshot = monitor.snapshot();
        let failure = snapshot.failure.as_ref().expect("a failure");
        assert_eq!((failure.stage.as_str(), failure.sequence, failure.panic), ("last", 3, false));
        assert_eq!((failure.thread.as_str(), failure.cause.as_str()), ("held/last", "limit"));
        let told = "failure: stage `last` failed at sequence 3: limit";
        assert_eq!(snapshot.to_string().lines().last(), Some(told));
        assert_eq!(snapshot.stages[1].cursor, 3);
    });
}

#[test]
#[cfg(feature = "serde")]
fn snapshots_and_plans_are_serialised() {
    within("serde", || {
        held!(gate, producer, running, |sequence| if sequence == 3 { Err("limit") } else { Ok(()) });
        let monitor = running.monitor();
        gate.open();
        running.join().map(drop).expect_err("a failure");
        drop(producer);
        let json = serde_json::to_value(monitor.snapshot()).expect("it can be written");
        assert_eq!(json["pipeline"], "held");
        assert_eq!(json["state"], "ended");
        assert_eq!(json["failure"]["cause"], "limit");
        assert_eq!(json["stages"][0]["counters"]["events"], 5);
        let sizes = json["stages"][0]["counters"]["batch_sizes"].as_array().expect("a list");
        let batches: u64 = sizes.iter().map(|class| class[1].as_u64().expect("a count")).sum();
        assert_eq!(json["stages"][0]["counters"]["batches"], batches);
        let plan = serde_json::to_value(&*monitor.plan()).expect("it can be written");
        assert_eq!(plan["threads"][1]["thread"], "held/last");
        assert_eq!(plan["threads"][1]["scheduling"], "ordinary");
    });
}
