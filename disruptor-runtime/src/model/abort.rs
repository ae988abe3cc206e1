//! Claims that are given up: nobody sees what was half written, the slot is used again, and nobody waits on it.
//!
//! A writer that panics gives up its claim by the same calls; a model cannot be switched while it unwinds, and has none.
//!
//! Bounds: two producers, one stage, a ring of two, one claim given up among three: the slot of the hole is taken again.

use super::{Model, check, read};
use crate::barrier::{After, Head};
use crate::memory::Memory;
use crate::sync::{Ordering, thread};
use crate::wait::{Blocking, Yielding};

#[test]
fn a_claim_that_is_given_up_is_seen_by_nobody() {
    check(1, || {
        let model = Model::<_, 1>::multi();
        let mut first = model.yielding::<After<0>>();
        let mut second = first.clone();
        let stage = model.reads::<Head, ()>(0, Yielding::default());
        let gives_up = thread::spawn(move || {
            let mut claim = second.claim(1).expect("it is open");
            claim[0].set(66);
            claim.abort();
        });
        for value in 1..=2 {
            first.publish(|event| event.set(value)).expect("it is open");
        }
        drop(first);
        gives_up.join().expect("no panic");
        assert_eq!(read(stage), [1, 2]);
        model.ends_well();
    });
}

/// Behind a stage that looks for holes another one does not, but is told of them.
#[test]
fn a_hole_is_left_out_by_those_behind_and_wakes_who_parks() {
    check(1, || {
        let model = Model::<_, 2>::multi();
        let mut producer = model.producer::<After<1>, Blocking, _>(Blocking::after(0));
        let before = model.reads::<Head, Blocking>(0, Blocking::after(0));
        let behind = model.reads::<After<0>, Blocking>(1, Blocking::after(0));
        let mut claim = producer.claim(1).expect("it is open");
        claim[0].set(66);
        drop(claim);
        producer.publish(|event| event.set(1)).expect("it is open");
        drop(producer);
        assert_eq!((read(before), read(behind)), (vec![1], vec![1]));
        model.ends_well();
    });
}

/// A claim that is leaked is given up when its producer is dropped: the stage, which may be parked at it, is woken.
#[test]
fn a_leaked_claim_holds_up_nobody_for_ever() {
    check(3, || {
        let model = Model::<_, 1>::multi();
        let mut producer = model.producer::<After<0>, Blocking, _>(Blocking::after(0));
        let stage = model.reads::<Head, Blocking>(0, Blocking::after(0));
        producer.publish(|event| event.set(1)).expect("it is open");
        std::mem::forget(producer.claim(1).expect("it is open"));
        drop(producer);
        assert_eq!(read(stage), [1]);
        model.ends_well();
    });
}

/// Waits until the only stage has handled everything below `next`, and nothing else is done meanwhile that could wake it.
fn until_handled<const STAGES: usize>(model: &Model<crate::publication::Multi<2>, STAGES>, next: i64) {
    while crate::word::count(model.0.stage(0).word.load(Ordering::Acquire)) < next {
        thread::yield_now();
    }
}

/// What is published behind the claim is handled as soon as it is given up, though its producer does nothing more.
#[test]
fn one_who_parks_at_a_claim_is_woken_when_it_is_given_up() {
    check(2, || {
        let model = Model::<_, 1>::multi();
        let mut first = model.producer::<After<0>, Blocking, _>(Blocking::after(0));
        let mut second = first.clone();
        let stage = model.reads::<Head, Blocking>(0, Blocking::after(0));
        let claim = first.claim(1).expect("it is open");
        second.publish(|event| event.set(1)).expect("it is open");
        drop(claim);
        until_handled(&model, 2);
        drop((first, second));
        assert_eq!(read(stage), [1]);
        model.ends_well();
    });
}
