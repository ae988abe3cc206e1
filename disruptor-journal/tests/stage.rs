//! The journal as a stage: what a later stage sees is durable, whatever fails.

mod common;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use common::{Flaky, small};
use disruptor_journal::{Error, Journal, Reader, Sequence};
use disruptor_pipeline::{All, BoxError, Handler, HandlerResult, Publisher, disruptor};

/// How long a scenario may take before it counts as hung.
const DEADLINE: Duration = Duration::from_secs(60);

/// Runs a scenario on a thread of its own: one that hangs fails, and hangs nobody else.
fn within(what: &str, scenario: impl FnOnce() + Send + 'static) {
    let (done, finished) = mpsc::channel();
    let thread = thread::spawn(move || {
        scenario();
        let _ = done.send(());
    });
    match finished.recv_timeout(DEADLINE) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("hung: {what}"),
        _ => thread.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload)),
    }
}

#[derive(Default)]
struct Order {
    raw: Vec<u8>,
    total: u64,
}

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

fn read(directory: &std::path::Path) -> Vec<Vec<u8>> {
    let reader = Reader::open(directory).expect("readable");
    reader.replay(0).expect("there").map(|event| event.expect("whole").1).collect()
}

/// Remembers how far the journal was durable when its batches ended.
struct Watched<J> {
    journal: J,
    durable: Arc<AtomicI64>,
    look: fn(&J) -> Sequence,
}

impl<J: Handler<Vec<u8>>> Handler<Vec<u8>> for Watched<J> {
    fn on_start(&mut self) {
        self.journal.on_start();
    }

    fn on_batch_start(&mut self, size: usize, backlog: usize) {
        self.journal.on_batch_start(size, backlog);
    }

    fn on_event(&mut self, event: &Vec<u8>, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
        let handled = self.journal.on_event(event, sequence, end_of_batch);
        self.durable.store((self.look)(&self.journal), Ordering::Release);
        handled
    }
}

#[test]
fn a_listed_stage_and_a_handler_write_the_same() {
    within("a listed stage", || {
        let scratch = scratch();
        let mut journal = small().open(scratch.path().join("listed")).expect("opened");
        let pipeline = disruptor! {
            event: Order;
            ring: 64;
            journal(&raw, end_of_batch) = journal.stage();
            unmarshal(&raw, &mut total) = |raw: &Vec<u8>, total: &mut u64| *total = raw.iter().map(|byte| u64::from(*byte)).sum();
            < journal -> unmarshal >
        };
        pipeline
            .run(|producer| {
                for value in 0..1000_u32 {
                    producer.publish(|order| order.raw = value.to_le_bytes().to_vec()).expect("open");
                }
            })
            .expect("all went well");
        assert_eq!(journal.durable(), 1000);
        journal.close().expect("closed");

        let journal = small().open(scratch.path().join("handler")).expect("opened");
        let (mut producer, running) =
            disruptor! { event: Vec<u8>; ring: 64; < journal > }.spawn().expect("started");
        for value in 0..1000_u32 {
            producer.publish(|raw| *raw = value.to_le_bytes().to_vec()).expect("open");
        }
        drop(producer);
        running.join().expect("all went well").journal.close().expect("closed");
        let expected: Vec<_> = (0..1000_u32).map(|value| value.to_le_bytes().to_vec()).collect();
        assert_eq!(read(&scratch.path().join("listed")), expected);
        assert_eq!(read(&scratch.path().join("handler")), expected);
    });
}

#[test]
fn a_later_stage_sees_durable_events_only() {
    within("a later stage", || {
        let scratch = scratch();
        let durable = Arc::new(AtomicI64::new(0));
        let journal = small().open(scratch.path()).expect("opened");
        let journal = Watched { journal, durable: Arc::clone(&durable), look: Journal::durable };
        let after = move |_: &Vec<u8>, sequence: Sequence, _: bool| {
            assert!(sequence < durable.load(Ordering::Acquire), "{sequence} is not durable");
        };
        let (mut producer, running) =
            disruptor! { event: Vec<u8>; ring: 32; < journal -> after > }.spawn().expect("started");
        for value in 0..2000_u32 {
            producer.publish(|raw| *raw = value.to_le_bytes().to_vec()).expect("open");
        }
        drop(producer);
        running.join().expect("every event was durable");
    });
}

