//! The calls of a handler's life: each in its place, and the right number of times.
#![forbid(unsafe_code)]

mod common;

use common::{Gate, until, within};
use disruptor_pipeline::{Handler, HandlerMut, HandlerResult, Sequence, disruptor};

/// Keeps the calls of its life.
#[derive(Default)]
struct Diary {
    /// The most events of a batch.
    most: usize,
    /// Where each event waits.
    gate: Option<Gate>,
    started: u32,
    stopped: u32,
    announced: usize,
    batches: u32,
    closed: u32,
    events: usize,
}

impl Diary {
    fn of(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    fn start(&mut self) {
        assert_eq!((self.events, self.batches, self.stopped), (0, 0, 0));
        self.started += 1;
    }

    fn batch(&mut self, size: usize, backlog: usize) {
        assert_eq!((self.announced, self.batches), (self.events, self.closed), "the batch before is through");
        assert!((1..=self.most).contains(&size) && size + backlog <= 16, "{size} {backlog}");
        self.announced += size;
        self.batches += 1;
    }

    fn event(&mut self, end: bool) -> HandlerResult {
        assert_eq!((self.started, self.stopped), (1, 0));
        self.gate.iter().for_each(Gate::pass);
        self.events += 1;
        self.closed += u32::from(end);
        assert_eq!(end, self.events == self.announced, "the last event closes the batch");
        Ok(())
    }
}

impl Handler<i64> for Diary {
    fn on_start(&mut self) {
        self.start();
    }
    fn on_batch_start(&mut self, size: usize, backlog: usize) {
        self.batch(size, backlog);
    }
    fn on_event(&mut self, _: &i64, _: Sequence, end_of_batch: bool) -> HandlerResult {
        self.event(end_of_batch)
    }
    fn on_stop(&mut self) {
        self.stopped += 1;
    }
}

impl HandlerMut<i64> for Diary {
    fn on_start(&mut self) {
        self.start();
    }
    fn on_batch_start(&mut self, size: usize, backlog: usize) {
        self.batch(size, backlog);
    }
    fn on_event(&mut self, _: &mut i64, _: Sequence, end_of_batch: bool) -> HandlerResult {
        self.event(end_of_batch)
    }
    fn on_stop(&mut self) {
        self.stopped += 1;
    }
}

macro_rules! a_whole_life {
    ($producers:ident, $events:expr) => {
        within("a whole life", || {
            let (reads, writes) = (Diary::of(4), Diary::of(4));
            let pipeline = disruptor! {
                event: i64;
                ring: 16;
                producers: $producers;
                reads { batch: 4 };
                writes(&mut *) { batch: 4 };
                < reads -> writes >
            };
            let (mut producer, running) = pipeline.spawn().expect("starts");
            (0..$events).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
            drop(producer);
            let handlers = running.join().expect("no stage fails");
            for diary in [handlers.reads, handlers.writes] {
                assert_eq!((diary.started, diary.stopped), (1, 1));
                assert_eq!((diary.events, diary.announced), ($events as usize, $events as usize));
                assert_eq!(diary.batches, diary.closed);
            }
        })
    };
}

#[test]
fn each_call_of_a_life_comes_in_its_place() {
    a_whole_life!(single, 1_000);
    a_whole_life!(multi, 1_000);
}

#[test]
fn a_life_without_events_still_has_its_start_and_stop() {
    a_whole_life!(single, 0);
    a_whole_life!(multi, 0);
}

/// A batch that goes around the ring's end is called in two parts, and closed once.
#[test]
fn a_batch_around_the_wrap_is_one_batch() {
    macro_rules! scenario {
        ($producers:ident) => {
            within("a batch around the wrap", || {
                let gate = Gate::default();
                let (reads, writes) = (Diary { gate: Some(gate.clone()), ..Diary::of(8) }, Diary::of(8));
                let pipeline = disruptor! {
                    event: i64;
                    ring: 8;
                    producers: $producers;
                    writes(&mut *);
                    < reads -> writes >
                };
                let (mut producer, running) = pipeline.spawn().expect("starts");
                assert_eq!(producer.publish(|_| {}).expect("open"), 0);
                gate.reached();
                assert_eq!(producer.publish_batch(7, |_| {}).expect("open"), 1..8);
                gate.open();
                let monitor = running.monitor();
                until("the first round is through", || monitor.stages().iter().all(|stage| stage.cursor == 8));
                // From the middle of the ring on.
                assert_eq!(producer.publish_batch(3, |_| {}).expect("open"), 8..11);
                until("three more are through", || monitor.stages().iter().all(|stage| stage.cursor == 11));
                assert_eq!(producer.publish_batch(7, |_| {}).expect("open"), 11..18);
                drop(producer);
                let handlers = running.join().expect("no stage fails");
                assert_eq!((handlers.reads.events, handlers.writes.events), (18, 18));
                if stringify!($producers) == "single" {
                    // One event, seven, three and seven; several producers publish the events of a batch one by one.
                    assert_eq!(handlers.reads.batches, 4);
                }
            })
        };
    }
    scenario!(single);
    scenario!(multi);
}
