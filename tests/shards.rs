//! Shards, `[work; 4]`: each event to exactly one worker, by turns or by a key.
#![forbid(unsafe_code)]

mod common;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use common::within;
use disruptor_pipeline::{Closed, Decision, Handler, HandlerResult, Sequence, disruptor};

const EVENTS: i64 = 20_000;

#[derive(Default)]
struct Order {
    account: u32,
    symbol: String,
    number: i64,
    balance: i64,
}

fn fill(order: &mut Order, number: i64) {
    order.account = (number * number % 97) as u32;
    order.symbol.clear();
    order.symbol.push_str(["ACME", "INIT", "ZORG", "HAL", "CYB"][(number % 5) as usize]);
    order.number = number;
    order.balance = -1;
}

/// Publishes numbered orders into a pipeline that is declared in place, and gives its handlers back.
macro_rules! fed {
    ($($pipeline:tt)*) => {{
        let pipeline = disruptor! { $($pipeline)* };
        let (fed, handlers) = pipeline.run(|producer| {
            for number in 0..EVENTS {
                producer.publish(|order| fill(order, number))?;
            }
            Ok::<(), Closed>(())
        }).expect("no stage fails");
        fed.expect("open");
        handlers
    }};
}

/// Sees a sequence once, and which batches it was told of.
#[derive(Clone, Default)]
struct Seen {
    sequences: Vec<Sequence>,
    announced: usize,
    in_batch: usize,
    ends: usize,
    batches: usize,
}

impl Handler<Order> for Seen {
    fn on_batch_start(&mut self, size: usize, _: usize) {
        assert_eq!(self.in_batch, self.announced, "all that was announced has come");
        (self.announced, self.in_batch) = (size, 0);
        self.batches += 1;
    }

    fn on_event(&mut self, order: &Order, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
        assert_eq!(order.number, sequence);
        self.sequences.push(sequence);
        self.in_batch += 1;
        self.ends += usize::from(end_of_batch);
        assert_eq!(
            end_of_batch,
            self.in_batch == self.announced,
            "the end is that of the worker's own events"
        );
        Ok(())
    }
}

/// Every sequence went to one worker, each of which saw its own in order.
fn shared_out(workers: &[Seen]) {
    let mut all: Vec<_> = workers.iter().flat_map(|worker| worker.sequences.clone()).collect();
    all.sort_unstable();
    assert_eq!(all, (0..EVENTS).collect::<Vec<_>>());
    for worker in workers {
        assert!(worker.sequences.is_sorted());
        assert_eq!(worker.ends, worker.batches);
    }
}

#[test]
fn workers_take_turns() {
    within("turns", || {
        let work = Seen::default();
        let handlers = fed! { event: Order; ring: 256; < [work; 4] > };
        shared_out(&handlers.work);
        for (turn, worker) in handlers.work.iter().enumerate() {
            assert!(worker.sequences.iter().all(|sequence| *sequence as usize % 4 == turn));
        }
    });
}

#[test]
fn a_key_decides() {
    within("keys", || {
        let (field, symbol, function) = (Seen::default(), Seen::default(), Seen::default());
        let handlers = fed! {
            event: Order;
            ring: 256;
            field { shard: &account, batch: 7 };
            symbol { shard: &symbol };
            function { shard: |order| (order.account, order.symbol.len()) };
            < ([field; 3], [symbol; 2], [function; 5]) >
        };
        let account = |sequence: Sequence| (sequence * sequence % 97).to_string();
        let symbol = |sequence: Sequence| (sequence % 5).to_string();
        let both =
            |sequence: Sequence| account(sequence) + ["4", "4", "4", "3", "3"][(sequence % 5) as usize];
        one_worker_a_key(&handlers.field, account);
        one_worker_a_key(&handlers.symbol, symbol);
        one_worker_a_key(&handlers.function, both);
    });
}

fn one_worker_a_key(workers: &[Seen], key: impl Fn(Sequence) -> String) {
    shared_out(workers);
    let mut worker_of = HashMap::new();
    for (index, worker) in workers.iter().enumerate() {
        assert!(!worker.sequences.is_empty(), "every worker has something to do");
        for sequence in &worker.sequences {
            assert_eq!(*worker_of.entry(key(*sequence)).or_insert(index), index, "one worker a key");
        }
    }
}

#[test]
fn workers_write_what_later_stages_read() {
    within("writes", || {
        let total = Arc::new(AtomicI64::new(0));
        let summed = Arc::clone(&total);
        let _ = fed! {
            event: Order;
            ring: 64;
            work(&account, &number, &mut balance) { shard: &account } = |account, number, balance| {
                *balance = i64::from(*account) + *number;
            };
            again(&mut *) = |order: &mut Order| order.balance += 1;
            sum(&*) = move |order| {
                assert_eq!(order.balance, i64::from(order.account) + order.number + 1);
                summed.fetch_add(order.balance, Ordering::Relaxed);
            };
            < [work; 3] -> [again; 2] -> sum >
        };
        let expected: i64 = (0..EVENTS).map(|number| number * number % 97 + number + 1).sum();
        assert_eq!(total.load(Ordering::Relaxed), expected);
    });
}

