//! What a waiting stage looks at, and how often.

use std::time::Duration;

use super::costs::{Counted, handled};
use crate::Sequence;
use crate::barrier::{Barrier, Visit};
use crate::control::State;
use crate::memory::Memory;
use crate::wait::{BusySpin, Idle, Wait};
use crate::word::END;

/// Has an event that close looks alone see, and of these the last of so many; ends behind it.
#[derive(Clone)]
struct Unseen {
    close_looks: usize,
}

impl Barrier<Counted> for Unseen {
    fn look(&mut self, _: &Counted, next: Sequence, _: usize) -> i64 {
        if next == 0 { next } else { next | END }
    }

    fn look_closely(&mut self, memory: &Counted, next: Sequence, most: usize, _: bool) -> i64 {
        self.close_looks = self.close_looks.saturating_sub(1);
        if self.close_looks == 0 && next == 0 { 1 } else { self.look(memory, next, most) }
    }

    fn signals(&self, _: &Counted, _: Sequence, _: &mut Visit<'_>) {}
}

struct Answers(Idle);

impl Wait for Answers {
    const BLOCKS: bool = false;

    fn idle(&mut self, _: u32) -> Idle {
        self.0
    }
}

/// How often a wait with this answer was called until the last of so many close looks.
fn calls(close_looks: usize, answer: Idle) -> u64 {
    let memory = Counted::new();
    assert_eq!(handled(&memory, 0, Answers(answer), Unseen { close_looks }), 1);
    memory.stages()[0].counters.read().looks
}

#[test]
fn a_look_is_close_before_every_fourth_call() {
    assert_eq!([1, 2, 10].map(|close_looks| calls(close_looks, Idle::Look)), [0, 4, 36]);
}

#[test]
fn and_whenever_the_stage_was_parked_or_its_time_was_over() {
    assert_eq!(calls(10, Idle::Timeout), 9);
    assert_eq!(calls(10, Idle::Park(Some(Duration::ZERO))), 9);
}

/// Has an event as soon as the pipeline is halted, while the stage waits.
#[derive(Clone)]
struct Halted {
    looked: bool,
}

impl Barrier<Counted> for Halted {
    fn look(&mut self, memory: &Counted, next: Sequence, _: usize) -> i64 {
        if next > 0 {
            return next | END;
        }
        if std::mem::replace(&mut self.looked, true) {
            memory.cold().control.advance(State::Halted);
            return next + 1;
        }
        next
    }

    fn look_closely(&mut self, _: &Counted, next: Sequence, _: usize, _: bool) -> i64 {
        next
    }

    fn signals(&self, _: &Counted, _: Sequence, _: &mut Visit<'_>) {}
}

#[test]
fn what_comes_to_a_waiting_stage_after_a_halt_is_not_handled() {
    assert_eq!(handled(&Counted::new(), 0, BusySpin, Halted { looked: false }), 0);
}
