//! Publishing one by one and in batches, with room and without, around the wrap, by one producer and by several.
#![forbid(unsafe_code)]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread;

use common::{Gate, until, within};
use disruptor_pipeline::{BatchError, Monitor, TooLarge, TryBatchError, TryPublishError, disruptor};

/// A stage that waits at a gate before its first event and keeps what it sees.
macro_rules! held {
    ($producers:ident, $ring:tt, $gate:ident) => {{
        let gate = $gate.clone();
        let mut seen = Vec::new();
        disruptor! {
            event: i64;
            ring: $ring;
            producers: $producers;
            work(&*, sequence, end_of_batch) { batch: 1 } = move |value, sequence, _| {
                gate.pass();
                assert_eq!(seen.len() as i64, sequence);
                seen.push(*value);
            };
            < work >
        }
    }};
}

/// Runs a scenario with a single producer and with one that could be cloned, in several rings.
macro_rules! in_rings {
    ($scenario:ident: $($ring:tt)*) => {$(
        within(concat!(stringify!($scenario), ", single, ", $ring), || $scenario!(single, $ring));
        within(concat!(stringify!($scenario), ", multi, ", $ring), || $scenario!(multi, $ring));
    )*};
}

macro_rules! full {
    ($producers:ident, $ring:tt) => {{
        let gate = Gate::default();
        let (mut producer, running) = held!($producers, $ring, gate).spawn().expect("starts");
        assert_eq!(producer.ring_size(), $ring);
        for n in 0..$ring {
            assert_eq!(producer.try_publish(|event| *event = n).expect("a slot is free"), n);
        }
        let full = producer.try_publish(|_| panic!("written"));
        assert!(matches!(full, Err(TryPublishError::Full)), "{full:?}");
        let full = producer.try_publish_batch(1, |_| panic!("written"));
        assert!(matches!(full, Err(TryBatchError::Full)), "{full:?}");
        let monitor = running.monitor();
        assert_eq!((monitor.free_slots(), monitor.published()), (0, $ring));
        gate.open();
        until("the ring is empty", || monitor.free_slots() == $ring);
        let all = producer.try_publish_batch($ring, |batch| assert_eq!(batch.len(), $ring));
        assert_eq!(all.expect("every slot is free"), $ring..2 * $ring);
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    }};
}

#[test]
fn a_ring_is_full_when_every_slot_is_taken_and_not_before() {
    in_rings!(full: 1 2 4 64);
}

macro_rules! too_large {
    ($producers:ident, $ring:tt) => {{
        let gate = Gate::default();
        let (mut producer, running) = held!($producers, $ring, gate).spawn().expect("starts");
        for _ in 0..2 {
            let error = TooLarge { requested: $ring + 1, ring: $ring };
            let refused = producer.publish_batch($ring + 1, |_| panic!("written"));
            assert!(matches!(refused, Err(BatchError::TooLarge(told)) if told == error), "{refused:?}");
            let refused = producer.try_publish_batch($ring + 1, |_| panic!("written"));
            assert!(matches!(refused, Err(TryBatchError::TooLarge(told)) if told == error), "{refused:?}");
            let told = "can never be met by a ring of";
            assert!(refused.expect_err("too large").to_string().contains(told));
            // Whatever the state of the ring: also when it is full.
            while producer.try_publish(|_| {}).is_ok() {}
        }
        assert_eq!(running.monitor().published(), $ring);
        gate.open();
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    }};
}

#[test]
fn more_than_the_ring_holds_is_refused_at_once() {
    in_rings!(too_large: 1 2 8);
}

macro_rules! empty_batches {
    ($producers:ident, $ring:tt) => {{
        let gate = Gate::default();
        let (mut producer, running) = held!($producers, $ring, gate).spawn().expect("starts");
        for n in 0..=$ring {
            let mut called = 0;
            let sequences = producer.publish_batch(0, |batch| called += 1 + batch.count());
            assert_eq!(sequences.expect("nothing is asked for"), n..n);
            let sequences = producer.try_publish_batch(0, |batch| called += 1 + batch.count());
            assert_eq!(sequences.expect("nothing is asked for"), n..n);
            assert!(called <= 2);
            assert_eq!(producer.try_publish(|_| {}).is_ok(), n < $ring);
        }
        gate.open();
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    }};
}

#[test]
fn an_empty_batch_publishes_nothing_also_in_a_full_ring() {
    in_rings!(empty_batches: 1 2 8);
}

