//! Handlers that are made on their own threads, and what is called there before the first event and after the last.
#![forbid(unsafe_code)]

mod common;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;

use common::within;
use disruptor_pipeline::{Handler, HandlerMut, HandlerResult, JoinError, Sequence, disruptor};

#[derive(Default)]
struct Trade {
    price: u64,
    quote: u64,
}

/// Bound to its thread.
struct Local {
    total: Rc<Cell<u64>>,
    made_on: thread::ThreadId,
}

impl Local {
    fn new() -> Self {
        Self { total: Rc::default(), made_on: thread::current().id() }
    }

    fn add(&self, price: u64) {
        assert_eq!(self.made_on, thread::current().id(), "where it was made");
        self.total.set(self.total.get() + price);
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        assert_eq!(self.made_on, thread::current().id(), "where it was made");
    }
}

impl Handler<Trade> for Local {
    fn on_event(&mut self, trade: &Trade, _: Sequence, _: bool) -> HandlerResult {
        self.add(trade.price);
        Ok(())
    }
}

impl HandlerMut<Trade> for Local {
    fn on_event(&mut self, trade: &mut Trade, _: Sequence, _: bool) -> HandlerResult {
        self.add(trade.quote);
        Ok(())
    }
}

/// Publishes the prices 0 to 99, and gives what the totals of the stages were when they stopped.
macro_rules! totals {
    ($sent:ident, $($pipeline:tt)*) => {{
        let ($sent, received) = channel();
        let pipeline = disruptor! { event: Trade; ring: 16; $($pipeline)* };
        pipeline
            .run(|producer| {
                for price in 0..100 {
                    producer.publish(|trade| *trade = Trade { price, quote: 2 * price }).expect("open");
                }
            })
            .map(drop)
            .expect("no stage fails");
        // In no order: they come from several threads.
        let mut totals: Vec<u64> = received.iter().collect();
        totals.sort_unstable();
        totals
    }};
}

#[test]
fn a_factory_makes_what_is_not_send_on_its_own_thread() {
    within("factories", || {
        let totals = totals! { sent,
            whole { stop: { let sent = sent.clone(); move |local| sent.send(local.total.get()).unwrap() } } = || Local::new();
            changed(&mut *) {
                stop: { let sent = sent.clone(); move |local: &mut Local| sent.send(local.total.get()).unwrap() }
            } = || Local::new();
            listed(&price, end_of_batch) = || {
                let local = Local::new();
                let sent = sent;
                move |price, _end| {
                    local.add(*price);
                    if local.total.get() == 4950 { sent.send(1).unwrap() }
                }
            };
            < whole -> changed -> listed >
        };
        assert_eq!(totals, [1, 4950, 9900]);
    });
}

#[test]
fn a_fused_stage_and_a_shard_are_made_on_their_threads_too() {
    within("factories", || {
        let totals = totals! { sent,
            second { stop: { let sent = sent.clone(); move |local| sent.send(local.total.get()).unwrap() } } = || Local::new();
            shard { stop: move |local| sent.send(local.total.get()).unwrap() } = || Local::new();
            first(sequence) = |_| {};
            < first + second -> [shard; 3] >
        };
        // The fused stage's, which sees all, is the largest; the workers' are together as much.
        assert_eq!((totals.len(), totals[3], totals[..3].iter().sum::<u64>()), (4, 4950, 4950));
    });
}

#[test]
fn a_closure_that_is_made_needs_no_types() {
    within("closures that are made", || {
        let (early, ends) = channel();
        let totals = totals! { sent,
            direct = move || move |trade, _, end| if end { early.send(trade.price).unwrap() };
            block = move || {
                let mut local = Rc::new(0);
                move |trade, _, _| {
                    *Rc::get_mut(&mut local).unwrap() += trade.price;
                    if trade.price == 99 { sent.send(*local).unwrap() }
                }
            };
            < direct -> block >
        };
        assert_eq!((totals, ends.iter().last()), (vec![4950], Some(99)));
    });
}

