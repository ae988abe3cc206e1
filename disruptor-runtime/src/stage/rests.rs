//! A stage's loop rests behind small batches of a dense stream, where its wait has nothing against it. How dense a stream is says a
//! pretended clock.

use std::time::Duration;

use super::costs::{Counted, handled};
use crate::Sequence;
use crate::barrier::{Barrier, Visit};
use crate::memory::Memory;
use crate::sync::PRETENDED_TURN;
use crate::wait::restless::Restless;
use crate::wait::{BusySpin, PhasedBackoff, Wait};
use crate::word::END;

/// The first of these turns of 32 batches begins a trial of six, every second of which has rests.
const TURNS: i64 = 7;
const BATCHES: i64 = 32 * TURNS;
const RESTS: u64 = 32 * 3;

/// Lets so many batches of this size through, each at once or when it was looked for again, and then ends.
#[derive(Clone)]
struct Batches {
    size: i64,
    at_once: bool,
}

impl Batches {
    fn more(&self, next: Sequence) -> i64 {
        if next < self.size * BATCHES { next + self.size } else { next | END }
    }
}

impl Barrier<Counted> for Batches {
    fn look(&mut self, _: &Counted, next: Sequence, _: usize) -> i64 {
        if self.at_once { self.more(next) } else { next }
    }

    fn look_closely(&mut self, _: &Counted, next: Sequence, _: usize, _: bool) -> i64 {
        self.more(next)
    }

    fn signals(&self, _: &Counted, _: Sequence, _: &mut Visit<'_>) {}
}

/// How often a stage has rested that waits so and gets these batches, each turn of which took this long.
fn rests(turn: Duration, wait: impl Wait, batches: &Batches) -> u64 {
    let memory = Counted::new();
    PRETENDED_TURN.set(Some(turn));
    let handled = handled(&memory, 0, wait, batches.clone());
    PRETENDED_TURN.set(None);
    assert_eq!(handled, batches.size * BATCHES);
    memory.stages()[0].counters.read().rests
}

/// Of batches of four: 128 M events/s.
const DENSE: Duration = Duration::from_micros(1);

#[test]
fn a_stage_rests_behind_small_batches_of_a_dense_stream_and_counts_it() {
    let batches = Batches { size: 4, at_once: true };
    assert_eq!(rests(DENSE, BusySpin, &batches), RESTS);
    assert_eq!(rests(DENSE, PhasedBackoff::default(), &batches), RESTS);
    // Of 12.8 M events/s.
    assert_eq!(rests(DENSE * 10, BusySpin, &batches), 0);
}

#[test]
fn a_stage_whose_wait_wants_no_rests_has_none() {
    assert_eq!(rests(DENSE, Restless, &Batches { size: 4, at_once: true }), 0);
}

#[test]
fn there_is_no_rest_behind_a_batch_that_was_waited_for_or_fills_the_ring() {
    assert_eq!(rests(DENSE, BusySpin, &Batches { size: 4, at_once: false }), 0);
    // More than a ring, or than the stage takes at a time, is not looked for.
    assert_eq!(rests(DENSE, BusySpin, &Batches { size: 8, at_once: true }), 0);
}