/// Others wait on the full ring; a batch of none needs no slot, and waits with nobody.
#[test]
fn an_empty_batch_waits_not_behind_those_who_wait() {
    within("an empty batch beside blocked producers", || {
        let gate = Gate::default();
        let (mut producer, running) = held!(multi, 2, gate).spawn().expect("starts");
        let (mut blocked, mut other, mut third) = (producer.clone(), producer.clone(), producer.clone());
        (0..2).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
        let monitor = running.monitor();
        let blocked = thread::spawn(move || blocked.publish(|_| {}).map(drop));
        until("it waits", || monitor.published() == 3);
        let tried = other.try_publish_batch(0, |_| {}).map(|sequences| sequences.is_empty());
        let empty =
            thread::spawn(move || third.publish_batch(0, |_| {}).map(|sequences| sequences.is_empty()));
        until("a batch of none is published", || empty.is_finished());
        assert!(empty.join().expect("no panic").expect("open"));
        assert!(tried.expect("a batch of none finds room"));
        gate.open();
        blocked.join().expect("no panic").expect("open");
        drop((producer, other));
        running.join().map(drop).expect("no stage fails");
    });
}

macro_rules! around_the_wrap {
    ($producers:ident, $ring:tt) => {{
        let (ring, gate) = ($ring as usize, Gate::default());
        gate.open();
        let (mut producer, running) = held!($producers, $ring, gate).spawn().expect("starts");
        let mut next = 0;
        // Each length at each place of the ring.
        for round in 0..2 * ring {
            for count in 0..=ring {
                let at = next as usize % ring;
                let write = |batch: disruptor_pipeline::Batch<'_, i64>| {
                    assert_eq!(batch.len(), count);
                    let (before, after) = batch.into_slices();
                    assert_eq!(
                        (before.len(), after.len()),
                        (count.min(ring - at), count.saturating_sub(ring - at))
                    );
                    before.iter_mut().chain(after).zip(next..).for_each(|(event, n)| *event = n);
                };
                let sequences = producer.publish_batch(count, write).expect("open");
                assert_eq!(sequences, next..next + count as i64);
                next = sequences.end;
            }
            if round % 2 == 0 {
                assert_eq!(producer.publish(|event| *event = next).expect("open"), next);
                next += 1;
            }
        }
        let monitor = running.monitor();
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        assert_eq!(monitor.stage("work").expect("there is one").cursor, next);
    }};
}

#[test]
fn batches_go_around_the_wrap() {
    in_rings!(around_the_wrap: 1 2 8);
}

macro_rules! what_is_left {
    ($producers:ident, $ring:tt) => {{
        let mut seen = Vec::new();
        let pipeline = disruptor! {
            event: i64 = 7;
            ring: $ring;
            producers: $producers;
            work(&*) = |value| seen.push(*value);
            < work >
        };
        let fed = pipeline.run(|producer| {
            producer.publish_batch($ring, |mut batch| *batch.next().expect("one") = 1).expect("open");
            producer.publish(|event| *event += 1).expect("open");
        });
        fed.expect("no stage fails");
        let mut expected = vec![7; $ring];
        expected[0] = 1;
        expected.push(2);
        assert_eq!(seen, expected);
    }};
}

#[test]
fn a_slot_keeps_what_is_not_written() {
    in_rings!(what_is_left: 1 2 8);
}

macro_rules! together {
    ($producers:ident, $ring:tt) => {{
        let gate = Gate::default();
        gate.open();
        let (mut producer, running) = held!($producers, $ring, gate).spawn().expect("starts");
        let monitor = running.monitor();
        for first in (0..8).map(|round| round * $ring) {
            let write = |batch: disruptor_pipeline::Batch<'_, i64>| {
                for event in batch {
                    *event = 1;
                    // The whole ring is claimed: everything before is handled, and nothing of this is seen.
                    assert_eq!(monitor.stage("work").expect("there is one").cursor, first);
                }
            };
            assert_eq!(producer.publish_batch($ring, write).expect("open"), first..first + $ring);
        }
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    }};
}

#[test]
fn a_batch_is_published_when_all_of_it_is_written() {
    in_rings!(together: 1 2 8);
}

#[test]
fn batches_of_several_producers_do_not_mix() {
    within("batches of several producers", || {
        let mut seen: Vec<(usize, usize)> = Vec::new();
        let pipeline = disruptor! {
            event: (usize, usize) = (0, 0);
            ring: 8;
            producers: multi;
            work(&*) = |event| seen.push(*event);
            < work >
        };
        let fed = pipeline.run(|producer| {
            thread::scope(|scope| {
                for id in 0..4 {
                    let mut producer = producer.clone();
                    scope.spawn(move || {
                        for number in 0..2_000 {
                            let fill = |batch: disruptor_pipeline::Batch<'_, _>| {
                                batch.for_each(|event| *event = (id, number))
                            };
                            producer.publish_batch(1 + (number + id) % 8, fill).expect("open");
                        }
                    });
                }
            });
        });
        fed.expect("no stage fails");
        let mut next = [0; 4];
        let mut rest = &seen[..];
        while let Some(&(id, number)) = rest.first() {
            assert_eq!(number, next[id], "batches of producer {id} in order");
            next[id] += 1;
            let (batch, others) = rest.split_at(1 + (number + id) % 8);
            assert!(batch.iter().all(|event| *event == (id, number)), "{batch:?}");
            rest = others;
        }
        assert_eq!(next, [2_000; 4]);
    });
}

