//! What is measured: numbers that every stage adds up, and that are checked in the end.

use std::time::{Duration, Instant};

/// What a run has shown: how long it took, or in what its result was wrong.
pub(crate) type Outcome = Result<Duration, String>;

/// What every stage of every contender does: it adds up, and looks at the clock with its last event.
#[derive(Clone, Copy)]
pub(crate) struct Adder {
    pub(crate) sum: i64,
    pub(crate) left: i64,
    ended: Option<Instant>,
}

impl Adder {
    pub(crate) fn new(events: i64) -> Self {
        Self { sum: 0, left: events, ended: None }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, value: i64) {
        self.sum = self.sum.wrapping_add(value);
        self.left -= 1;
        if self.left == 0 {
            self.ended = Some(Instant::now());
        }
    }
}

/// Compares what every stage has added up with what it must be, and gives the time to the last stage's last event.
pub(crate) fn checked(stages: &[Adder], expected: i64, begun: Instant) -> Outcome {
    for stage in stages {
        if stage.sum != expected || stage.left != 0 {
            return Err(format!("a stage has {} with {} events left, not {expected}", stage.sum, stage.left));
        }
    }
    let ended = stages.iter().map(|stage| stage.ended).max().flatten();
    ended.map(|ended| ended - begun).ok_or_else(|| "there were no events".to_owned())
}
