//! Ends from outside: drains and halts, while a producer publishes, waits for room or does nothing.
//!
//! Bounds: a ring of two, one producer (two where claims are counted), one stage, up to three events, one who ends the pipeline.
//! Waits park, as an end that wakes nobody is then found, but where the order of words alone is looked at.

use super::{Model, check, read};
use crate::barrier::{After, Head};
use crate::memory::{Memory, Watch};
use crate::publication::Publication;
use crate::sync::{Arc, thread};
use crate::wait::{Blocking, Yielding};

fn parks() -> Blocking {
    Blocking::after(0)
}

/// The producer lives on, and is not waited for.
#[test]
fn what_was_published_before_a_drain_is_handled() {
    check(3, || {
        let model = Model::<_, 1>::single();
        let mut producer = model.yielding::<After<0>>();
        let stage = model.reads::<Head, ()>(0, Yielding::default());
        for value in 1..=2 {
            producer.publish(|event| event.set(value)).expect("it is open");
        }
        model.0.close();
        assert!(producer.publish(|event| event.set(3)).is_err());
        assert_eq!(read(stage), [1, 2]);
        model.ends_well();
    });
}

/// The close comes at any time, also between the producer's look at the gates and its claim: it is never undone.
#[test]
fn a_drain_ends_a_producer_that_waits_for_room() {
    check(2, || {
        let model = Model::<_, 1>::single();
        let mut producer = model.producer::<After<0>, Blocking, _>(parks());
        let stage = model.reads::<Head, Blocking>(0, parks());
        let memory = Arc::clone(&model.0);
        let closer = thread::spawn(move || memory.close());
        let published = (1..=3).take_while(|&value| producer.publish(|event| event.set(value)).is_ok());
        let published: Vec<u64> = published.collect();
        closer.join().expect("no panic");
        assert!(model.0.head().is_closed());
        assert!(producer.publish(|event| event.set(4)).is_err());
        let seen = read(stage);
        // What is published while the pipeline closes may come after the end: as many as the producer's processor has still to show.
        assert!(published.starts_with(&seen), "{seen:?} {published:?}");
        model.ends_well();
    });
}

/// Whoever of several producers was granted a claim has it handled.
#[test]
fn a_drain_handles_what_several_producers_were_granted() {
    check(2, || {
        let model = Model::<_, 1>::multi();
        let mut first = model.producer::<After<0>, Blocking, _>(parks());
        let mut second = first.clone();
        let stage = model.reads::<Head, Blocking>(0, parks());
        let other = thread::spawn(move || second.publish(|event| event.set(10)).is_ok());
        let own = first.publish(|event| event.set(1)).is_ok();
        model.0.close();
        assert!(first.publish(|event| event.set(2)).is_err());
        let theirs = other.join().expect("no panic");
        let mut expected: Vec<u64> = Vec::new();
        expected.extend(own.then_some(1));
        expected.extend(theirs.then_some(10));
        let mut seen = read(stage);
        seen.sort_unstable();
        assert_eq!(seen, expected);
        model.ends_well();
    });
}

/// A producer that waits for room, or finds some, while the pipeline is halted.
fn halted<P: Publication + 'static>(model: &Model<P, 1>) {
    let mut producer = model.producer::<After<0>, Blocking, _>(parks());
    let stage = model.reads::<Head, Blocking>(0, parks());
    let memory = Arc::clone(&model.0);
    let halter = thread::spawn(move || memory.halt());
    let mut published = Vec::new();
    for value in 1..=3 {
        match producer.publish(|event| event.set(value)) {
            Ok(_) => published.push(value),
            Err(closed) => {
                assert!(closed.is_halted(), "{closed}");
                break;
            }
        }
    }
    halter.join().expect("no panic");
    assert!(published.starts_with(&read(stage)));
    model.ends_well();
}

/// A producer that waits for room is told why there will be none.
#[test]
fn a_halt_ends_stage_and_producer_and_says_so() {
    check(2, || halted(&Model::<_, 1>::single()));
}

/// Also of several producers, whose stamps are told to stop.
#[test]
fn a_halt_ends_a_stage_of_several_producers() {
    check(1, || halted(&Model::<_, 1>::multi()));
}
