//! Claims that are held: written in any order, published together, given up, dropped, leaked.
#![forbid(unsafe_code)]

mod common;

use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;
use std::time::Duration;

use common::{Gate, until, within};
use disruptor_pipeline::{BatchError, TimedBatchError, TooLarge, TryBatchError, disruptor};

/// A stage that waits at a gate before its first event and keeps what it sees, with the sequences.
macro_rules! held {
    ($producers:ident, $ring:tt, $gate:ident) => {{
        let gate = $gate.clone();
        disruptor! {
            event: i64;
            ring: $ring;
            producers: $producers;
            work(&*, sequence) = {
                let mut seen = Vec::new();
                move |value, sequence| {
                    gate.pass();
                    seen.push((sequence, *value));
                }
            };
            < work >
        }
    }};
}

/// What a stage sees of what `feed` publishes, beside what `feed` gave.
macro_rules! seen {
    ($producers:ident, $ring:tt, $feed:expr) => {{
        let mut seen: Vec<(i64, i64)> = Vec::new();
        let mut behind: Vec<(i64, i64)> = Vec::new();
        let pipeline = disruptor! {
            event: i64;
            ring: $ring;
            producers: $producers;
            first(&*, sequence) = |value, sequence| seen.push((sequence, *value));
            second(&*, sequence) = |value, sequence| behind.push((sequence, *value));
            < first -> second >
        };
        let (fed, _) = pipeline.run($feed).expect("no stage fails");
        assert_eq!(seen, behind);
        (fed, seen)
    }};
}

/// Runs a scenario with a single producer and with one that could be cloned.
macro_rules! both {
    ($scenario:ident) => {
        within(concat!(stringify!($scenario), ", single"), || $scenario!(single));
        within(concat!(stringify!($scenario), ", multi"), || $scenario!(multi));
    };
}

macro_rules! published {
    ($producers:ident) => {{
        let ((), seen) = seen!($producers, 8, |producer| {
            let mut next = 0;
            // Each length at each place of the ring.
            for _ in 0..16 {
                for count in 0..=8 {
                    let mut claim = producer.claim(count).expect("open");
                    let sequences = claim.sequences();
                    assert_eq!((sequences.clone(), claim.len()), (next..next + count as i64, count));
                    assert_eq!(claim.is_empty(), count == 0);
                    // Back to front.
                    for index in (0..count).rev() {
                        let sequence = next + index as i64;
                        claim[index] = 10 * sequence;
                        assert_eq!(claim[index], 10 * sequence);
                    }
                    assert!(claim.get(count).is_none() && claim.get_mut(count).is_none());
                    let (before, after) = claim.slices();
                    let at = next as usize % 8;
                    assert_eq!(
                        (before.len(), after.len()),
                        (count.min(8 - at), count.saturating_sub(8 - at))
                    );
                    assert!(claim.iter().copied().eq(sequences.clone().map(|n| 10 * n)));
                    claim.iter_mut().for_each(|event| *event += 1);
                    for event in &mut claim {
                        *event += 1;
                    }
                    let (before, after) = claim.slices_mut();
                    before.iter_mut().chain(after).for_each(|event| *event -= 2);
                    assert_eq!(claim.publish(), sequences);
                    next = sequences.end;
                    assert_eq!(producer.publish(|event| *event = 10 * next).expect("open"), next);
                    next += 1;
                }
            }
        });
        assert_eq!(seen.len(), 16 * (36 + 9));
        assert!(seen.into_iter().zip(0..).all(|(seen, n)| seen == (n, 10 * n)));
    }};
}

#[test]
fn what_is_claimed_is_written_in_any_order_and_published_together() {
    both!(published);
}

macro_rules! not_before {
    ($producers:ident) => {{
        let gate = Gate::default();
        gate.open();
        let (mut producer, running) = held!($producers, 4, gate).spawn().expect("starts");
        let monitor = running.monitor();
        let mut claim = producer.claim(3).expect("open");
        claim.iter_mut().for_each(|event| *event = 1);
        // Long enough for a stage that could see them.
        thread::sleep(Duration::from_millis(20));
        assert_eq!(monitor.stages()[0].cursor, 0);
        claim.publish();
        until("they are handled", || monitor.stages()[0].cursor == 3);
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    }};
}

#[test]
fn nothing_of_a_claim_is_seen_before_it_is_published() {
    both!(not_before);
}

