//! What is known outside of the ring: which events were published, how far each stage is, and what was found wrong.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use disruptor_pipeline::{Handler, HandlerResult, Sequence};

use crate::random::mix;
use crate::scenario::Trouble;

/// An event: whose, which of theirs, and a sum that a torn one would not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    producer: u64,
    number: u64,
    sum: u64,
}

impl Event {
    pub(crate) fn new(producer: u64, number: u64) -> Self {
        Self { producer, number, sum: mix(producer ^ mix(number)) }
    }

    pub(crate) fn id(&self) -> (u64, u64) {
        (self.producer, self.number)
    }

    fn is_whole(&self) -> bool {
        *self == Self::new(self.producer, self.number)
    }
}

/// What everybody who watches adds to.
#[derive(Clone, Default)]
pub(crate) struct Findings(Arc<Mutex<Vec<String>>>);

impl Findings {
    pub(crate) fn add(&self, finding: String) {
        let mut all = self.0.lock().expect("no panic while it is held");
        if all.len() < 20 {
            all.push(finding);
        }
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().expect("no panic while it is held").clone()
    }
}

/// Events by their sequences.
pub(crate) type Log = BTreeMap<Sequence, (u64, u64)>;

/// A stage's handler: keeps a log of what it has handled, and holds each event against all that should be true of it.
#[derive(Clone)]
pub(crate) struct Checker {
    name: String,
    findings: Findings,
    /// How far this stage, and those before it, are: outside of the ring, by what the handlers say themselves.
    done: Arc<AtomicI64>,
    before: Vec<Arc<AtomicI64>>,
    log: Vec<(Sequence, (u64, u64))>,
    /// Where the batch begins in the log, or what was not released of it.
    batch: usize,
    in_batch: bool,
    releases: usize,
    slow: usize,
    trouble: Option<Trouble>,
    failed_at: Sequence,
    pub(crate) skipped: Vec<Sequence>,
}

impl Checker {
    pub(crate) fn new(
        name: String,
        findings: &Findings,
        done: Arc<AtomicI64>,
        before: Vec<Arc<AtomicI64>>,
    ) -> Self {
        Self {
            name,
            findings: findings.clone(),
            done,
            before,
            log: vec![],
            batch: 0,
            in_batch: false,
            releases: 0,
            slow: 0,
            trouble: None,
            failed_at: -1,
            skipped: vec![],
        }
    }

    pub(crate) fn habits(mut self, releases: usize, slow: usize, trouble: Option<Trouble>) -> Self {
        (self.releases, self.slow, self.trouble) = (releases, slow, trouble);
        self
    }

    /// What was handled: whole batches, and what was released of others.
    pub(crate) fn log(&self) -> Log {
        let handled = if self.in_batch { self.batch } else { self.log.len() };
        self.log[..handled].iter().copied().collect()
    }

    /// As a handler is called, and by pollers as well.
    pub(crate) fn see(&mut self, event: &Event, sequence: Sequence) {
        let last = self.log.last().map_or(-1, |(last, _)| *last);
        if sequence <= last {
            self.findings.add(format!("{}: {sequence} after {last}", self.name));
        }
        if !event.is_whole() {
            self.findings.add(format!("{}: {event:?} at {sequence} is torn", self.name));
        }
        if self.before.iter().any(|done| done.load(Ordering::Relaxed) <= sequence) {
            self.findings.add(format!("{}: {sequence} before those that come first", self.name));
        }
        self.log.push((sequence, event.id()));
    }

    /// Everything seen counts as handled.
    pub(crate) fn commit(&mut self, sequence: Sequence) {
        self.batch = self.log.len();
        // Relaxed: those who look are behind this stage, and so behind this store.
        self.done.fetch_max(sequence + 1, Ordering::Relaxed);
    }

    /// What was seen and not committed comes again.
    pub(crate) fn rewind(&mut self) {
        self.log.truncate(self.batch);
    }

    fn trouble(&mut self, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
        let handled = self.log.len();
        let turn = |one_of: usize| mix(sequence as u64).is_multiple_of(one_of as u64);
        match self.trouble {
            Some(Trouble::Fails(after)) if handled >= after => Err("trouble".into()),
            Some(Trouble::Panics(after)) if handled >= after => {
                std::panic::resume_unwind(Box::new("trouble"))
            }
            Some(Trouble::Skips(one_of)) if turn(one_of) => {
                self.skipped.push(sequence);
                if end_of_batch {
                    self.end(sequence);
                }
                Err("skipped".into())
            }
            Some(Trouble::Retries(one_of)) if turn(one_of) && self.failed_at < sequence => {
                self.failed_at = sequence;
                Err("tried again".into())
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, sequence: Sequence) {
        self.in_batch = false;
        self.commit(sequence);
    }
}

impl Handler<Event> for Checker {
    fn on_batch_start(&mut self, size: usize, _: usize) {
        if size == 0 {
            self.findings.add(format!("{}: a batch of no events", self.name));
        }
        if self.in_batch {
            self.rewind();
        }
        self.batch = self.log.len();
        self.in_batch = true;
    }

    fn on_event(&mut self, event: &Event, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
        if !self.in_batch {
            self.findings.add(format!("{}: {sequence} outside of a batch", self.name));
        }
        self.trouble(sequence, end_of_batch)?;
        if self.slow > 0 && mix(!sequence as u64) % 100 < self.slow as u64 {
            std::thread::sleep(std::time::Duration::from_micros(20));
        }
        self.see(event, sequence);
        if end_of_batch {
            self.end(sequence);
        }
        Ok(())
    }

    fn releases(&mut self) -> bool {
        let Some((last, _)) = self.log.last().filter(|_| self.releases > 0) else { return false };
        let last = *last;
        let release = mix(last as u64 ^ 0x5eed) % 100 < self.releases as u64;
        if release {
            self.commit(last);
        }
        release
    }
}
