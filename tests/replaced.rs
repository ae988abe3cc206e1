//! Stages that are replaced while several producers are at work: what was claimed before the new stage came, and is still being
//! written when the old one leaves, is not lapped.
#![forbid(unsafe_code)]

mod common;

use std::collections::BTreeMap;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use common::{Gate, until, within};
use disruptor_pipeline::dynamic::{DynamicProducer, Handlers, Many, OnDrop, Pollers, Stage, Stages};
use disruptor_pipeline::wait::Blocking;
use disruptor_pipeline::{Builder, Running, Sequence, TryPublishError};

type Seen = Arc<Mutex<Vec<(Sequence, u64)>>>;

/// Keeps what it sees.
fn keeps(name: &str, seen: &Seen) -> Stage<u64> {
    let seen = Arc::clone(seen);
    Stage::new(name, move |event: &u64, sequence: Sequence, _: bool| {
        seen.lock().expect("nobody panics with it").push((sequence, *event));
    })
}

fn nothing(_: &u64, _: Sequence, _: bool) {}

type Started = (DynamicProducer<u64, Many>, Running<Handlers>, Pollers<u64, Many>, Stages<u64, Many>);

/// Several producers and one stage, `old`, around a ring of four slots; all block.
fn four_slots(old: Stage<u64>) -> Started {
    let mut builder = Builder::multi(4, u64::default);
    builder.wait(Blocking::default()).producer_wait(Blocking::default());
    builder.handle_events_with([old]);
    let built = builder.build().expect("it is right");
    let stages = built.stages();
    let (producer, running, pollers) = built.spawn_with_pollers().expect("it starts");
    (producer, running, pollers, stages)
}

/// Publishes the numbers from `from` on while there is room, and gives how many there was room for.
fn fill(producer: &mut DynamicProducer<u64, Many>, from: u64) -> u64 {
    let publishes = |value: &u64| match producer.try_publish(|event| *event = *value) {
        Ok(_) => true,
        Err(TryPublishError::Full) => false,
        Err(other) => panic!("{other}"),
    };
    (from..from + 100).take_while(publishes).count() as u64
}

/// A claim of the first slot is open; a new stage comes, and `leave` has the old one go. The new one begins with the claim.
fn swapped(old: Stage<u64>, leave: impl FnOnce(&Stages<u64, Many>, Pollers<u64, Many>)) {
    let (mut one, running, pollers, stages) = four_slots(old);
    let mut two = one.clone();
    let mut claim = one.claim(1).expect("there is room");
    claim[0] = 100;
    let seen = Seen::default();
    assert_eq!(stages.add(keeps("new", &seen)).expect("it fits"), 0);
    leave(&stages, pollers);
    assert_eq!(fill(&mut two, 1), 3, "the slot of the claim is not free");
    assert_eq!((claim[0], two.free_slots()), (100, 0));
    claim.publish();
    until("there is room", || two.has_room(4));
    assert_eq!(two.publish(|event| *event = 4).expect("it is open"), 4);
    drop((one, two));
    running.join().expect("nothing fails");
    assert_eq!(*seen.lock().expect("nobody has it"), [(0, 100), (1, 1), (2, 2), (3, 3), (4, 4)]);
}

#[test]
fn an_open_claim_is_not_lapped_when_a_stage_is_replaced() {
    within("a stage", || {
        swapped(Stage::new("old", nothing), |stages, _| {
            stages.remove("old").expect("nobody waits on it");
        });
    });
}

#[test]
fn an_open_claim_is_not_lapped_when_a_poller_is_replaced() {
    within("a poller", || {
        swapped(Stage::poller("old", OnDrop::Release), |_, pollers| drop(pollers));
    });
}

