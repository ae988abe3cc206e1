//! A stage that fails: those before drain, those behind end where it ended, producers are told why.
//!
//! Bounds: a ring of two, two stages, one or two producers that go on until they are refused. Waits park: an end that wakes nobody
//! is found.

use super::{Model, check, check_long, read};
use crate::barrier::{After, Head};
use crate::sync::thread;
use crate::wait::{Blocking, Yielding};

fn parks() -> Blocking {
    Blocking::after(0)
}

fn fails_at_two(value: u64) -> Result<(), &'static str> {
    if value == 2 { Err("two") } else { Ok(()) }
}

#[test]
fn a_failure_ends_those_behind_and_the_producer() {
    check(2, || {
        let model = Model::<_, 2>::single();
        let mut producer = model.producer::<After<1>, Blocking, _>(parks());
        let fails = model.handles::<Head, Blocking, _>(0, parks(), fails_at_two);
        let behind = model.reads::<After<0>, Blocking>(1, parks());
        let closed = (1..).find_map(|value| producer.publish(|event| event.set(value)).err());
        let closed = closed.expect("it is refused in the end");
        assert!(closed.failure().is_some_and(|failure| failure.sequence() == 1), "{closed}");
        drop(producer);
        assert_eq!(read(fails), [1, 2]);
        // If both came as one batch, none of it is through.
        assert!([1].starts_with(&read(behind)));
        assert_eq!(model.failure().expect("it failed").stage(), "a");
    });
}

/// Who sees no more of the stage's word than its end sees what the stage has written, too.
#[test]
fn what_was_handled_before_the_failure_is_seen_behind_it() {
    check(2, || {
        let model = Model::<_, 2>::single();
        let mut producer = model.yielding::<After<1>>();
        let memory = crate::sync::Arc::clone(&model.0);
        let fails = thread::spawn(move || {
            let handler = |event: &mut super::Event| {
                let value = event.get();
                event.set(value * 10);
                fails_at_two(value)
            };
            super::run_writing_stage::<_, Head, Yielding, _, _>(&*memory, 0, handler, Yielding::default());
        });
        let behind = model.reads::<After<0>, ()>(1, Yielding::default());
        for value in 1..=2 {
            if producer.publish(|event| event.set(value)).is_err() {
                break;
            }
        }
        drop(producer);
        fails.join().expect("no panic");
        let seen = read(behind);
        assert!([10].starts_with(&seen), "{seen:?}");
        assert!(model.failure().is_some());
    });
}

/// Claims that find no room any more are given up, and nobody waits on them.
#[test]
fn a_failure_ends_several_producers() {
    check_long(0, 2, || {
        let model = Model::<_, 1>::multi();
        let mut first = model.producer::<After<0>, Blocking, _>(parks());
        let mut second = first.clone();
        let stage = model.handles::<Head, Blocking, _>(0, parks(), |_| Err::<(), _>("always"));
        let until_refused = |producer: &mut super::Producing<_, After<0>, Blocking, Blocking, 1>| {
            (1..).find_map(|value| producer.publish(|event| event.set(value)).err()).expect("in the end")
        };
        let other = thread::spawn(move || until_refused(&mut second).failure().is_some());
        assert!(until_refused(&mut first).failure().is_some());
        assert!(other.join().expect("no panic"));
        assert_eq!(read(stage).len(), 1);
        assert!(model.failure().is_some());
    });
}