/// An event that cannot be encoded fails the stage in the middle of a batch: those before it in the batch are not durable, and
/// nobody behind sees them. No policy passes over it, nor over the errors that follow.
#[test]
fn an_error_hands_on_nothing_of_its_batch_under_every_policy() {
    macro_rules! fails_under {
        ($($policy:tt)*) => {
            within(stringify!($($policy)*), || {
                let scratch = scratch();
                let seen = Arc::new(Mutex::new(Vec::new()));
                let journal = small().open(scratch.path()).expect("opened").with(
                    |event: &u64, into: &mut disruptor_journal::Encoder<'_>| -> Result<(), BoxError> {
                        into.put(&event.to_le_bytes());
                        if *event == 25 { Err("no such order".into()) } else { Ok(()) }
                    },
                );
                let after = {
                    let seen = Arc::clone(&seen);
                    move |event: &u64, _: Sequence, _: bool| seen.lock().expect("whole").push(*event)
                };
                let pipeline = disruptor! {
                    event: u64;
                    ring: 64;
                    on_error: $($policy)*;
                    < journal -> after >
                };
                let (mut producer, running) = pipeline.spawn().expect("started");
                for batch in 0..4 {
                    let published = producer.publish_batch(10, |events| {
                        for (event, value) in events.zip(batch * 10..) {
                            *event = value;
                        }
                    });
                    if published.is_err() {
                        break;
                    }
                }
                drop(producer);
                let failure = running.join().err().expect("the journal has failed");
                assert_eq!(
                    failure.to_string(),
                    "stage `journal` failed at sequence 25: cannot encode the event with sequence 25: no such order"
                );
                let disruptor_pipeline::Cause::Error(cause) = failure.cause() else { panic!("an error") };
                assert!(cause.downcast_ref::<Error>().is_some(), "as it was given: {cause:?}");
                let seen = seen.lock().expect("whole");
                // The batch may have begun at any multiple of ten.
                assert!(seen.len() <= 20 && seen.len() % 10 == 0, "{seen:?}");
                assert!(seen.iter().copied().eq(0..seen.len() as u64));
                assert_eq!(read(scratch.path()).len(), seen.len(), "what is seen is there, and no more");
            });
        };
    }
    fails_under!(stop);
    fails_under!(skip);
    fails_under!(retry(3));
    fails_under!(disruptor_pipeline::Retry::times(2).then(disruptor_pipeline::Skip));
}

#[test]
fn a_batch_that_is_rewound_is_written_once() {
    within("a rewound batch", || {
        for flaky in 0..15 {
            let scratch = scratch();
            let journal = small().open(scratch.path()).expect("opened");
            let handlers = All((journal, Flaky(Some(flaky))));
            let pipeline = disruptor! { event: u64; ring: 64; on_error: retry(3); both { batch: 5 } = handlers; < both > };
            let (mut producer, running) = pipeline.spawn().expect("started");
            for batch in 0..3 {
                let fill = |events: disruptor_pipeline::Batch<'_, u64>| {
                    for (event, value) in events.zip(batch * 5..) {
                        *event = value;
                    }
                };
                producer.publish_batch(5, fill).expect("open");
            }
            drop(producer);
            drop(running.join().expect("it was retried"));
            let expected: Vec<_> = (0..15_u64).map(|value| value.to_le_bytes().to_vec()).collect();
            assert_eq!(read(scratch.path()), expected, "failed at {flaky}");
        }
    });
}