/// The second stage comes, and the first new one goes, before the claim is published.
#[test]
fn an_open_claim_is_not_lapped_when_stages_are_replaced_twice() {
    within("twice", || {
        let (mut one, running, _, stages) = four_slots(Stage::new("old", nothing));
        let mut two = one.clone();
        let mut claim = one.claim(1).expect("there is room");
        claim[0] = 100;
        stages.add(Stage::new("new", nothing)).expect("it fits");
        stages.remove("old").expect("nobody waits on it");
        two.publish(|event| *event = 1).expect("there is room");
        let seen = Seen::default();
        assert_eq!(stages.add(keeps("newer", &seen)).expect("it fits"), 0);
        stages.remove("new").expect("nobody waits on it");
        assert_eq!(fill(&mut two, 2), 2, "the slot of the claim is not free");
        claim.publish();
        two.publish(|event| *event = 4).expect("there will be room");
        drop((one, two));
        running.join().expect("nothing fails");
        assert_eq!(*seen.lock().expect("nobody has it"), [(0, 100), (1, 1), (2, 2), (3, 3), (4, 4)]);
    });
}

/// While there is no stage at all, a claim holds back those that would lap it; a stage that comes then must not end that.
#[test]
fn an_open_claim_is_not_lapped_when_a_stage_comes_where_there_was_none() {
    within("none", || {
        let (mut one, running, pollers, stages) = four_slots(Stage::poller("old", OnDrop::Release));
        drop(pollers);
        let mut two = one.clone();
        let mut claim = one.claim(1).expect("there is room");
        claim[0] = 100;
        assert_eq!(fill(&mut two, 1), 3);
        let seen = Seen::default();
        assert_eq!(stages.add(keeps("new", &seen)).expect("it fits"), 0);
        assert_eq!(fill(&mut two, 4), 0, "the slot of the claim is not free");
        assert_eq!(claim[0], 100);
        claim.publish();
        two.publish(|event| *event = 4).expect("there will be room");
        drop((one, two));
        running.join().expect("nothing fails");
        assert_eq!(*seen.lock().expect("nobody has it"), [(0, 100), (1, 1), (2, 2), (3, 3), (4, 4)]);
    });
}

/// What a producer does that waits for the slot of another's open claim, which no stage stands at any more.
fn waits_for_a_claim(ends: impl FnOnce(&Running<Handlers>)) -> Result<Sequence, String> {
    let (mut one, running, _, stages) = four_slots(Stage::new("old", nothing));
    let mut two = one.clone();
    let mut claim = one.claim(1).expect("there is room");
    claim[0] = 100;
    stages.add(Stage::new("new", nothing)).expect("it fits");
    stages.remove("old").expect("nobody waits on it");
    assert_eq!(fill(&mut two, 1), 3);
    let (about_to, comes) = channel();
    let waiting = thread::spawn(move || {
        about_to.send(()).expect("somebody waits");
        two.publish(|event| *event = 4).map_err(|closed| closed.to_string())
    });
    comes.recv().expect("it comes");
    until("it has claimed", || running.monitor().published() == 5);
    assert!(!waiting.is_finished());
    ends(&running);
    let ended = if running.monitor().is_open() {
        claim.publish();
        waiting.join()
    } else {
        let ended = waiting.join();
        claim.abort();
        ended
    };
    let ended = ended.expect("nothing panics");
    drop(one);
    running.join().expect("nothing fails");
    ended
}

#[test]
fn a_claim_that_is_published_wakes_who_waits_for_its_slot() {
    assert_eq!(within("wakes", || waits_for_a_claim(|_| ())), Ok(4));
}

#[test]
fn a_halt_wakes_who_waits_for_the_slot_of_an_open_claim() {
    let ended = within("halts", || waits_for_a_claim(|running| running.monitor().halt()));
    assert!(ended.expect_err("it is closed").contains("halt"));
}

