//! A closure that panics while it writes an event: the half-written event is never handled, and everybody else goes on.
#![forbid(unsafe_code)]

#[macro_use]
mod common;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use common::{Gate, until, within};
use disruptor_pipeline::wait::Wait;
use disruptor_pipeline::{Batch, Handler, HandlerResult, Sequence, disruptor};

#[derive(Default)]
struct Event {
    value: i64,
    /// True from the first touch of a write to its end.
    torn: bool,
}

impl Event {
    fn write(&mut self, value: i64, panics: bool) {
        self.torn = true;
        self.value = value;
        if panics {
            panic_quietly();
        }
        self.torn = false;
    }
}

/// A panic without a message on stderr: there are thousands here.
fn panic_quietly() -> ! {
    resume_unwind(Box::new("a write went wrong"))
}

/// Publishes by `attempt`, which may panic; gives what it gave.
fn survive<T>(attempt: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(attempt)).ok()
}

/// Writes a batch, and panics at its last event if it is to.
fn write_all(batch: Batch<'_, Event>, first: i64, panics: bool) {
    let last = first + batch.len() as i64 - 1;
    batch.zip(first..).for_each(|(event, value)| event.write(value, panics && value == last));
}

/// Keeps what a stage sees, and minds that each batch is closed by its last event and no other.
#[derive(Clone, Default)]
struct Witness {
    seen: Vec<(Sequence, i64)>,
    in_batch: bool,
    /// How many events the batches were said to have.
    announced: usize,
    /// Held before the first event.
    gate: Option<Gate>,
}

impl Witness {
    fn behind(gate: &Gate) -> Self {
        Self { gate: Some(gate.clone()), ..Self::default() }
    }
}

impl Handler<Event> for Witness {
    fn on_batch_start(&mut self, size: usize, _: usize) {
        assert!(!self.in_batch, "the batch before was never closed: {:?}", self.seen);
        self.announced += size;
    }

    fn on_event(&mut self, event: &Event, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
        if let Some(gate) = &self.gate {
            gate.pass();
        }
        assert!(!event.torn, "half-written: {sequence}");
        self.seen.push((sequence, event.value));
        self.in_batch = !end_of_batch;
        Ok(())
    }

    fn on_stop(&mut self) {
        assert!(!self.in_batch, "the last batch was never closed: {:?}", self.seen);
    }
}

macro_rules! diamond {
    ($wait:expr, $producers:ident) => {{
        let (a, b, c, d) = (Witness::default(), Witness::default(), Witness::default(), Witness::default());
        disruptor! {
            event: Event;
            ring: 8;
            producers: $producers;
            wait: $wait;
            producer_wait: $wait;
            b { batch: 3 };
            < a -> (b, c) -> d >
        }
    }};
}

fn an_only_producer_goes_on(wait: impl Wait + Clone) {
    within("an only producer goes on", move || {
        let (mut producer, running) = diamond!(wait.clone(), single).spawn().expect("starts");
        let mut expected = Vec::new();
        for value in 0..500 {
            let panics = value % 7 == 3;
            let next = expected.len() as Sequence;
            match value % 5 {
                0 => {
                    let sequences =
                        survive(|| producer.publish_batch(3, |batch| write_all(batch, value, panics)));
                    assert_eq!(
                        sequences.map(|sequences| sequences.expect("open")),
                        (!panics).then_some(next..next + 3)
                    );
                    if !panics {
                        expected.extend((next..next + 3).zip(value..));
                    }
                }
                _ => {
                    let sequence = survive(|| producer.publish(|event| event.write(value, panics)));
                    assert_eq!(sequence.map(|sequence| sequence.expect("open")), (!panics).then_some(next));
                    if !panics {
                        expected.push((next, value));
                    }
                }
            }
        }
        drop(producer);
        let handlers = running.join().expect("no stage fails");
        for witness in [handlers.a, handlers.b, handlers.c, handlers.d] {
            assert!(witness.seen == expected);
        }
    });
}

fn many_producers_go_on(wait: impl Wait + Clone) {
    within("many producers go on", move || {
        let (producer, running) = diamond!(wait.clone(), multi).spawn().expect("starts");
        let publishing = (0..3).map(|id| {
            let mut producer = producer.clone();
            thread::spawn(move || {
                let mut published = Vec::new();
                for value in (id..600).step_by(3) {
                    let panics = value % 7 == 3;
                    if value % 5 == 0 {
                        let sequences =
                            survive(|| producer.publish_batch(3, |batch| write_all(batch, value, panics)));
                        assert_eq!(sequences.is_none(), panics);
                        published
                            .extend(sequences.into_iter().flat_map(|each| each.expect("open").zip(value..)));
                    } else {
                        let sequence = survive(|| producer.publish(|event| event.write(value, panics)));
                        assert_eq!(sequence.is_none(), panics);
                        published.extend(sequence.map(|sequence| (sequence.expect("open"), value)));
                    }
                }
                published
            })
        });
        let publishing: Vec<_> = publishing.collect();
        drop(producer);
        let mut expected: Vec<_> =
            publishing.into_iter().flat_map(|thread| thread.join().expect("goes on")).collect();
        expected.sort_unstable();
        let handlers = running.join().expect("no stage fails");
        for witness in [handlers.a, handlers.b, handlers.c, handlers.d] {
            assert!(witness.seen == expected);
        }
    });
}