/// Skipped before the journal hears of the end of the batch: the journal says so, and lets no more through.
#[test]
fn a_batch_whose_end_was_missed_is_an_error() {
    within("a missed end", || {
        let scratch = scratch();
        let journal = small().open(scratch.path()).expect("opened");
        let handlers = All((
            |_: &u64, sequence: Sequence, _: bool| if sequence == 4 { Err("no") } else { Ok(()) },
            journal,
        ));
        let pipeline =
            disruptor! { event: u64; ring: 64; on_error: skip; both { batch: 5 } = handlers; < both > };
        let (mut producer, running) = pipeline.spawn().expect("started");
        producer.publish_batch(5, |events| events.for_each(|event| *event = 1)).expect("open");
        for _ in 0..10_000 {
            if producer.publish(|event| *event = 2).is_err() {
                break;
            }
        }
        drop(producer);
        let failure = running.join().err().expect("it has failed").to_string();
        assert!(failure.contains("ended without a word to the journal"), "{failure}");
    });
}

#[test]
fn a_pipeline_is_rebuilt_and_goes_on_live() {
    within("a resumed pipeline", || {
        let scratch = scratch();
        let mut state = Vec::new();
        for run in 0..4_u64 {
            let mut journal = small().open(scratch.path()).expect("opened");
            let snapshots = journal.snapshots().expect("open");
            // Every second run begins with a snapshot.
            let snapshot = snapshots.latest().expect("whole").filter(|_| run % 2 == 1);
            let (from, mut rebuilt) =
                snapshot.map_or((0, Vec::new()), |snapshot| (snapshot.sequence, snapshot.state));
            let mut replay = journal.resume(from).expect("there");
            let business = |raw: &Vec<u8>, _: Sequence, _: bool| rebuilt.push(raw[0]);
            let pipeline = disruptor! { event: Vec<u8>; ring: 64; < journal -> business > };
            pipeline
                .run(|producer| {
                    let replayed = replay.replay_into(producer).expect("replayed");
                    assert_eq!(replayed as usize, state.len() - from as usize);
                    for value in 0..500 {
                        producer.publish(|raw| *raw = vec![(run + value) as u8; 5]).expect("open");
                    }
                })
                .expect("all went well");
            state.extend((0..500).map(|value| (run + value) as u8));
            assert_eq!(rebuilt, state, "run {run}");
            let journaled = read(scratch.path());
            assert_eq!(journaled.len(), state.len(), "nothing is written twice");
            assert!(journaled.iter().zip(&state).all(|(event, value)| event == &vec![*value; 5]));
            if run % 2 == 0 {
                let journal = small().open(scratch.path()).expect("opened");
                let snapshots = journal.snapshots().expect("open");
                snapshots.save(state.len() as Sequence, &state).expect("saved");
            }
        }
    });
}

#[test]
fn what_is_published_before_the_replay_is_an_error_and_not_lost() {
    within("live before the replay", || {
        let scratch = scratch();
        {
            let journal = small().open(scratch.path()).expect("opened");
            let (mut producer, running) =
                disruptor! { event: Vec<u8>; < journal > }.spawn().expect("started");
            for value in 0..20 {
                producer.publish(|raw| *raw = vec![value]).expect("open");
            }
            drop(producer);
            running.join().expect("all went well");
        }
        for (replayed, first_live) in [(0, 0), (7, 7), (19, 19), (7, 99)] {
            let mut journal = small().open(scratch.path()).expect("opened");
            let mut replay = journal.resume(0).expect("there");
            let (mut producer, running) =
                disruptor! { event: Vec<u8>; < journal > }.spawn().expect("started");
            for _ in 0..replayed {
                let event = replay.next_event().expect("whole").expect("there").bytes.to_vec();
                Publisher::publish(&mut producer, |raw| *raw = event).expect("open");
            }
            producer.publish(|raw| *raw = vec![first_live]).expect("open");
            drop(producer);
            let failure = running.join().err().expect("it is not the event that is due").to_string();
            assert!(failure.contains("is not the one that the journal holds there"), "{failure}");
            assert_eq!(read(scratch.path()).len(), 20);
        }
    });
}