#[test]
fn the_number_of_workers_may_be_a_constant() {
    within("a constant", || {
        const WORKERS: usize = 3;
        let (before, work, more, after) =
            (Seen::default(), Seen::default(), Seen::default(), Seen::default());
        let handlers =
            fed! { event: Order; ring: 64; < before -> ([work; WORKERS], [more; WORKERS + 1]) -> after > };
        assert_eq!((handlers.work.len(), handlers.more.len()), (3, 4));
        shared_out(&handlers.work);
        shared_out(&handlers.more);
        shared_out(&[handlers.before]);
        shared_out(&[handlers.after]);
    });
}

#[test]
fn what_comes_after_a_shard_waits_for_the_slowest_worker() {
    within("the slowest", || {
        let handled = Arc::new(AtomicI64::new(0));
        let (done, seen) = (Arc::clone(&handled), Arc::clone(&handled));
        let _ = fed! {
            event: Order;
            ring: 8;
            wait: Blocking;
            work(sequence) = move |sequence: Sequence| {
                if sequence % 1000 == 1 {
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
                done.fetch_add(1, Ordering::Relaxed);
            };
            after(sequence) = move |sequence: Sequence| {
                assert!(seen.load(Ordering::Relaxed) > sequence, "all before it are handled");
            };
            < [work; 3] -> after >
        };
        assert_eq!(handled.load(Ordering::Relaxed), EVENTS);
    });
}

#[test]
fn several_producers_and_holes() {
    within("holes", || {
        let work = Seen::default();
        let mine = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&mine);
        let pipeline = disruptor! {
            event: Order;
            ring: 16;
            producers: multi;
            work(sequence) = move |sequence: Sequence| kept.lock().expect("no panic").push(sequence);
            < [work; 3] >
        };
        drop(work);
        let ((), _) = pipeline
            .run(|producer| {
                for number in 0..300 {
                    let writing = std::panic::AssertUnwindSafe(|| {
                        let written = producer.publish(|order| {
                            fill(order, number);
                            assert!(number % 10 != 3, "a hole");
                        });
                        written.expect("open");
                    });
                    let written = std::panic::catch_unwind(writing);
                    assert_eq!(written.is_err(), number % 10 == 3);
                }
            })
            .expect("no stage fails");
        let mut handled = mine.lock().expect("no panic").clone();
        handled.sort_unstable();
        assert_eq!(handled, (0..300).filter(|number| number % 10 != 3).collect::<Vec<_>>());
    });
}

#[test]
fn a_worker_that_fails_stops_the_pipeline_in_order() {
    within("a failure", || {
        let after = Seen::default();
        let pipeline = disruptor! {
            event: Order;
            ring: 64;
            work(&number) = |number| if *number == 50 { Err("no more") } else { Ok(()) };
            < [work; 4] -> after >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let closed = (0..).find_map(|number| producer.publish(|order| fill(order, number)).err());
        assert_eq!(closed.expect("sooner or later").stage(), Some("work"));
        let failure = running.join().err().expect("a worker has failed");
        assert_eq!(failure.to_string(), "stage `work` failed at sequence 50: no more");
    });
}

#[test]
fn a_worker_retries_and_skips_its_own() {
    within("policies", || {
        let tries = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&tries);
        let pipeline = disruptor! {
            event: Order;
            ring: 64;
            work(&number) {
                on_error: |fault| if fault.tries < 3 { Decision::Retry(std::time::Duration::ZERO) } else { Decision::Skip },
                batch: 1
            } = move |number: &i64| {
                if *number == 50 {
                    counted.fetch_add(1, Ordering::Relaxed);
                    return Err("never");
                }
                Ok(())
            };
            < [work; 4] >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let monitor = running.monitor();
        for number in 0..200 {
            producer.publish(|order| fill(order, number)).expect("open");
        }
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        assert_eq!(tries.load(Ordering::Relaxed), 3);
        let work = monitor.stage("work").expect("a stage");
        assert_eq!((work.cursor, work.skipped, work.ended), (200, 1, true));
    });
}

#[test]
fn threads_are_named_and_drawn_as_workers() {
    within("names", || {
        let names = Arc::new(Mutex::new(Vec::new()));
        let (seen, also) = (Arc::clone(&names), Arc::clone(&names));
        let name = |names: &Mutex<Vec<String>>| {
            let name = std::thread::current().name().expect("a name").to_owned();
            names.lock().expect("no panic").push(name);
        };
        let pipeline = disruptor! {
            event: u64;
            plain(sequence) { start: move |_| name(&seen) } = |_| {};
            named(sequence) { name: "hands", start: move |_| name(&also) } = |_| {};
            < [plain; 2] -> [named; 2] >
        };
        assert!(pipeline.topology().to_text().contains("producer -> [plain; 2] -> [named; 2]"));
        pipeline.run(|_| ()).expect("no stage fails");
        let mut names = names.lock().expect("no panic").clone();
        names.sort_unstable();
        assert_eq!(names, ["hands[0]", "hands[1]", "plain[0]", "plain[1]"]);
    });
}
