//! Several producers: claim, publish, wrap around.
//!
//! Bounds: two producers and a stage, a ring of two, three events: two producers are enough for claims to meet and for one to be
//! published before the other, and the third event takes a slot again. Waits give way.

use super::{Model, check, read};
use crate::barrier::{After, Head};
use crate::sync::thread;
use crate::wait::Yielding;

#[test]
fn claims_do_not_meet_and_each_event_is_handled_once() {
    check(1, || {
        let model = Model::<_, 1>::multi();
        let mut first = model.yielding::<After<0>>();
        let mut second = first.clone();
        let stage = model.reads::<Head, ()>(0, Yielding::default());
        let other = thread::spawn(move || second.publish(|event| event.set(10)).expect("it is open"));
        let own = [1, 2].map(|value| first.publish(|event| event.set(value)).expect("it is open"));
        drop(first);
        let theirs = other.join().expect("no panic");
        let seen = read(stage);
        assert_eq!(seen.len(), 3);
        assert_eq!([seen[own[0] as usize], seen[own[1] as usize], seen[theirs as usize]], [1, 2, 10]);
        model.ends_well();
    });
}

/// A place is taken together with the room for it, or not at all.
#[test]
fn those_who_only_try_leave_no_gap() {
    check(1, || {
        let model = Model::<_, 1>::multi();
        let mut first = model.yielding::<After<0>>();
        let mut second = first.clone();
        let stage = model.reads::<Head, ()>(0, Yielding::default());
        let other = thread::spawn(move || second.try_publish(|event| event.set(10)).is_ok());
        let mut published: usize = 0;
        for value in 1..=2 {
            published += usize::from(first.try_publish(|event| event.set(value)).is_ok());
        }
        drop(first);
        published += usize::from(other.join().expect("no panic"));
        assert_eq!(read(stage).len(), published);
        model.ends_well();
    });
}
