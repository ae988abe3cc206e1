//! Stages and pollers that come and go at random while events flow, told apart by an oracle outside of the ring.
#![forbid(unsafe_code)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread;

use common::within;
use disruptor_pipeline::dynamic::{AddError, OnDrop, PollError, Publication, RemoveError, Stage, Stages};
use disruptor_pipeline::wait::{Blocking, Yielding};
use disruptor_pipeline::{Builder, Handler, HandlerResult, Sequence};

/// What an event says of itself: who published it, and its number there; told apart from what is torn by a third word.
#[derive(Clone, Copy, Default)]
struct Event {
    producer: usize,
    number: i64,
    check: i64,
}

impl Event {
    fn new(producer: usize, number: i64) -> Self {
        Self { producer, number, check: number ^ 0x5a5a_5a5a ^ (producer as i64) << 40 }
    }
}

/// Sees every event from a sequence on, each producer's in order, and none twice.
struct Watcher {
    next: Option<Sequence>,
    numbers: Vec<Option<i64>>,
    seen: Arc<AtomicI64>,
    upstream: Option<Arc<AtomicI64>>,
    own: Arc<AtomicI64>,
}

impl Watcher {
    fn new(producers: usize, upstream: Option<Arc<AtomicI64>>) -> Self {
        Self {
            next: None,
            numbers: vec![None; producers],
            seen: Arc::default(),
            upstream,
            own: Arc::default(),
        }
    }

    fn see(&mut self, event: &Event, sequence: Sequence) {
        let expected = Event::new(event.producer, event.number);
        assert_eq!(event.check, expected.check, "torn at {sequence}");
        assert_eq!(*self.next.get_or_insert(sequence), sequence, "lost or doubled");
        self.next = Some(sequence + 1);
        let last = &mut self.numbers[event.producer];
        assert!(last.is_none_or(|last| last + 1 == event.number), "out of order at {sequence}");
        *last = Some(event.number);
        if let Some(upstream) = &self.upstream {
            assert!(upstream.load(Ordering::Acquire) > sequence, "before the stage that it waits on");
        }
        self.seen.fetch_add(1, Ordering::Relaxed);
        self.own.store(sequence + 1, Ordering::Release);
    }
}

impl Handler<Event> for Watcher {
    fn on_event(&mut self, event: &Event, sequence: Sequence, _: bool) -> HandlerResult {
        self.see(event, sequence);
        Ok(())
    }
}

/// A small generator of numbers (xorshift, Marsaglia 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Room for `root`, `last`, six stages and three pollers, and for words that some may still look at.
const ROOM: usize = 24;

/// Adds and removes stages at random while events flow.
fn churn<P: Publication + 'static>(
    stages: &Stages<Event, P>,
    producers: usize,
    root: &Arc<AtomicI64>,
    flows: &AtomicBool,
    seed: u64,
) -> usize {
    let mut random = Random(seed);
    let mut there: Vec<(String, Sequence)> = Vec::new();
    let mut pollers = Vec::new();
    let mut changes = 0;
    while flows.load(Ordering::Relaxed) || changes < 40 {
        changes += 1;
        match random.below(6) {
            0 | 1 if there.len() < 6 => {
                let name = format!("s{}", changes % 12);
                let behind = random.below(2) == 0;
                let watcher = Watcher::new(producers, behind.then(|| Arc::clone(root)));
                let stage = Stage::new(&*name, watcher);
                let stage = if random.below(2) == 0 { stage.wait(Blocking::after(3)) } else { stage };
                let added = if behind { stages.add_after(["root"], stage) } else { stages.add(stage) };
                match added {
                    Ok(from) => there.push((name, from)),
                    Err(AddError::Closed(_)) => break,
                    Err(AddError::Refused(problems)) => assert_eq!(problems[0].code, "duplicate-stage"),
                    Err(other) => panic!("{other}"),
                }
            }
            2 if pollers.len() < 3 => {
                let name = format!("p{changes}");
                let Ok(poller) = stages.poller_after(["root"], name, OnDrop::Release) else { break };
                let watcher = Watcher::new(producers, Some(Arc::clone(root)));
                // Sometimes with a stage behind it, which goes on when the poller is dropped.
                let name = format!("b{}", changes % 12);
                if there.len() < 6 && random.below(2) == 0 {
                    let behind = Watcher::new(producers, Some(Arc::clone(root)));
                    let poller_name = poller.name();
                    match stages.add_after([poller_name], Stage::new(&*name, behind)) {
                        Ok(from) => there.push((name, from)),
                        Err(AddError::Closed(_)) => break,
                        Err(AddError::Refused(problems)) => assert_eq!(problems[0].code, "duplicate-stage"),
                        Err(other) => panic!("{other}"),
                    }
                }
                pollers.push((watcher, poller));
            }
            3 if !pollers.is_empty() => {
                let at = random.below(pollers.len() as u64) as usize;
                drop(pollers.swap_remove(at));
            }
            _ if !there.is_empty() => {
                let at = random.below(there.len() as u64) as usize;
                let (name, from) = there.swap_remove(at);
                match stages.remove(&name) {
                    Ok(mut handlers) => {
                        let watcher = handlers.take::<Watcher>(&name).expect("it was given");
                        let first = watcher.next.map(|next| next - watcher.seen.load(Ordering::Relaxed));
                        assert!(first.is_none_or(|first| first == from), "began at {first:?}, not at {from}");
                    }
                    Err(RemoveError::Closed(_)) => break,
                    Err(other) => panic!("{other}"),
                }
            }
            _ => {}
        }
        for (watcher, poller) in &mut pollers {
            let polled = poller.take(64).poll(|event, sequence, _| watcher.see(event, sequence));
            assert!(matches!(polled, Ok(_) | Err(PollError::Closed(_))), "{polled:?}");
        }
    }
    // Every word has come back.
    drop(pollers);
    for (name, _) in there {
        stages.remove(&name).expect("nobody waits on it");
    }
    let idle = std::iter::repeat_with(|| |_: &Event, _: Sequence, _: bool| {});
    stages.add(Stage::pool("all", idle.take(ROOM - 2))).expect("there is room");
    stages.remove("all").expect("nobody waits on it");
    changes
}

