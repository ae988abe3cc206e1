//! One producer: claim, publish, wrap around.
//!
//! Bounds: two threads, a ring of two, four events: both slots are taken again while the stage may be anywhere, once after a look at
//! the gates and once by what was learnt of them. A fifth event would find the words as the third did, two further. Waits give way: no
//! fence but those of the words themselves is there to help.

use super::{Model, check, read};
use crate::barrier::{After, Head};
use crate::wait::Yielding;

#[test]
fn no_event_is_lost_doubled_or_overwritten() {
    check(3, || {
        let model = Model::<_, 1>::single();
        let mut producer = model.yielding::<After<0>>();
        let stage = model.reads::<Head, ()>(0, Yielding::default());
        for value in 1..=4 {
            let sequence = producer.publish(|event| event.set(value)).expect("it is open");
            assert_eq!(sequence, value as i64 - 1);
        }
        drop(producer);
        assert_eq!(read(stage), [1, 2, 3, 4]);
        model.ends_well();
    });
}

/// The batch wraps.
#[test]
fn a_batch_is_published_at_once() {
    check(3, || {
        let model = Model::<_, 1>::single();
        let mut producer = model.yielding::<After<0>>();
        let stage = model.reads::<Head, ()>(0, Yielding::default());
        producer.publish(|event| event.set(1)).expect("it is open");
        let batch = producer.publish_batch(2, |events| {
            for (event, value) in events.zip(2..) {
                event.set(value);
            }
        });
        assert_eq!(batch.expect("it is open"), 1..3);
        drop(producer);
        assert_eq!(read(stage), [1, 2, 3]);
        model.ends_well();
    });
}

/// Who does not wait is refused until the stage is through with the slot, and not for ever.
#[test]
fn one_who_only_tries_gets_the_slot_in_the_end() {
    check(3, || {
        let model = Model::<_, 1>::single();
        let mut producer = model.yielding::<After<0>>();
        let stage = model.reads::<Head, ()>(0, Yielding::default());
        for value in 1..=4 {
            while producer.try_publish(|event| event.set(value)).is_err() {
                loom::thread::yield_now();
            }
        }
        drop(producer);
        assert_eq!(read(stage), [1, 2, 3, 4]);
        model.ends_well();
    });
}

/// The first two are claimed together, and each is published by itself; the others are claimed one by one, as there is no more room.
#[test]
fn each_of_two_is_published_by_itself() {
    each_by::<2>();
}

/// Those for which room is known are claimed at once, also where a slot is used again.
#[test]
fn each_of_several_is_published_where_there_is_room() {
    each_by::<1>();
}

fn each_by<const STRETCH: usize>() {
    check(3, || {
        let model = Model::<_, 1>::single();
        let mut producer = model.yielding::<After<0>>();
        let stage = model.reads::<Head, ()>(0, Yielding::default());
        let write = |event: &mut super::Event, index: usize| event.set(index as u64 + 1);
        producer.publish_each_by::<STRETCH>(4, write).expect("it is open");
        drop(producer);
        assert_eq!(read(stage), [1, 2, 3, 4]);
        model.ends_well();
    });
}