/// Ends claims without publishing them; `leak` keeps their guards from running.
macro_rules! given_up {
    ($producers:ident, $expected:expr, $give_up:expr) => {{
        let ((), seen) = seen!($producers, 4, |producer| {
            // More often than the ring has slots, at each place of it.
            for round in 0..20 {
                assert!(producer.publish(|event| *event = round).is_ok());
                let mut claim = producer.claim(1 + round as usize % 4).expect("open");
                claim.iter_mut().for_each(|event| *event = -1);
                let give_up = $give_up;
                give_up(claim);
            }
            producer.publish(|event| *event = 20).expect("open");
        });
        assert!(seen.iter().map(|(_, value)| *value).eq(0..=20), "{seen:?}");
        let expected: Vec<i64> = $expected;
        assert!(seen.iter().map(|(sequence, _)| *sequence).eq(expected), "{seen:?}");
    }};
}

/// Nothing is used up.
fn one_after_the_other() -> Vec<i64> {
    (0..=20).collect()
}

/// Sequences are used up by what is given up.
fn with_holes() -> Vec<i64> {
    let mut next = -1;
    (0..=20)
        .map(|round| {
            next += 1;
            let at = next;
            next += 1 + round % 4;
            at
        })
        .collect()
}

#[test]
fn an_aborted_claim_is_handled_by_nobody() {
    within("abort, single", || {
        given_up!(single, one_after_the_other(), |claim: disruptor_pipeline::Claim<'_, _>| claim.abort())
    });
    within("abort, multi", || {
        given_up!(multi, with_holes(), |claim: disruptor_pipeline::Claim<'_, _>| claim.abort())
    });
}

#[test]
fn a_dropped_claim_is_aborted() {
    within("drop, single", || given_up!(single, one_after_the_other(), drop));
    within("drop, multi", || given_up!(multi, with_holes(), drop));
}

#[test]
fn a_claim_is_aborted_by_a_panic() {
    macro_rules! panics {
        () => {
            |claim| {
                let told = catch_unwind(AssertUnwindSafe(move || {
                    let _claim = claim;
                    resume_unwind(Box::new("half-way"));
                }));
                assert!(told.is_err());
            }
        };
    }
    within("panic, single", || given_up!(single, one_after_the_other(), panics!()));
    within("panic, multi", || given_up!(multi, with_holes(), panics!()));
}

#[test]
fn a_leaked_claim_is_aborted_by_the_next_call() {
    within("leak, single", || given_up!(single, one_after_the_other(), forget));
    within("leak, multi", || given_up!(multi, with_holes(), forget));
}

macro_rules! leaked_before {
    ($producers:ident, $next:expr) => {{
        // By whatever call comes next, in a ring that the leaked claim fills.
        for call in 0..8 {
            let (_, seen) = seen!($producers, 4, |producer| {
                producer.claim(4).map(forget).expect("open");
                let limit = Duration::from_secs(60);
                match call {
                    0 => producer.publish(|event| *event = call).map(drop).expect("open"),
                    1 => producer
                        .publish_batch(1, |mut batch| *batch.next().expect("one") = call)
                        .map(drop)
                        .expect("open"),
                    2 => producer.publish_within(limit, |event| *event = call).map(drop).expect("open"),
                    3 => until("there is room", || true),
                    4 => {
                        let mut claim = producer.claim(1).expect("open");
                        claim[0] = call;
                        claim.publish();
                    }
                    5 => {
                        let mut claim = producer.claim_within(limit, 1).expect("open");
                        claim[0] = call;
                        claim.publish();
                    }
                    6 => {
                        // Refused once, perhaps, while the stages go over the holes.
                        while producer.try_publish(|event| *event = call).is_err() {
                            thread::yield_now();
                        }
                    }
                    _ => {
                        assert_eq!(producer.publish_batch(0, |_| {}).expect("open").count(), 0);
                        producer.publish(|event| *event = call).map(drop).expect("open");
                    }
                }
            });
            let expected = if call == 3 { vec![] } else { vec![($next, call)] };
            assert_eq!(seen, expected, "by call {call}");
        }
    }};
}

#[test]
fn a_leaked_claim_of_the_whole_ring_wedges_nothing() {
    within("leak of the ring, single", || leaked_before!(single, 0));
    within("leak of the ring, multi", || leaked_before!(multi, 4));
}

macro_rules! leaked_in_time {
    ($producers:ident, $handled:expr) => {{
        let gate = Gate::default();
        gate.open();
        let (mut producer, running) = held!($producers, 64, gate).spawn().expect("starts");
        let monitor = running.monitor();
        producer.claim(2).map(forget).expect("open");
        // There is plenty of room, and the producer does nothing more.
        producer.publish(|_| {}).expect("open");
        until("what was published is handled", || monitor.stages()[0].cursor == $handled);
        producer.claim(2).map(forget).expect("open");
        producer.try_publish(|_| {}).expect("room");
        until("what was published is handled", || monitor.stages()[0].cursor == 2 * $handled);
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    }};
}

#[test]
fn a_leaked_claim_holds_up_nothing_that_its_producer_publishes() {
    within("leak, single", || leaked_in_time!(single, 1));
    within("leak, multi", || leaked_in_time!(multi, 3));
}

/// One leaks a claim and is dropped; another one goes on.
#[test]
fn a_leaked_claim_ends_with_its_producer() {
    within("leak and drop", || {
        let ((), seen) = seen!(multi, 4, |producer| {
            for round in 0..20 {
                let mut other = producer.clone();
                other.claim(3).map(forget).expect("open");
                thread::scope(|scope| {
                    // Waits for the room that the leaked claim takes.
                    let waits = scope
                        .spawn(|| producer.publish_batch(4, |batch| batch.for_each(|event| *event = round)));
                    drop(other);
                    waits.join().expect("no panic").expect("open");
                });
            }
        });
        assert!(seen.iter().map(|(_, value)| *value).eq((0..20).flat_map(|round| [round; 4])));
    });
}

macro_rules! leaked_at_the_end {
    ($producers:ident) => {{
        let (mut producer, running) = disruptor! {
            event: i64;
            ring: 4;
            producers: $producers;
            work(sequence) = |_| {};
            < work >
        }
        .spawn()
        .expect("starts");
        let monitor = running.monitor();
        producer.publish(|_| {}).expect("open");
        producer.claim(2).map(forget).expect("open");
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        assert!(monitor.stages()[0].ended);
    }};
}

#[test]
fn a_stream_ends_behind_a_leaked_claim() {
    both!(leaked_at_the_end);
}

macro_rules! closed_meanwhile {
    ($producers:ident, $handled:expr) => {{
        let (mut producer, running) = disruptor! {
            event: i64;
            ring: 4;
            producers: $producers;
            work(sequence) = |_| {};
            < work >
        }
        .spawn()
        .expect("starts");
        let monitor = running.monitor();
        let claim = producer.claim(2).expect("open");
        monitor.drain();
        assert_eq!(claim.publish(), 0..2);
        assert!(matches!(producer.claim(1), Err(BatchError::Closed(_))));
        assert!(matches!(producer.claim(0), Err(BatchError::Closed(_))));
        assert!(matches!(producer.try_claim(1), Err(TryBatchError::Closed(_))));
        assert!(matches!(producer.claim_within(Duration::MAX, 1), Err(TimedBatchError::Closed(_))));
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        let handled: &[i64] = $handled;
        assert!(handled.contains(&monitor.stages()[0].cursor));
    }};
}

/// Of a single producer, the stages may have ended before; of several, they wait for every claim that came before the end.
#[test]
fn a_claim_may_be_published_after_the_close() {
    within("closed meanwhile, single", || closed_meanwhile!(single, &[0, 2]));
    within("closed meanwhile, multi", || closed_meanwhile!(multi, &[2]));
}

macro_rules! halted_meanwhile {
    ($producers:ident) => {{
        let gate = Gate::default();
        gate.open();
        let (mut producer, running) = held!($producers, 4, gate).spawn().expect("starts");
        let claim = producer.claim(4).expect("open");
        running.halt().map(drop).expect("no stage fails");
        claim.publish();
        assert!(producer.claim(1).expect_err("halted").to_string().contains("halted"));
    }};
}

#[test]
fn a_halt_does_not_wait_for_claims() {
    both!(halted_meanwhile);
}

macro_rules! refused {
    ($producers:ident) => {{
        let gate = Gate::default();
        let (mut producer, running) = held!($producers, 4, gate).spawn().expect("starts");
        let error = TooLarge { requested: 5, ring: 4 };
        for _ in 0..2 {
            let told = producer.claim(5).map(drop);
            assert!(matches!(told, Err(BatchError::TooLarge(told)) if told == error));
            let told = producer.try_claim(5).map(drop);
            assert!(matches!(told, Err(TryBatchError::TooLarge(told)) if told == error));
            let told = producer.claim_within(Duration::MAX, usize::MAX).map(drop);
            assert!(matches!(told, Err(TimedBatchError::TooLarge(told)) if told.requested == usize::MAX));
            while producer.try_publish(|event| *event = 1).is_ok() {}
        }
        assert!(matches!(producer.try_claim(1), Err(TryBatchError::Full)));
        assert_eq!(producer.claim(0).expect("open").publish(), 4..4);
        assert_eq!(producer.try_claim(0).expect("open").sequences(), 4..4);
        let limit = Duration::from_millis(20);
        assert_eq!(producer.claim_within(limit, 0).expect("open").publish(), 4..4);
        let Err(TimedBatchError::Timeout { waited }) = producer.claim_within(limit, 1).map(drop) else {
            panic!("the ring is full")
        };
        assert!(waited >= limit);
        gate.open();
        assert_eq!(producer.claim(4).expect("open").sequences(), 4..8);
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    }};
}

#[test]
fn a_claim_that_cannot_be_had_is_refused() {
    both!(refused);
}

#[test]
#[should_panic(expected = "event 2 of a claim of 2")]
fn a_place_beyond_the_claim_is_a_panic() {
    let count = |_: &i64, _: i64, _: bool| {};
    let _ = disruptor! { event: i64; ring: 4; < count > }.run(|producer| {
        let claim = producer.claim(2).expect("open");
        claim[2]
    });
}

/// Several producers write, publish, abort and leak claims beside each other, around a small ring.
#[test]
fn claims_of_several_producers_do_not_mix() {
    within("claims of several producers", || {
        const THREADS: i64 = 3;
        const CLAIMS: i64 = 2_000;
        let mut seen: Vec<i64> = Vec::new();
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            producers: multi;
            work(&*) = |value| seen.push(*value);
            < work >
        };
        let fed = pipeline.run(|producer| {
            thread::scope(|scope| {
                for id in 0..THREADS {
                    let mut producer = producer.clone();
                    scope.spawn(move || {
                        for number in 0..CLAIMS {
                            let count = 1 + (number + id) as usize % 5;
                            let mut claim = producer.claim(count).expect("open");
                            let whole = number % 3 == 0;
                            claim
                                .iter_mut()
                                .for_each(|event| *event = if whole { id * CLAIMS + number } else { -1 });
                            match number % 3 {
                                0 => drop(claim.publish()),
                                1 => claim.abort(),
                                _ => forget(claim),
                            }
                        }
                    });
                }
            });
        });
        fed.expect("no stage fails");
        let mut next = [0; THREADS as usize];
        let mut rest = &seen[..];
        while let Some(&value) = rest.first() {
            let (id, number) = (value / CLAIMS, value % CLAIMS);
            assert_eq!(number, next[id as usize], "claims of producer {id} in order");
            next[id as usize] += 3;
            let (claim, others) = rest.split_at(1 + (number + id) as usize % 5);
            assert!(claim.iter().all(|event| *event == value), "{claim:?}");
            rest = others;
        }
        assert!(next.into_iter().all(|next| next >= CLAIMS));
    });
}

/// A claim has a name where the pipeline has one.
#[test]
fn a_claim_goes_to_functions_and_to_other_threads() {
    disruptor! {
        pub struct Ticks;
        event: i64;
        < total >
    }
    type Total = fn(&i64, i64, bool);
    fn fill(claim: &mut disruptor_pipeline::Claim<'_, TicksProducer>) {
        claim.iter_mut().zip(1..).for_each(|(event, value)| *event = value);
    }
    within("a named claim", || {
        let ticks = Ticks { total: (|value, sequence, _| assert_eq!(*value, sequence + 1)) as Total };
        let (mut producer, running) = ticks.pipeline().spawn().expect("starts");
        let mut claim = producer.claim(3).expect("open");
        thread::scope(|scope| {
            scope
                .spawn(|| {
                    fill(&mut claim);
                    claim.publish()
                })
                .join()
        })
        .expect("no panic");
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    });
}
