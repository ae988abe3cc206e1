//! High sequences: where counts run into the flags of their words, and where the stamps of many producers go round.
#![forbid(unsafe_code)]

mod common;

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use common::within;
use disruptor_pipeline::dynamic::{OnDrop, Poll, PollError, Stage};
use disruptor_pipeline::{
    BatchError, Builder, Closed, Sequence, TimedPublishError, TryBatchError, TryPublishError, disruptor,
};

/// Where claims end: 2^60, less room for claims that are refused.
const LAST: Sequence = (1 << 60) - (1 << 50);

const USED_UP: &str =
    "the pipeline is closed: its sequences, some 2^60, are used up: drop it and start a new one";

/// Publishes up to the last sequence in every way, and is refused in every way.
macro_rules! comes_to_the_end {
    ($producers:ident) => {
        within("the last sequence", || {
            let mut seen = Vec::new();
            let pipeline = disruptor! {
                event: i64;
                ring: 8;
                producers: $producers;
                wait: Yielding::default();
                work(&*, sequence) = |value, n| seen.push((n, *value));
                < work >
            };
            let (refusals, _) = pipeline
                .begin_at(LAST - 10)
                .run(|producer| {
                    let mut value = LAST - 10..;
                    let mut next = || value.next().expect("more");
                    assert_eq!(producer.publish(|event| *event = next()).expect("open"), LAST - 10);
                    assert_eq!(producer.published(), LAST - 9);
                    let batch = producer.publish_batch(4, |batch| batch.for_each(|event| *event = next()));
                    assert_eq!(batch.expect("open"), LAST - 9..LAST - 5);
                    let mut claim = producer.claim(4).expect("open");
                    claim.iter_mut().for_each(|event| *event = next());
                    assert_eq!(claim.publish(), LAST - 5..LAST - 1);
                    assert_eq!(producer.publish(|event| *event = next()).expect("open"), LAST - 1);
                    let one = producer.publish(|_| unreachable!()).expect_err("the end").to_string();
                    let Err(TryPublishError::Closed(again)) = producer.try_publish(|_| unreachable!()) else {
                        panic!("the end")
                    };
                    let limit = Duration::from_secs(60);
                    let Err(TimedPublishError::Closed(timed)) = producer.publish_within(limit, |_| ()) else {
                        panic!("the end")
                    };
                    let Err(BatchError::Closed(claim)) = producer.claim(2).map(drop) else {
                        panic!("the end")
                    };
                    [one, again.to_string(), timed.to_string(), claim.to_string()]
                })
                .expect("no stage fails");
            assert!(refusals.iter().all(|refusal| refusal == USED_UP), "{refusals:?}");
            let expected: Vec<_> = (LAST - 10..LAST).map(|n| (n, n)).collect();
            assert_eq!(seen, expected);
        })
    };
}

#[test]
fn an_only_producer_comes_to_the_last_sequence() {
    comes_to_the_end!(single);
}

#[test]
fn one_of_several_producers_comes_to_the_last_sequence() {
    comes_to_the_end!(multi);
}

/// What does not fit is refused as a whole, waits for nothing, and ends the pipeline as well.
#[test]
fn a_batch_across_the_last_sequence_is_refused() {
    within("a batch across the end", || {
        let pipeline = disruptor! { event: i64; ring: 8; < work >; work(&*) = |_| (); };
        let (mut producer, running) = pipeline.begin_at(LAST - 3).spawn().expect("starts");
        let refused = producer.try_publish_batch(4, |_| unreachable!("it is refused"));
        let Err(TryBatchError::Closed(closed)) = refused else { panic!("{refused:?}") };
        assert_eq!(closed.to_string(), USED_UP);
        assert!(!closed.is_halted() && closed.failure().is_none());
        drop(producer);
        running.join().expect("no stage fails");
    });
}

/// Several that wait for room while the sequences run out: each is told, and everything that was published is handled.
#[test]
fn producers_that_wait_at_the_last_sequence_are_told() {
    within("blocked producers", || {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let witness = Arc::clone(&seen);
        let pipeline = disruptor! {
            event: i64;
            ring: 4;
            producers: multi;
            wait: Blocking::default();
            producer_wait: Blocking::default();
            first(&*) = |_| std::thread::sleep(std::time::Duration::from_micros(20));
            last(&*, sequence) = move |_, n| witness.lock().expect("no panic").push(n);
            < first + last >
        };
        let (producer, running) = pipeline.begin_at(LAST - 200).spawn().expect("starts");
        let publishing = (1..=3).map(|size| {
            let mut producer = producer.clone();
            thread::spawn(move || {
                let mut published = Vec::new();
                loop {
                    match producer.publish_batch(size, |_| ()) {
                        Ok(sequences) => published.extend(sequences),
                        Err(BatchError::Closed(closed)) => return (published, closed.to_string()),
                        Err(error) => panic!("{error}"),
                    }
                }
            })
        });
        let publishing: Vec<_> = publishing.collect();
        drop(producer);
        let mut published = Vec::new();
        for thread in publishing {
            let (own, told) = thread.join().expect("no panic");
            assert_eq!(told, USED_UP);
            published.extend(own);
        }
        running.join().expect("no stage fails");
        published.sort_unstable();
        assert_eq!(*seen.lock().expect("no panic"), published);
        // A batch of three at most did not fit any more, nor what stood behind it.
        assert!((LAST - 2..=LAST).contains(&(published[published.len() - 1] + 1)), "{:?}", published.last());
    });
}

#[derive(Default)]
struct Pair {
    value: i64,
    double: i64,
}

