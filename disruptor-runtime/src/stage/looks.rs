//! What a waiting stage looks at, and how often.

use std::cell::Cell;
use std::time::Duration;

use super::costs::{Counted, handled};
use crate::Sequence;
use crate::barrier::{Barrier, Visit};
use crate::control::State;
use crate::memory::Memory;
use crate::wait::{BusySpin, Idle, Wait};
use crate::word::END;

/// Ends where that is seen by a close look alone, and by the last of so many.
#[derive(Clone)]
struct Unseen {
    close_looks: usize,
}

impl Barrier<Counted> for Unseen {
    fn look(&mut self, _: &Counted, next: Sequence, _: usize) -> i64 {
        next
    }

    fn look_closely(&mut self, _: &Counted, next: Sequence, _: usize, _: bool) -> i64 {
        self.close_looks -= 1;
        if self.close_looks == 0 { next | END } else { next }
    }

    fn signals(&self, _: &Counted, _: Sequence, _: &mut Visit<'_>) {}
}

thread_local! {
    /// How often this thread's wait was called.
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

/// Counts its calls, and answers as it is told to.
struct Calls(Idle);

impl Wait for Calls {
    const BLOCKS: bool = false;

    fn idle(&mut self, _: u32) -> Idle {
        CALLS.set(CALLS.get() + 1);
        self.0
    }
}

/// The calls of a wait with this answer until an end is seen that only the last of so many close looks tells of.
fn calls(close_looks: usize, answer: Idle) -> usize {
    CALLS.set(0);
    assert_eq!(handled(&Counted::new(), 0, Calls(answer), Unseen { close_looks }), 0);
    CALLS.get()
}

#[test]
fn an_end_from_outside_is_looked_for_before_every_fourth_call() {
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
