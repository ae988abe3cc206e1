//! Pollers of declared pipelines, dropped while events flow: those behind go on, by barriers of their own, and the producers.
//!
//! Bounds: a ring of two, one poller, which handles at most one event before it is dropped; a stage before it, behind it or beside it;
//! up to four events of one producer, up to five of two. What stands behind a poller writes, so that it races with one that still reads.
//! A poller behind a poller repeats the edge between one and its upstream. Waits give way where the order of words is looked at, and park
//! where wake-ups are.

use std::time::Duration;

use super::{Event, Model, Polled, Running, check, read};
use crate::barrier::{After, Barrier, Head, Released, Unheld};
use crate::memory::Core;
use crate::poller::{OnDrop, PollError};
use crate::publication::Publication;
use crate::sync::{Arc, thread};
use crate::wait::{Blocking, Wait, Waiters, Yielding};

type Y = Yielding;

fn yields() -> Y {
    Yielding::default()
}

fn parks() -> Blocking {
    Blocking::after(0)
}

/// Time does not pass in a model.
const FOR_EVER: Duration = Duration::from_secs(1 << 32);

/// A thread that handles one event, if one comes, and drops the poller.
fn polls_one<P, B, W, const STAGES: usize>(mut poller: Polled<P, B, W, STAGES>) -> Running
where
    P: Publication + 'static,
    B: Barrier<Core<Event, P, { super::RING }, STAGES>> + 'static,
    W: Wait + 'static,
{
    thread::spawn(move || {
        let mut seen = Vec::new();
        match poller.take(1).poll_within(FOR_EVER, |event, _, _| seen.push(event.get())) {
            Ok(_) | Err(PollError::Closed(_)) => seen,
            Err(error) => panic!("{error}"),
        }
    })
}

impl<P: Publication + 'static, const STAGES: usize> Model<P, STAGES> {
    /// A stage that writes, and keeps what it has found.
    fn rewrites<B, F: Waiters>(&self, word: usize, wait: impl Wait) -> Running
    where
        B: Barrier<Core<Event, P, { super::RING }, STAGES>> + Default,
    {
        let memory = Arc::clone(&self.0);
        thread::spawn(move || {
            let mut seen = Vec::new();
            let handler = |event: &mut Event| {
                seen.push(event.get());
                event.set(0);
            };
            super::run_writing_stage::<_, B, F, _, _>(&*memory, word, handler, wait);
            seen
        })
    }
}

/// A model in which the poller is all that the only producer waits on.
fn nobody_else<W: Wait + Clone + 'static, F: Waiters>(wait: &W) {
    let model = Model::<_, 1>::single();
    let mut producer = model.producer::<Unheld<0>, F, _>(wait.clone());
    let seen = polls_one(model.poller::<Head, F, _>(0, wait.clone(), OnDrop::Release));
    for value in 1..=4 {
        producer.publish(|event| event.set(value)).expect("it is open");
    }
    drop(producer);
    assert_eq!(read(seen), [1]);
    model.ends_well();
}

#[test]
fn a_producer_goes_on_without_the_only_poller() {
    check(3, || nobody_else::<_, Y>(&yields()));
}

#[test]
fn a_producer_that_parks_is_woken_by_the_end_of_the_only_poller() {
    check(2, || nobody_else::<_, Blocking>(&parks()));
}

/// Beside a stage, which holds back the producer as before. Threads are switched only where they wait, as in the models of gates
/// without a poller: with an interruption the search takes minutes.
#[test]
fn a_producer_waits_for_the_stage_beside_a_released_poller() {
    check(0, || {
        let model = Model::<_, 2>::single();
        let mut producer = model.yielding::<(After<0>, Unheld<1>)>();
        let stage = model.reads::<Head, Y>(0, yields());
        let seen = polls_one(model.poller::<Head, Y, _>(1, yields(), OnDrop::Release));
        for value in 1..=3 {
            producer.publish(|event| event.set(value)).expect("it is open");
        }
        drop(producer);
        assert_eq!((read(stage), read(seen)), (vec![1, 2, 3], vec![1]));
        model.ends_well();
    });
}

/// Nobody is left but the producers, of which none may write where another has not ended.
#[test]
fn producers_that_nobody_holds_back_do_not_lap_each_other() {
    check(2, || {
        let model = Model::<_, 1>::multi();
        let mut first = model.yielding::<Unheld<0>>();
        drop(model.poller::<Head, Y, _>(0, yields(), OnDrop::Release));
        let mut second = first.clone();
        let other = thread::spawn(move || {
            for value in 1..=2 {
                second.publish(|event| event.set(value)).expect("it is open");
            }
        });
        for value in 3..=4 {
            first.publish(|event| event.set(value)).expect("it is open");
        }
        other.join().expect("no panic");
        model.ends_well();
    });
}

/// One is held up between its look at what is published and what it says of it, and meanwhile the other goes around the ring.
#[test]
fn what_is_known_to_be_published_is_never_taken_back() {
    check(1, || {
        let model = Model::<_, 1>::multi();
        let mut first = model.producer::<Unheld<0>, Blocking, _>(parks());
        drop(model.poller::<Head, Blocking, _>(0, parks(), OnDrop::Release));
        let mut second = first.clone();
        first.publish(|event| event.set(1)).expect("it is open");
        let other = thread::spawn(move || {
            let mut claim = second.claim(1).expect("it is open");
            claim[0].set(2);
            thread::yield_now();
            claim.publish();
            for value in 3..=4 {
                second.publish(|event| event.set(value)).expect("it is open");
            }
        });
        thread::yield_now();
        first.publish(|event| event.set(5)).expect("it is open");
        other.join().expect("no panic");
        model.ends_well();
    });
}

