//! Barriers of one upstream and of several, and gates of several stages.
//!
//! Each has a stage that writes behind stages that read, or before them: one that runs too early, or whose writes do not travel, races.
//!
//! Bounds: a ring of two, two events (three where the producer's gates are looked at), as many stages as the shape needs. More
//! stages in a row repeat the edge between two; wider fan-ins repeat the pair. Waits give way.

use super::{Model, check, check_long, read};
use crate::barrier::{After, Head, Workers};
use crate::wait::Yielding;

type Y = Yielding;

fn yields() -> Y {
    Yielding::default()
}

#[test]
fn a_stage_sees_what_the_one_before_has_written() {
    check(2, || {
        let model = Model::<_, 2>::single();
        let mut producer = model.yielding::<After<1>>();
        let before = model.writes::<Head, Y>(0, yields());
        let behind = model.reads::<After<0>, ()>(1, yields());
        for value in 1..=2 {
            producer.publish(|event| event.set(value)).expect("it is open");
        }
        drop(producer);
        before.join().expect("no panic");
        assert_eq!(read(behind), [10, 20]);
        model.ends_well();
    });
}

/// Two side by side, and the producer takes a slot again when both are through with it. Threads are switched only where they wait: with
/// one interruption more the search takes minutes (`LOOM_MAX_PREEMPTIONS=1`), and a gate that is left out is noticed without.
#[test]
fn the_producer_waits_for_both_of_its_gates() {
    check(0, || {
        let model = Model::<_, 2>::single();
        let mut producer = model.yielding::<(After<0>, After<1>)>();
        let one = model.reads::<Head, ()>(0, yields());
        let other = model.reads::<Head, ()>(1, yields());
        let both =
            producer.publish_batch(2, |events| events.zip(1..).for_each(|(event, value)| event.set(value)));
        both.expect("it is open");
        producer.publish(|event| event.set(3)).expect("it is open");
        drop(producer);
        assert_eq!((read(one), read(other)), (vec![1, 2, 3], vec![1, 2, 3]));
        model.ends_well();
    });
}

/// The diamond: two side by side, and behind both a third, which writes.
#[test]
fn behind_two_stages_is_behind_both() {
    check(1, || {
        let model = Model::<_, 3>::single();
        let mut producer = model.yielding::<After<2>>();
        let one = model.reads::<Head, Y>(0, yields());
        let other = model.reads::<Head, Y>(1, yields());
        let both = model.writes::<(After<0>, After<1>), ()>(2, yields());
        producer.publish(|event| event.set(1)).expect("it is open");
        drop(producer);
        both.join().expect("no panic");
        assert_eq!((read(one), read(other)), (vec![1], vec![1]));
        model.ends_well();
    });
}

/// The same behind a shard's workers.
#[test]
fn behind_a_shard_is_behind_all_of_its_workers() {
    check_long(0, 1, || {
        let model = Model::<_, 3>::single();
        let mut producer = model.yielding::<After<2>>();
        let one = model.reads::<Head, Y>(0, yields());
        let other = model.reads::<Head, Y>(1, yields());
        let both = model.writes::<Workers<0, 2>, ()>(2, yields());
        producer.publish(|event| event.set(1)).expect("it is open");
        drop(producer);
        both.join().expect("no panic");
        assert_eq!((read(one), read(other)), (vec![1], vec![1]));
        model.ends_well();
    });
}
