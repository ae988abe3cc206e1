//! Whole pipelines in random orders of their threads, by shuttle: `ci/shuttle`, or
//! `RUSTFLAGS="--cfg shuttle" cargo test -p disruptor-runtime --release --test shuttle`.
//!
//! They are larger than what loom can search: two producers, up to five stages, waits that park. Each order comes from a seed, which is
//! printed when a test fails: keep it in `seeds.txt`, from where it is tried first from then on. Every ordering counts as `SeqCst`
//! here; what weaker ones allow is looked at with loom. Time does not pass: no limit ends a wait.
#![cfg(shuttle)]

mod changes;
mod ends;
mod explore;
mod flows;

use disruptor_runtime::wait::Blocking;

/// What stands in a slot: where it comes from, and what a stage has written to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event {
    producer: u64,
    number: u64,
    doubled: u64,
}

/// A wait that parks at once: nothing but a wake-up helps.
fn parks() -> Blocking {
    Blocking::after(0)
}

/// A closure that keeps the events that it is shown.
pub struct Keeps(pub Vec<Event>);

impl disruptor_runtime::Handler<Event> for Keeps {
    fn on_event(&mut self, event: &Event, _: i64, _: bool) -> disruptor_runtime::HandlerResult {
        self.0.push(*event);
        Ok(())
    }
}

/// Every event of `producers` that published so many is there once, those of each in their order, and doubled if `doubled`.
fn check_complete(seen: &[Event], producers: u64, each: u64, doubled: bool) {
    for producer in 0..producers {
        let of_it: Vec<_> = seen.iter().filter(|event| event.producer == producer).collect();
        let numbers: Vec<_> = of_it.iter().map(|event| event.number).collect();
        assert_eq!(numbers, (0..each).collect::<Vec<_>>(), "of producer {producer}");
        assert!(!doubled || of_it.iter().all(|event| event.doubled == 2 * event.number), "{of_it:?}");
    }
    assert_eq!(seen.len() as u64, producers * each);
}