macro_rules! stress {
    ($kind:ident, $producers:expr, $events:expr) => {{
        for seed in [0x9e37_79b9, 0x1234_5678, 0xdead_beef] {
            let mut builder = Builder::$kind(64, Event::default);
            builder.wait(Yielding::default()).room_for(ROOM);
            let root = Watcher::new($producers, None);
            let (cursor, seen) = (Arc::clone(&root.own), Arc::clone(&root.seen));
            let last = Watcher::new($producers, Some(Arc::clone(&cursor)));
            let last_seen = Arc::clone(&last.seen);
            builder
                .wake_ups()
                .handle_events_with([Stage::new("root", root)])
                .then([Stage::new("last", last)]);
            let built = builder.build().expect("it is right");
            let stages = built.stages();
            let (producer, running) = built.spawn().expect("it starts");
            let flows = AtomicBool::new(true);
            thread::scope(|scope| {
                let churning = scope.spawn(|| churn(&stages, $producers, &cursor, &flows, seed));
                let feeding: Vec<_> = feeders!($kind, producer, $producers)
                    .into_iter()
                    .enumerate()
                    .map(|(index, mut producer)| {
                        scope.spawn(move || {
                            // By turns one by one and thirty-two ahead.
                            for first in (0..$events).step_by(200) {
                                let count = 200.min($events - first);
                                for number in first..first + count / 2 {
                                    producer
                                        .publish(|event| *event = Event::new(index, number))
                                        .expect("nothing fails");
                                }
                                let first = first + count / 2;
                                producer
                                    .publish_each((count - count / 2) as usize, |event, ahead| {
                                        *event = Event::new(index, first + ahead as i64);
                                    })
                                    .expect("nothing fails");
                            }
                            producer
                        })
                    })
                    .collect();
                let producers: Vec<_> =
                    feeding.into_iter().map(|feeder| feeder.join().expect("nothing fails")).collect();
                flows.store(false, Ordering::Relaxed);
                let changes = churning.join().expect("nothing fails");
                assert!(changes >= 40, "{changes} changes");
                drop(producers);
            });
            running.join().expect("nothing fails");
            for (stage, seen) in [("root", seen), ("last", last_seen)] {
                assert_eq!(seen.load(Ordering::Relaxed), $events * $producers as i64, "{stage}");
            }
        }
    }};
}

macro_rules! feeders {
    (single, $producer:ident, $producers:expr) => {
        vec![$producer]
    };
    (multi, $producer:ident, $producers:expr) => {{
        let mut all: Vec<_> = (1..$producers).map(|_| $producer.clone()).collect();
        all.push($producer);
        all
    }};
}

#[test]
fn nothing_is_lost_doubled_or_put_out_of_order_single() {
    within("single", || stress!(single, 1, 100_000));
}

#[test]
fn nothing_is_lost_doubled_or_put_out_of_order_multi() {
    within("multi", || stress!(multi, 3, 30_000));
}