/// A slow stage is replaced under back-pressure: four producers, plain `publish`, nothing unusual.
#[test]
fn a_slow_stage_is_replaced_under_back_pressure() {
    const EVENTS: u64 = 500;
    for round in 0..8 {
        within("back-pressure", move || {
            let mut builder = Builder::multi(8, u64::default);
            builder.wait(Blocking::default()).producer_wait(Blocking::default());
            let held = Gate::default();
            let hold = held.clone();
            let slow = move |_: &u64, _: Sequence, _: bool| hold.pass();
            builder.handle_events_with([Stage::new("slow", slow).batch(1)]);
            let built = builder.build().expect("it is right");
            let stages = built.stages();
            let (producer, running) = built.spawn().expect("it starts");
            let feeds: Vec<_> = (0..4)
                .map(|feeder: u64| {
                    let mut producer = producer.clone();
                    thread::spawn(move || {
                        let publish = |number| {
                            let value = feeder << 32 | number;
                            (producer.publish(|event| *event = value).expect("nothing fails"), value)
                        };
                        (0..EVENTS).map(publish).collect::<Vec<_>>()
                    })
                })
                .collect();
            drop(producer);
            // The ring is full, and all four wait with a claim.
            until("all wait", || running.monitor().published() == 12);
            let seen = Seen::default();
            let from = stages.add(keeps("quick", &seen)).expect("it fits");
            held.open();
            stages.remove("slow").expect("nobody waits on it");
            let told = feeds.into_iter().flat_map(|feed| feed.join().expect("nothing panics"));
            let told: BTreeMap<_, _> = told.filter(|(sequence, _)| *sequence >= from).collect();
            running.join().expect("nothing fails");
            let seen = seen.lock().expect("nobody has it");
            assert_eq!(*seen, told.into_iter().collect::<Vec<_>>(), "round {round}");
        });
    }
}

/// Nobody stays: each stage, or poller, gives way to the next one, while three producers publish and hold claims.
#[test]
fn every_stage_gives_way_to_the_next_while_events_flow() {
    const EVENTS: usize = 400;
    within("every stage", || {
        let mut builder = Builder::multi(4, || [-1; 4]);
        builder.wait(Blocking::after(3)).producer_wait(Blocking::after(3));
        // Sees every event from a sequence on, with what its producer has written there.
        let watches = |name: String| {
            let mut next = None;
            Stage::new(name, move |event: &[Sequence; 4], sequence: Sequence, _: bool| {
                assert_eq!(*event, [sequence; 4]);
                assert!(next.is_none_or(|next| next <= sequence), "{next:?} is behind {sequence}");
                next = Some(sequence + 1);
            })
        };
        builder.handle_events_with([watches("0".to_owned())]);
        let built = builder.build().expect("it is right");
        let stages = built.stages();
        let (producer, running) = built.spawn().expect("it starts");
        let feeds = [1, 2, 3].map(|feeder: usize| {
            let mut producer = producer.clone();
            thread::spawn(move || {
                for number in 0..EVENTS {
                    if number % 5 < feeder {
                        let fill = |event: &mut [Sequence; 4], sequence| *event = [sequence; 4];
                        producer.publish_with(fill, ()).expect("nothing fails");
                        continue;
                    }
                    let mut claim = producer.claim(feeder).expect("nothing fails");
                    let mine: Vec<_> = claim.sequences().map(|sequence| [sequence; 4]).collect();
                    claim.iter_mut().zip(&mine).for_each(|(event, mine)| *event = *mine);
                    // Time for a stage to come, and for another one to go.
                    thread::sleep(Duration::from_micros(300));
                    assert!(claim.iter().eq(&mine), "somebody else has written to the claim");
                    if number % 7 != 0 {
                        claim.publish();
                    }
                }
            })
        });
        drop(producer);
        let mut changes = 0;
        while feeds.iter().any(|feed| !feed.is_finished()) {
            stages.add(watches((changes + 1).to_string())).expect("it fits");
            stages.remove(&changes.to_string()).expect("there is another one");
            changes += 1;
        }
        feeds.into_iter().for_each(|feed| feed.join().expect("nothing fails"));
        running.join().expect("nothing fails");
        assert!(changes > 3, "{changes} changes");
    });
}
