//! Those who park, and who wakes them: no wake-up is lost.
//!
//! The waits park at their first vain look, so that nothing but a wake-up lets them go on: one that is lost is a thread that waits for
//! ever, which loom reports. Time does not pass in a model; no limit helps.
//!
//! Bounds: a ring of two, two or three events, each edge on which somebody can park: producer to stage, stage to stage, stage to
//! producer. An edge's protocol knows of one waker and one who parks; the two words of a fan-in are waited on one after the other.
//! `LiteBlocking` fences on both sides here: that the kernel fences for one of them is beyond a model (a test of the real thing stands
//! in `asymmetric`).

use super::{Model, check, read};
use crate::barrier::{After, Head};
use crate::wait::{Blocking, LiteBlocking};

fn parks() -> Blocking {
    Blocking::after(0)
}

/// The stage parks at the cursor, the producer at the stage.
#[test]
fn a_stage_and_its_producer_wake_each_other() {
    check(3, || {
        let model = Model::<_, 1>::single();
        let mut producer = model.producer::<After<0>, Blocking, _>(parks());
        let stage = model.reads::<Head, Blocking>(0, parks());
        for value in 1..=3 {
            producer.publish(|event| event.set(value)).expect("it is open");
        }
        drop(producer);
        assert_eq!(read(stage), [1, 2, 3]);
        model.ends_well();
    });
}

#[test]
fn a_stage_and_its_producer_wake_each_other_the_light_way() {
    check(3, || {
        let model = Model::<_, 1>::single();
        let mut producer = model.producer::<After<0>, LiteBlocking, _>(LiteBlocking::after(0));
        let stage = model.reads::<Head, LiteBlocking>(0, LiteBlocking::after(0));
        for value in 1..=3 {
            producer.publish(|event| event.set(value)).expect("it is open");
        }
        drop(producer);
        assert_eq!(read(stage), [1, 2, 3]);
        model.ends_well();
    });
}

/// The second stage parks at the first.
#[test]
fn a_stage_wakes_the_one_behind() {
    check(2, || {
        let model = Model::<_, 2>::single();
        let mut producer = model.producer::<After<1>, Blocking, _>(parks());
        let before = model.reads::<Head, Blocking>(0, parks());
        let behind = model.reads::<After<0>, Blocking>(1, parks());
        producer.publish(|event| event.set(1)).expect("it is open");
        drop(producer);
        assert_eq!((read(before), read(behind)), (vec![1], vec![1]));
        model.ends_well();
    });
}

/// Two producers, one of which may park; what is published out of order wakes as well.
#[test]
fn several_producers_wake_the_stage() {
    check(1, || {
        let model = Model::<_, 1>::multi();
        let mut first = model.producer::<After<0>, Blocking, _>(parks());
        let mut second = first.clone();
        let stage = model.reads::<Head, Blocking>(0, parks());
        let other = loom::thread::spawn(move || second.publish(|event| event.set(10)).expect("it is open"));
        for value in 1..=2 {
            first.publish(|event| event.set(value)).expect("it is open");
        }
        drop(first);
        other.join().expect("no panic");
        let mut seen = read(stage);
        seen.sort_unstable();
        assert_eq!(seen, [1, 2, 10]);
        model.ends_well();
    });
}