under_few_types_of_waits!(an_only_producer_goes_on many_producers_go_on);

/// Publishes the first event, holds it in the first stage, publishes these others behind it, of which some panic (`true`), and
/// lets go: gives what the first and the second stage then saw as one batch.
fn behind_a_gate(others: &[bool]) -> [Witness; 2] {
    let others = others.to_vec();
    within("a batch with holes", move || {
        let gate = Gate::default();
        let (first, second) = (Witness::behind(&gate), Witness::default());
        let pipeline = disruptor! { event: Event; ring: 16; producers: multi; < first -> second > };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        producer.publish(|event| event.write(0, false)).expect("open");
        gate.reached();
        for (panics, value) in others.into_iter().zip(1..) {
            let sequence = survive(|| producer.publish(|event| event.write(value, panics)));
            assert_eq!(sequence.map(|sequence| sequence.expect("open")), (!panics).then_some(value));
        }
        drop(producer);
        gate.open();
        let handlers = running.join().expect("no stage fails");
        [handlers.first, handlers.second]
    })
}

#[test]
fn holes_anywhere_in_a_batch_are_skipped_and_the_last_event_closes_it() {
    for holes in 0..1 << 4 {
        let panics: Vec<bool> = (0..4).map(|at| holes & 1 << at != 0).collect();
        let expected: Vec<_> =
            (0..5).filter(|at| *at == 0 || !panics[*at as usize - 1]).map(|at| (at, at)).collect();
        // `Witness` itself looks at the ends of the batches.
        for witness in behind_a_gate(&panics) {
            assert_eq!(witness.seen, expected, "with holes {panics:?}");
        }
    }
}

#[test]
fn a_batch_is_announced_without_its_holes() {
    for witness in behind_a_gate(&[false, true, true, false, true]) {
        assert_eq!(witness.announced, witness.seen.len());
    }
}

#[test]
fn slices_leave_holes_out() {
    within("slices with holes", || {
        let gate = Gate::default();
        let held = gate.clone();
        let mut slices = Vec::new();
        let pipeline = disruptor! {
            event: Event;
            ring: 8;
            producers: multi;
            slices(&[*], sequence, end_of_batch) = |events, first, end| {
                held.pass();
                assert!(events.iter().all(|event| !event.torn));
                assert!(events.iter().map(|event| event.value).eq(first..first + events.len() as i64));
                slices.push((first..first + events.len() as i64, end));
            };
            < slices >
        };
        let fed = pipeline.run(|producer| {
            producer.publish(|event| event.write(0, false)).expect("open");
            gate.reached();
            for value in 1..8 {
                survive(|| {
                    producer.publish(|event| event.write(value, value == 1 || value == 4 || value == 7))
                });
            }
            gate.open();
        });
        fed.expect("no stage fails");
        assert_eq!(slices, [(0..1, true), (2..4, false), (5..7, true)]);
    });
}

#[test]
fn holes_do_not_fill_a_ring_for_ever() {
    within("a ring of holes", || {
        let last = Witness::default();
        let pipeline = disruptor! { event: Event; ring: 1; producers: multi; < last > };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let monitor = running.monitor();
        for round in 0..500 {
            assert!(survive(|| producer.publish(|event| event.write(-1, true))).is_none());
            assert!(survive(|| producer.publish_batch(1, |batch| write_all(batch, -1, true))).is_none());
            until("a slot is free", || monitor.free_slots() == 1);
            assert!(survive(|| producer.try_publish(|event| event.write(-1, true))).is_none());
            until("a slot is free", || monitor.free_slots() == 1);
            assert!(survive(|| producer.try_publish_batch(1, |batch| write_all(batch, -1, true))).is_none());
            assert_eq!(producer.publish(|event| event.write(round, false)).expect("open"), 5 * round + 4);
        }
        // The stream ends with a hole.
        assert!(survive(|| producer.publish(|event| event.write(-1, true))).is_none());
        drop(producer);
        let seen = running.join().expect("no stage fails").last.seen;
        assert!(seen.into_iter().eq((0..500).map(|round| (5 * round + 4, round))));
    });
}
