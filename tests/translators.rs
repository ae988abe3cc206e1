//! Events written by functions from arguments, one by one and in batches.
#![forbid(unsafe_code)]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use common::{Gate, within};
use disruptor_pipeline::{
    BatchError, Sequence, TimedBatchError, TimedPublishError, TryBatchError, TryPublishError, disruptor,
};

const LONG: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Trade {
    sequence: Sequence,
    price: u64,
    quantity: u32,
    buys: bool,
}

fn fill(trade: &mut Trade, sequence: Sequence, price: u64, quantity: u32) {
    *trade = Trade { sequence, price, quantity, buys: false };
}

/// What a stage sees of what `feed` publishes.
macro_rules! seen {
    ($producers:ident, $ring:tt, $feed:expr) => {{
        let mut seen: Vec<Trade> = Vec::new();
        let pipeline = disruptor! {
            event: Trade;
            ring: $ring;
            producers: $producers;
            work(&*) = |trade| seen.push(*trade);
            < work >
        };
        pipeline.run($feed).expect("no stage fails");
        seen
    }};
}

macro_rules! one_by_one {
    ($producers:ident) => {{
        let seen = seen!($producers, 4, |producer| {
            for round in 0..10_u64 {
                let first = 3 * round as i64;
                assert_eq!(producer.publish_with(fill, (round, 1)).expect("open"), first);
                assert_eq!(producer.publish_with_within(LONG, fill, (round, 2)).expect("room"), first + 1);
                loop {
                    match producer.try_publish_with(fill, (round, 3)) {
                        Ok(sequence) => break assert_eq!(sequence, first + 2),
                        Err(TryPublishError::Full) => std::thread::yield_now(),
                        Err(TryPublishError::Closed(closed)) => panic!("{closed}"),
                    }
                }
            }
        });
        let told =
            |n: i64| Trade { sequence: n, price: n as u64 / 3, quantity: n as u32 % 3 + 1, buys: false };
        assert!(seen.into_iter().eq((0..30).map(told)));
    }};
}

#[test]
fn a_function_writes_each_event_from_its_arguments() {
    within("translators, single", || one_by_one!(single));
    within("translators, multi", || one_by_one!(multi));
}

#[test]
fn none_to_six_arguments_of_any_type() {
    within("arguments", || {
        let base = String::from("7");
        let seen = seen!(single, 8, |producer| {
            let none = |trade: &mut Trade, _: Sequence| trade.price = 0;
            producer.publish_with(none, ()).expect("open");
            let one = |trade: &mut Trade, _: Sequence, price: u64| trade.price = price;
            producer.publish_with(one, (1,)).expect("open");
            let three = |trade: &mut Trade, sequence: Sequence, price: u64, quantity: u32, buys: bool| {
                *trade = Trade { sequence, price, quantity, buys };
            };
            producer.publish_with(three, (2, 3, true)).expect("open");
            // What is given is moved in, borrowed or not, and a translator may keep a state.
            let mut calls = 0;
            let four = |trade: &mut Trade, _: Sequence, a: Box<u64>, b: &str, c: u64, d: u64| {
                calls += 1;
                trade.price = *a + b.parse::<u64>().expect("a number") + c + d;
            };
            producer.publish_with(four, (Box::new(1), base.as_str(), 2, 3)).expect("open");
            assert_eq!(calls, 1);
            let five = |trade: &mut Trade, _: Sequence, a: u64, b: u64, c: u64, d: u64, e: u64| {
                trade.price = a + b + c + d + e;
            };
            producer.publish_with(five, (1, 1, 1, 1, 1)).expect("open");
            let six = |trade: &mut Trade, _: Sequence, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64| {
                trade.price = a + b + c + d + e + f;
            };
            producer.publish_with(six, (1, 1, 1, 1, 1, 1)).expect("open");
            // A value that can be called once.
            let owned = base.clone();
            let once = move |trade: &mut Trade, _: Sequence| {
                trade.price = owned.len() as u64;
                drop(owned);
            };
            producer.publish_with(once, ()).expect("open");
        });
        assert!(seen.iter().map(|trade| trade.price).eq([0, 1, 2, 13, 5, 6, 1]));
        assert_eq!(seen[2], Trade { sequence: 2, price: 2, quantity: 3, buys: true });
    });
}

macro_rules! batches {
    ($producers:ident) => {{
        let seen = seen!($producers, 8, |producer| {
            let mut next: i64 = 0;
            for round in 0..16 {
                for count in 0..=8_i64 {
                    let args = (next..next + count).map(|n| (n as u64, 7)).collect::<Vec<_>>();
                    let sequences = match round % 3 {
                        0 => producer.publish_batch_with(fill, args).expect("open"),
                        1 => producer.publish_batch_with_within(LONG, fill, args).expect("room"),
                        _ => loop {
                            match producer.try_publish_batch_with(fill, args.clone()) {
                                Ok(sequences) => break sequences,
                                Err(TryBatchError::Full) => std::thread::yield_now(),
                                Err(error) => panic!("{error}"),
                            }
                        },
                    };
                    assert_eq!(sequences, next..next + count);
                    next += count;
                }
            }
        });
        let told = |n: i64| Trade { sequence: n, price: n as u64, quantity: 7, buys: false };
        assert!(seen.into_iter().eq((0..16 * 36).map(told)));
    }};
}