#[test]
fn hooks_get_the_handler() {
    struct Book(Vec<&'static str>);
    impl Handler<u64> for Book {
        fn on_start(&mut self) {
            self.0.push("on_start");
        }
        fn on_event(&mut self, _: &u64, _: Sequence, _: bool) -> HandlerResult {
            self.0.push("event");
            Ok(())
        }
        fn on_stop(&mut self) {
            self.0.push("on_stop");
        }
    }
    within("hooks", || {
        let pipeline = disruptor! {
            book { start: |book| book.0.push("start"), stop: |book| book.0.push("stop") } = Book(vec![]);
            < book >
        };
        let ((), handlers) = pipeline.run(|producer| drop(producer.publish(|_| {}))).expect("no stage fails");
        assert_eq!(handlers.book.0, ["on_start", "start", "event", "stop", "on_stop"]);
    });
}

#[test]
fn what_fails_to_be_made_is_a_failure_of_its_stage() {
    within("a factory that panics", || {
        let stopped = Arc::new(Mutex::new(0));
        let (one, other) = (Arc::clone(&stopped), Arc::clone(&stopped));
        let pipeline = disruptor! {
            event: Trade;
            broken(&price) { stop: move |_| *one.lock().unwrap() += 1 } = || -> fn(&u64) { panic!("no licence") };
            fused(&price) { stop: move |_| *other.lock().unwrap() += 1 } = |_| {};
            < broken + fused >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        while producer.publish(|_| {}).is_ok() {}
        let Err(JoinError::Failed(failure)) = running.join_within(common::DEADLINE) else { panic!("fails") };
        assert_eq!(failure.to_string(), "stage `broken` panicked at sequence 0: no licence");
        assert_eq!(*stopped.lock().unwrap(), 1, "what was never made is not stopped");
    });
}

#[test]
fn what_was_not_called_may_panic_when_it_is_dropped() {
    #[derive(Clone)]
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            if thread::current().name().is_some_and(|name| name.starts_with("armed")) {
                panic!("dropped");
            }
        }
    }
    within("hooks that were not called", || {
        let (start, stop, key) = (Bomb, Bomb, Bomb);
        let pipeline = disruptor! {
            event: Trade;
            name: "armed";
            hooked(&price) {
                start: move |_| drop(start), stop: move |_| drop(stop), shard: move |_| { let _ = &key; 0 }
            } = || -> fn(&u64) { panic!("no licence") };
            < [hooked; 2] >
        };
        let (_producer, running) = pipeline.spawn().expect("starts");
        let Err(JoinError::Failed(failure)) = running.drain_within(common::DEADLINE) else { panic!("fails") };
        assert_eq!(failure.to_string(), "stage `hooked` panicked at sequence 0: no licence");
    });
}

#[test]
fn a_hook_that_panics_is_a_failure_of_its_stage() {
    within("hooks that panic", || {
        let work = |_: &u64, _: Sequence, _: bool| {};
        let pipeline = disruptor! { work { start: |_| panic!("not now") } = work; < work > };
        let failure = pipeline.spawn().expect("starts").1.join().err().expect("fails");
        assert_eq!(failure.to_string(), "stage `work` panicked at sequence 0: not now");
        let pipeline = disruptor! { work { stop: |_| panic!("not now") } = work; < work > };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        producer.publish(|_| {}).expect("open");
        drop(producer);
        let failure = running.join().err().expect("fails");
        assert_eq!(failure.to_string(), "stage `work` panicked at sequence 1: not now");
    });
}

#[test]
fn a_closure_that_changes_events_may_be_made_too() {
    within("made for (&mut *)", || {
        let totals = totals! { sent,
            change(&mut *) = || move |trade| trade.quote += 1;
            sum(&quote) = move || move |quote: &u64| if *quote == 199 { sent.send(*quote).unwrap() };
            < change -> sum >
        };
        assert_eq!(totals, [199]);
    });
}