macro_rules! each {
    ($producers:ident, $ring:tt) => {{
        let pipeline = disruptor! {
            event: i64;
            ring: $ring;
            producers: $producers;
            work(&*, sequence) = |value, sequence| assert_eq!(*value, sequence);
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let mut next = 0;
        // Of each length, and from each place of the ring.
        for count in (0..70).chain([2 * $ring as usize, 3 * $ring as usize + 1, 1_000]) {
            let mut indices = 0..count;
            producer
                .publish_each(count, |event, index| {
                    assert_eq!(Some(index), indices.next());
                    *event = next + index as i64;
                })
                .expect("open");
            assert_eq!(indices.len(), 0);
            next += count as i64;
            assert_eq!(producer.publish(|event| *event = next).expect("open"), next);
            next += 1;
        }
        let monitor = running.monitor();
        drop(producer);
        running.join().map(drop).expect("each event is as it was written");
        assert_eq!(monitor.stage("work").expect("there is one").cursor, next);
    }};
}

#[test]
fn each_event_is_published_in_its_turn_and_more_than_the_ring_holds() {
    in_rings!(each: 1 8 16 64);
}

/// Each event is visible, and who waits is woken, before the next one is written.
macro_rules! at_once {
    ($producers:ident, $ring:tt) => {{
        at_once!($producers, $ring, Blocking::default());
        at_once!($producers, $ring, LiteBlocking::default());
    }};
    ($producers:ident, $ring:tt, $wait:expr) => {{
        let pipeline = disruptor! {
            event: i64;
            ring: $ring;
            producers: $producers;
            wait: $wait;
            work = |_: &i64, _, _| {};
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let monitor = running.monitor();
        producer
            .publish_each(40, |_, index| {
                let handled = || monitor.stage("work").expect("there is one").cursor;
                until("what was written is handled", || handled() == index as i64);
            })
            .expect("open");
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    }};
}

#[test]
fn an_event_does_not_wait_for_the_next_one() {
    in_rings!(at_once: 2 64);
}

macro_rules! a_panic_among_them {
    ($producers:ident, $ring:tt) => {{
        let handled = Arc::new(Mutex::new(Vec::new()));
        let keeps = Arc::clone(&handled);
        let pipeline = disruptor! {
            event: i64;
            ring: $ring;
            producers: $producers;
            work(&*) = move |value| keeps.lock().expect("no panic here").push(*value);
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        // At the first, at the last of thirty-two, within them, and behind them.
        for fatal in [0, 31, 41, 70] {
            let write = |event: &mut i64, index| {
                *event = if index == fatal { panic!("no more") } else { index as i64 };
            };
            let unwound = catch_unwind(AssertUnwindSafe(|| producer.publish_each(100, write)));
            unwound.expect_err("it panics");
            producer.publish(|event| *event = -1).expect("open");
        }
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        let expected: Vec<i64> =
            [0, 31, 41, 70].into_iter().flat_map(|fatal| (0..fatal).chain([-1])).collect();
        assert_eq!(*handled.lock().expect("no panic here"), expected);
    }};
}

#[test]
fn a_panic_publishes_what_was_written_before_it_and_no_more() {
    in_rings!(a_panic_among_them: 4 64);
}

macro_rules! an_end_among_them {
    ($producers:ident, $ring:tt) => {{
        for end in [Monitor::halt, Monitor::drain] {
            let gate = Gate::default();
            gate.open();
            let (mut producer, running) = held!($producers, $ring, gate).spawn().expect("starts");
            let monitor = running.monitor();
            let mut written = 0;
            let refused = producer.publish_each(usize::MAX, |_, index| {
                written = index;
                if index == 1_000 {
                    end(&monitor);
                }
            });
            refused.expect_err("the pipeline was ended");
            assert!((1_000..1_032).contains(&written), "the end was seen {} events later", written - 1_000);
            drop(producer);
            running.join().map(drop).expect("no stage fails");
        }
    }};
}

#[test]
fn an_end_from_outside_is_seen_thirty_two_events_later_at_most() {
    in_rings!(an_end_among_them: 4 64);
}