#[test]
fn a_batch_calls_the_translator_for_each_of_its_arguments() {
    within("batches, single", || batches!(single));
    within("batches, multi", || batches!(multi));
}

/// Says that it has `said` arguments, and gives `gives`.
struct Lies {
    said: usize,
    gives: usize,
}

impl Iterator for Lies {
    type Item = (u64, u32);

    fn next(&mut self) -> Option<(u64, u32)> {
        self.gives = self.gives.checked_sub(1)?;
        Some((666, 666))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.said, Some(self.said))
    }
}

impl ExactSizeIterator for Lies {}

macro_rules! lies {
    ($producers:ident) => {{
        let seen = seen!($producers, 4, |producer| {
            producer.publish_with(fill, (1, 1)).expect("open");
            for (said, gives) in [(3, 2), (3, 0), (3, 4), (1, 2), (4, 1), (0, 1), (2, usize::MAX)] {
                let lies = || Lies { said, gives };
                let told = catch_unwind(AssertUnwindSafe(|| producer.publish_batch_with(fill, lies())));
                let told = *told.expect_err("it lies").downcast::<String>().expect("a text");
                assert!(told.contains(&format!("said that it had {said}, and gave ")), "{told}");
                let within = AssertUnwindSafe(|| producer.publish_batch_with_within(LONG, fill, lies()));
                assert!(catch_unwind(within).is_err());
                let tried = catch_unwind(AssertUnwindSafe(|| producer.try_publish_batch_with(fill, lies())));
                assert!(matches!(tried, Err(_) | Ok(Err(TryBatchError::Full))));
                producer.publish_with(fill, (1, 1)).expect("open");
            }
            let far = Lies { said: usize::MAX, gives: 0 };
            assert!(matches!(producer.publish_batch_with(fill, far), Err(BatchError::TooLarge(_))));
        });
        assert_eq!(seen.len(), 8);
        assert!(seen.into_iter().all(|trade| trade.price == 1));
    }};
}

#[test]
fn an_iterator_that_lies_about_its_length_publishes_nothing() {
    within("lies, single", || lies!(single));
    within("lies, multi", || lies!(multi));
}

macro_rules! panics {
    ($producers:ident) => {{
        fn half(trade: &mut Trade, sequence: Sequence, panics: bool) {
            *trade = Trade { sequence, price: 1, quantity: 0, buys: false };
            if panics {
                resume_unwind(Box::new("half-way"));
            }
            trade.quantity = 1;
        }
        let seen = seen!($producers, 4, |producer| {
            for _ in 0..10 {
                assert!(catch_unwind(AssertUnwindSafe(|| producer.publish_with(half, (true,)))).is_err());
                let last = [(false,), (false,), (true,)];
                assert!(catch_unwind(AssertUnwindSafe(|| producer.publish_batch_with(half, last))).is_err());
                producer.publish_with(half, (false,)).expect("open");
            }
        });
        assert_eq!(seen.len(), 10);
        assert!(seen.into_iter().all(|trade| trade.quantity == 1));
    }};
}

#[test]
fn a_translator_that_panics_publishes_nothing() {
    within("panics, single", || panics!(single));
    within("panics, multi", || panics!(multi));
}

macro_rules! refused {
    ($producers:ident) => {{
        let gate = Gate::default();
        let held = gate.clone();
        let pipeline = disruptor! {
            event: Trade;
            ring: 2;
            producers: $producers;
            work(sequence) { batch: 1 } = move |_| held.pass();
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let never = |_: &mut Trade, _: Sequence| panic!("written");
        let limit = Duration::from_millis(5);
        producer.publish_batch_with(fill, [(1, 1); 2]).expect("open");
        assert!(matches!(producer.try_publish_with(never, ()), Err(TryPublishError::Full)));
        let told = producer.publish_with_within(limit, never, ());
        assert!(matches!(told, Err(TimedPublishError::Timeout { waited }) if waited >= limit));
        assert!(matches!(producer.try_publish_batch_with(never, [()]), Err(TryBatchError::Full)));
        let told = producer.publish_batch_with_within(limit, never, [()]);
        assert!(matches!(told, Err(TimedBatchError::Timeout { .. })));
        assert_eq!(producer.publish_batch_with(never, [(); 0]).expect("open"), 2..2);
        for refused in [producer.publish_batch_with(never, [(); 3]).expect_err("too large").to_string(),
            producer.try_publish_batch_with(never, [(); 3]).expect_err("too large").to_string(),
            producer.publish_batch_with_within(limit, never, [(); 3]).expect_err("too large").to_string()] {
            assert!(refused.contains("a claim of 3 slots can never be met by a ring of 2"), "{refused}");
        }
        running.monitor().halt();
        assert!(producer.publish_with(never, ()).expect_err("closed").is_halted());
        assert!(matches!(producer.publish_batch_with(never, [(); 0]), Err(BatchError::Closed(_))));
        gate.open();
        running.join().map(drop).expect("no stage fails");
    }};
}

#[test]
fn a_translator_is_not_called_where_nothing_is_published() {
    within("refused, single", || refused!(single));
    within("refused, multi", || refused!(multi));
}