/// There is room all the time, though what is published changes while it is looked at.
#[test]
fn one_who_tries_finds_the_room_that_nobody_takes() {
    check(2, || {
        let model = Model::<_, 1>::multi();
        let mut first = model.yielding::<Unheld<0>>();
        drop(model.poller::<Head, Y, _>(0, yields(), OnDrop::Release));
        let mut second = first.clone();
        for value in 1..=2 {
            first.publish(|event| event.set(value)).expect("it is open");
        }
        let other = thread::spawn(move || second.publish(|event| event.set(3)).map(drop));
        first.try_publish(|event| event.set(4)).expect("there is room");
        other.join().expect("no panic").expect("it is open");
        model.ends_well();
    });
}

/// A claim that is held, at which the other producer parks; and the poller goes at any time.
#[test]
fn a_producer_that_nobody_else_holds_back_waits_for_a_claim() {
    check(3, || {
        let model = Model::<_, 1>::multi();
        let mut first = model.producer::<Unheld<0>, Blocking, _>(parks());
        let poller = model.poller::<Head, Blocking, _>(0, parks(), OnDrop::Release);
        let mut second = first.clone();
        let mut claim = first.claim(1).expect("it is open");
        let released = thread::spawn(move || drop(poller));
        let other = thread::spawn(move || {
            for value in 2..=3 {
                second.publish(|event| event.set(value)).expect("it is open");
            }
        });
        claim[0].set(1);
        claim.publish();
        other.join().expect("no panic");
        released.join().expect("no panic");
        model.ends_well();
    });
}

/// A model in which a stage stands behind the poller.
fn behind<W: Wait + Clone + 'static, F: Waiters>(wait: &W) {
    let model = Model::<_, 2>::single();
    let mut producer = model.producer::<After<1>, F, _>(wait.clone());
    let seen = polls_one(model.poller::<Head, F, _>(0, wait.clone(), OnDrop::Release));
    let behind = model.rewrites::<Released<0, Head>, F>(1, wait.clone());
    for value in 1..=2 {
        producer.publish(|event| event.set(value)).expect("it is open");
    }
    drop(producer);
    assert_eq!((read(seen), read(behind)), (vec![1], vec![1, 2]));
    model.ends_well();
}

#[test]
fn those_behind_a_released_poller_get_every_event() {
    check(1, || behind::<_, Y>(&yields()));
}

#[test]
fn those_who_park_behind_a_poller_are_woken_by_its_end_and_then_by_the_producer() {
    check(1, || behind::<_, Blocking>(&parks()));
}

/// With a stage before it as well: those behind the poller wait on that, once it is gone. Four threads, switched where they wait.
#[test]
fn those_behind_a_released_poller_wait_on_what_it_waited_on() {
    check(0, || {
        let model = Model::<_, 3>::single();
        let mut producer = model.yielding::<After<2>>();
        let before = model.writes::<Head, Y>(0, yields());
        let seen = polls_one(model.poller::<After<0>, Y, _>(1, yields(), OnDrop::Release));
        let behind = model.rewrites::<Released<1, After<0>>, Y>(2, yields());
        for value in 1..=2 {
            producer.publish(|event| event.set(value)).expect("it is open");
        }
        drop(producer);
        before.join().expect("no panic");
        assert_eq!((read(seen), read(behind)), (vec![10], vec![10, 20]));
        model.ends_well();
    });
}

/// As a gate: the producer waits on what the poller waited on. Switched where they wait.
#[test]
fn a_producer_waits_for_the_stage_before_a_released_poller() {
    check(0, || {
        let model = Model::<_, 2>::single();
        let mut producer = model.yielding::<Released<1, After<0>>>();
        let before = model.writes::<Head, Y>(0, yields());
        let seen = polls_one(model.poller::<After<0>, Y, _>(1, yields(), OnDrop::Release));
        for value in 1..=3 {
            producer.publish(|event| event.set(value)).expect("it is open");
        }
        drop(producer);
        before.join().expect("no panic");
        assert_eq!(read(seen), [10]);
        model.ends_well();
    });
}

/// The poller has seen the hole, or those behind it see it themselves.
#[test]
fn those_behind_a_released_poller_leave_out_holes() {
    check(1, || {
        let model = Model::<_, 2>::multi();
        let mut producer = model.yielding::<After<1>>();
        let seen = polls_one(model.poller::<Head, Y, _>(0, yields(), OnDrop::Release));
        let behind = model.rewrites::<Released<0, Head>, Y>(1, yields());
        producer.publish(|event| event.set(1)).expect("it is open");
        let mut claim = producer.claim(1).expect("it is open");
        claim[0].set(66);
        claim.abort();
        drop(producer);
        assert_eq!((read(seen), read(behind)), (vec![1], vec![1]));
        model.ends_well();
    });
}

/// The other way to leave: no more events are taken, and what stands behind gets what the poller has handled.
#[test]
fn a_poller_that_ends_the_pipeline_ends_those_behind_and_the_producer() {
    check(1, || {
        let model = Model::<_, 2>::single();
        let mut producer = model.producer::<After<1>, Blocking, _>(parks());
        let seen = polls_one(model.poller::<Head, Blocking, _>(0, parks(), OnDrop::End));
        let behind = model.rewrites::<After<0>, Blocking>(1, parks());
        let refused = (1..).find_map(|value| producer.publish(|event| event.set(value)).err());
        assert!(refused.expect("in the end").failure().is_none());
        assert_eq!((read(seen), read(behind)), (vec![1], vec![1]));
        drop(producer);
        model.ends_well();
    });
}