/// Publishes some events from `first` on, with holes among them, to stages of every kind.
fn goes_on(first: Sequence) {
    within("high sequences", move || {
        let (mut seen, mut slices) = (Vec::new(), Vec::new());
        let pipeline = disruptor! {
            event: Pair;
            ring: 4;
            producers: multi;
            wait: Yielding::default();
            double(&value, &mut double) { batch: 3 } = |value, double| *double = value.wrapping_mul(2);
            check(&value, &double, sequence) = |value, double, n| seen.push((n, *value, *double));
            slices(&[*], sequence) = |events, n| slices.extend((n..).zip(events.iter().map(|event| event.value)));
            spread(&value) = |_| ();
            < double + check -> slices > < double -> [spread; 2] >
        };
        let mut expected = Vec::new();
        let fed = pipeline.begin_at(first).run(|producer| {
            for round in 0..60 {
                match round % 4 {
                    0 => producer.claim(3).expect("open").abort(),
                    1 => {
                        let args = [round, round + 1];
                        let fill = |event: &mut Pair, n: Sequence, value: i64| {
                            event.value = value;
                            expected.push((n, value));
                        };
                        producer.publish_batch_with(fill, args.map(|value| (value,))).expect("open");
                    }
                    _ => {
                        let n = producer.publish(|event| event.value = round).expect("open");
                        expected.push((n, round));
                    }
                }
            }
        });
        fed.expect("no stage fails");
        assert_eq!(expected[0].0, first + 3, "behind the first claim");
        assert_eq!(expected[expected.len() - 1].0, first + 15 * 7 - 1);
        assert_eq!(slices, expected);
        let doubled: Vec<_> = expected.into_iter().map(|(n, value)| (n, value, 2 * value)).collect();
        assert_eq!(seen, doubled);
    });
}

#[test]
fn stamps_go_round_every_two_to_the_thirty_rounds() {
    for rounds in [1_i64 << 30, 1 << 31, 1 << 32, 5 << 30] {
        for before in [1, 4, 50] {
            goes_on(rounds * 4 - before);
        }
    }
}

#[test]
fn counts_grow_to_the_last_bit_below_the_flags() {
    for first in [(1 << 59) - 50, LAST - 15 * 7, (1 << 32) - 50, (1 << 53) - 7] {
        goes_on(first);
    }
}

#[test]
fn a_poller_begins_where_the_stream_does() {
    within("a poller", || {
        let mut builder = Builder::single(8, i64::default);
        builder.begin_at(LAST - 2).handle_events_with([Stage::poller("audit", OnDrop::Release)]);
        let built = builder.build().expect("one stage");
        let (mut producer, running, mut pollers) = built.spawn_with_pollers().expect("starts");
        let mut audit = pollers.take("audit").expect("declared");
        for value in [5, 6] {
            producer.publish(|event| *event = value).expect("open");
        }
        let refused: Result<_, Closed> = producer.publish(|_| ());
        assert_eq!(refused.expect_err("the end").to_string(), USED_UP);
        let mut seen = Vec::new();
        let polled = audit.poll(|event, n, _| seen.push((n, *event))).expect("open");
        assert_eq!((polled, &seen[..]), (Poll::Handled(2), &[(LAST - 2, 5), (LAST - 1, 6)][..]));
        let Err(PollError::Closed(closed)) = audit.poll(|_, _, _| ()) else { panic!("the end") };
        assert_eq!(closed.to_string(), USED_UP);
        drop((producer, audit, pollers));
        running.join().expect("no stage fails");
    });
}

/// The same of one that is declared.
#[test]
fn a_declared_poller_begins_where_the_stream_does() {
    within("a declared poller", || {
        let pipeline = disruptor! { event: i64; ring: 8; audit { poll: release }; < audit > };
        let (mut producer, running, mut pollers) =
            pipeline.begin_at(100).spawn_with_pollers().expect("starts");
        producer.publish(|event| *event = 7).expect("open");
        let mut seen = Vec::new();
        let polled = pollers.audit.poll(|event, n, _| seen.push((n, *event))).expect("open");
        assert_eq!((polled, &seen[..]), (Poll::Handled(1), &[(100, 7)][..]));
        drop((producer, pollers));
        running.join().expect("no stage fails");
    });
}

/// Of several producers, too, the gates of a built pipeline begin where the stream does.
#[test]
fn stages_of_several_producers_begin_where_the_stream_does() {
    within("several producers", || {
        let mut builder = Builder::multi(8, i64::default);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sees = Arc::clone(&seen);
        let work =
            move |event: &i64, n: Sequence, _: bool| sees.lock().expect("nobody panics").push((n, *event));
        builder.begin_at(100).handle_events_with([Stage::new("work", work)]);
        let (mut producer, running) = builder.build().expect("one stage").spawn().expect("starts");
        for value in 0..20 {
            producer.publish(|event| *event = value).expect("open");
        }
        drop(producer);
        running.join().expect("no stage fails");
        assert_eq!(*seen.lock().expect("nobody panics"), (0..20).map(|n| (100 + n, n)).collect::<Vec<_>>());
    });
}

/// Whoever asks for what there is not gets the nearest that there is.
#[test]
fn a_stream_cannot_begin_where_there_are_no_sequences() {
    for first in [i64::MIN, -1, i64::MAX, LAST + 1, 1 << 61] {
        within("odd beginnings", move || {
            let pipeline = disruptor! { event: i64; ring: 8; < work >; work(&*) = |_| (); };
            let (mut producer, running) = pipeline.begin_at(first).spawn().expect("starts");
            let published = producer.publish(|_| ());
            assert_eq!(published.ok(), (first < 0).then_some(0));
            drop(producer);
            running.join().expect("no stage fails");
        });
    }
}
