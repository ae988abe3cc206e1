//! What a ring with one stage does, as simply as it can be said.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex};

use disruptor_pipeline::{Monitor, Sequence, TooLarge};

use crate::common::{DEADLINE, until};
use crate::op::{Fate, How, Op, Told};

/// Lets a stage handle so many events.
#[derive(Clone, Default)]
pub(crate) struct Permits(Arc<(Mutex<usize>, Condvar)>);

impl Permits {
    fn give(&self, count: usize) {
        *self.0.0.lock().expect("whole") += count;
        self.0.1.notify_all();
    }

    pub(crate) fn take(&self) {
        let permits = self.0.0.lock().expect("whole");
        let (mut permits, waited) =
            self.0.1.wait_timeout_while(permits, DEADLINE, |permits| *permits == 0).expect("whole");
        assert!(!waited.timed_out(), "hung: no permit");
        *permits -= 1;
    }
}

/// What a claimed slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Event(i64),
    /// Claimed and given up; nobody needs a permit for it.
    Hole,
    /// Part of a claim that this producer has leaked.
    Leaked(usize),
}

pub(crate) struct Model {
    ring: usize,
    multi: bool,
    permits: Permits,
    /// What is claimed and not handled.
    waiting: VecDeque<Slot>,
    /// The first sequence of `waiting`.
    cursor: Sequence,
    /// By producer: an identity that it keeps.
    producers: Vec<usize>,
    born: usize,
    pub(crate) value: i64,
    pub(crate) dropped: u64,
    pub(crate) seen: Vec<(Sequence, i64)>,
}

impl Model {
    pub(crate) fn new(ring: usize, multi: bool, permits: &Permits) -> Self {
        Self {
            ring,
            multi,
            permits: permits.clone(),
            waiting: VecDeque::new(),
            cursor: 0,
            producers: vec![0],
            born: 1,
            value: 0,
            dropped: 0,
            seen: Vec::new(),
        }
    }

    pub(crate) fn free(&self) -> usize {
        self.ring - self.waiting.len()
    }

    /// There are so many producers now.
    pub(crate) fn clones(&mut self, count: usize) {
        while self.producers.len() < count {
            self.producers.push(self.born);
            self.born += 1;
        }
    }

    pub(crate) fn drops(&mut self, by: usize) {
        self.abort(by);
        self.producers.remove(by);
    }

    /// True if this producer has a leaked claim.
    pub(crate) fn leaks(&self, by: usize) -> bool {
        self.waiting.contains(&Slot::Leaked(self.producers[by]))
    }

    /// The leaked claim of this producer is aborted.
    pub(crate) fn abort(&mut self, by: usize) {
        let leaked = Slot::Leaked(self.producers[by]);
        self.waiting.iter_mut().filter(|slot| **slot == leaked).for_each(|slot| *slot = Slot::Hole);
        self.pass_holes();
    }

    /// The stage handles so many events, if there are so many.
    pub(crate) fn consume(&mut self, events: usize) {
        for _ in 0..events {
            let Some(Slot::Event(value)) = self.waiting.front().copied() else { return };
            self.waiting.pop_front();
            self.seen.push((self.cursor, value));
            self.permits.give(1);
            self.cursor += 1;
            self.pass_holes();
        }
    }

    fn pass_holes(&mut self) {
        while let Some(Slot::Hole) = self.waiting.front() {
            self.waiting.pop_front();
            self.cursor += 1;
        }
    }

    /// Every producer is dropped, and everything is handled.
    pub(crate) fn end(&mut self) {
        for by in 0..self.producers.len() {
            self.abort(by);
        }
        self.consume(self.ring);
        assert!(self.waiting.is_empty());
    }

    /// What an operation must lead to; nothing if it would wait for somebody else of this thread for ever.
    pub(crate) fn expect(&mut self, by: usize, op: &Op) -> Option<Told> {
        let (count, how, becomes, panics) = match *op {
            Op::One { how, panics } => (1, how, Fate::Published, panics),
            Op::Many { count, how, panics } => (count, how, Fate::Published, panics),
            // There is no offer with a translator, and no limit that is beyond the test's.
            Op::With { how, panics } => (1, plain(how), Fate::Published, panics),
            Op::ManyWith { count, how, panics } => (count, plain(how), Fate::Published, panics && count > 0),
            Op::Claim { count, how, fate } => {
                let how = if how == How::Offer { How::Try } else { how };
                (count, how, fate, fate == Fate::Panicked)
            }
            Op::Consume(_) | Op::Clone | Op::Drop => unreachable!("no publication"),
        };
        if count > self.ring {
            return Some(Told::TooLarge(TooLarge { requested: count, ring: self.ring }));
        }
        let one = matches!(op, Op::One { .. } | Op::With { .. });
        // A look at what it might come to first: nothing is done that cannot be.
        if matches!(how, How::Wait | How::Within) && !self.comes_free(by, count) {
            return None;
        }
        self.abort(by);
        while matches!(how, How::Wait | How::Within) && self.free() < count {
            self.consume(1);
        }
        if self.free() < count {
            return Some(match how {
                How::Try => Told::Full,
                How::Once => Told::Timeout,
                How::Offer => {
                    self.dropped += count as u64;
                    Told::Dropped
                }
                How::Wait | How::Within => unreachable!("it has room by now"),
            });
        }
        let first = self.cursor + self.waiting.len() as Sequence;
        self.claimed(by, count, if panics { Fate::Panicked } else { becomes });
        let sequences = first..first + count as Sequence;
        Some(match () {
            () if panics => Told::Panicked,
            () if one => Told::One(sequences.start),
            () => Told::Many(sequences),
        })
    }

    /// Whether the stage can make room for so many, without the claims that others have leaked.
    fn comes_free(&self, by: usize, count: usize) -> bool {
        let own = Slot::Leaked(self.producers[by]);
        let others = |slot: &Slot| matches!(slot, Slot::Leaked(_)) && *slot != own;
        let passable = self.waiting.iter().position(others).unwrap_or(self.waiting.len());
        self.free() + passable >= count
    }

    /// What follows on a claim that is granted.
    fn claimed(&mut self, by: usize, count: usize, fate: Fate) {
        let slots: Range<usize> = 0..count;
        match fate {
            Fate::Published => {
                self.waiting.extend(slots.map(|at| Slot::Event(self.value + at as i64)));
            }
            // Of one producer nothing is left.
            _ if !self.multi => {}
            Fate::Aborted | Fate::Panicked => self.waiting.extend(slots.map(|_| Slot::Hole)),
            Fate::Leaked => {
                let leaked = Slot::Leaked(self.producers[by]);
                self.waiting.extend(slots.map(|_| leaked));
            }
        }
        self.pass_holes();
    }

    /// Waits until the stage is where the model is, and looks at everything that can be seen from outside.
    pub(crate) fn settle(&self, monitor: &Monitor) {
        let stage = || monitor.stage("work").expect("there is one");
        until("the stage comes where it should be", || stage().cursor == self.cursor);
        assert_eq!(monitor.published(), self.cursor + self.waiting.len() as Sequence);
        assert_eq!((stage().backlog, monitor.free_slots()), (self.waiting.len(), self.free()));
    }
}

fn plain(how: How) -> How {
    match how {
        How::Offer => How::Try,
        How::Within => How::Wait,
        how => how,
    }
}
