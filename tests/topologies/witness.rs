//! The order oracle: what a stage must see of an event.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use disruptor_pipeline::{Handler, HandlerResult, Sequence};

use crate::scenario::STAGES;

/// What a stage has seen: sequences, with who published the event as the how manyeth of theirs.
pub(crate) type Log = Arc<Mutex<Vec<(Sequence, (usize, u64))>>>;

/// An event with a mark for each stage, where the stage leaves the sequence that it has handled. Relaxed throughout: marks must not
/// lend the pipeline an order that it has not itself.
#[derive(Debug)]
pub(crate) struct Event {
    sequence: Sequence,
    id: (usize, u64),
    /// True from the first touch of a write to its end.
    torn: bool,
    stages: usize,
    marks: [AtomicI64; STAGES],
}

impl Event {
    /// An event that so many stages will see.
    pub(crate) fn new(stages: usize) -> Self {
        let marks = std::array::from_fn(|_| AtomicI64::new(-1));
        Self { sequence: -1, id: (0, 0), torn: false, stages, marks }
    }

    /// Fills the slot.
    pub(crate) fn write(&mut self, sequence: Sequence, id: (usize, u64)) {
        self.tear();
        self.sequence = sequence;
        self.id = id;
        self.torn = false;
    }

    /// Leaves it half-written. Every stage must be through with what was published there before.
    pub(crate) fn tear(&mut self) {
        let last = self.sequence;
        let left = self.marks[..self.stages].iter_mut().all(|mark| *mark.get_mut() == last);
        assert!(self.torn || left, "written over what is not handled by all: {self:?}");
        self.torn = true;
    }
}

/// A panic without a word on stderr.
pub(crate) fn panic_quietly() -> ! {
    resume_unwind(Box::new("a write went wrong"))
}

pub(crate) struct Witness {
    own: usize,
    before: Vec<usize>,
    most: usize,
    log: Log,
    last: Sequence,
    in_batch: usize,
}

impl Witness {
    pub(crate) fn new(own: usize, before: Vec<usize>, most: usize, log: &Log) -> Self {
        Self { own, before, most, log: Arc::clone(log), last: -1, in_batch: 0 }
    }
}

impl Handler<Event> for Witness {
    fn on_batch_start(&mut self, size: usize, _: usize) {
        assert!(self.in_batch == 0 && (1..=self.most).contains(&size), "a batch of {size}");
        self.in_batch = size;
    }

    fn on_event(&mut self, event: &Event, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
        assert!(
            !event.torn && event.sequence == sequence,
            "{sequence} is half-written, or another: {event:?}"
        );
        assert!(sequence > self.last, "{sequence} after {}", self.last);
        self.last = sequence;
        for &before in &self.before {
            let mark = event.marks[before].load(Ordering::Relaxed);
            assert_eq!(mark, sequence, "s{} is before s{before}: {event:?}", self.own);
        }
        event.marks[self.own].store(sequence, Ordering::Relaxed);
        self.log.lock().expect("no panic").push((sequence, event.id));
        self.in_batch -= 1;
        assert_eq!(end_of_batch, self.in_batch == 0, "the batch ends elsewhere than was said");
        Ok(())
    }
}
