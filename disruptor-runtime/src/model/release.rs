//! Early release: a handler lets go of a part of its batch, and those behind take it while the batch goes on.
//!
//! Bounds: a ring of two, three events, one stage that lets go of every event at once, before the producer or a stage that writes.

use super::{Model, check, read};
use crate::barrier::{After, Head};
use crate::stage::Release;
use crate::wait::Yielding;

#[test]
fn a_slot_that_is_released_may_be_taken_while_the_batch_goes_on() {
    check(3, || {
        let model = Model::<_, 1>::single();
        let mut producer = model.yielding::<After<0>>();
        let stage = model.handles::<Head, (), _>(0, Yielding::default(), |_| Release::Now);
        for value in 1..=3 {
            producer.publish(|event| event.set(value)).expect("it is open");
        }
        drop(producer);
        assert_eq!(read(stage), [1, 2, 3]);
        model.ends_well();
    });
}

#[test]
fn those_behind_may_write_to_what_is_released() {
    check(2, || {
        let model = Model::<_, 2>::single();
        let mut producer = model.yielding::<After<1>>();
        let releases = model.handles::<Head, Yielding, _>(0, Yielding::default(), |_| Release::Now);
        let behind = model.writes::<After<0>, ()>(1, Yielding::default());
        producer
            .publish_batch(2, |events| events.zip(1..).for_each(|(event, value)| event.set(value)))
            .expect("open");
        drop(producer);
        behind.join().expect("no panic");
        assert_eq!(read(releases), [1, 2]);
        model.ends_well();
    });
}
