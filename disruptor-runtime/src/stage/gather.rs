//! Letting events gather, where that makes a dense stream faster.
//!
//! A stage that looks at once whenever it has handled a few events takes the line of the word that it looks at, and those of the slots,
//! from whoever writes them for each few: the two run in step, and what an event costs is the way of a line from core to core.
//! If it rests for a moment, the writer keeps its lines meanwhile, and the lines go once for hundreds of events.
//!
//! For whom lines are not what holds them up, a rest is latency for nothing. A stage cannot see what holds up others; so it tries: in
//! turns it does without and with rests for a few batches, and times the stream. It rests while that makes it half as fast again.

use std::ops::Range;
use std::time::Duration;

use crate::Sequence;
use crate::observe::Counters;
use crate::sync::{Lap, hint};

/// The batches after which it may be worth it. Fewer events are no stream; more are not in step.
const SMALL: Range<i64> = 4..512;
/// For so many hints, some 1.5 µs; of 16 to 256 the best, or near it, wherever a line takes 20 or 260 ns: docs/performance.md.
const HINTS: u32 = 64;
/// So many small batches are a turn, at whose end the clock is looked at.
const TURN: u32 = 32;

/// How a stage finds out whether to rest.
#[derive(Debug)]
pub(super) struct Gather {
    wanted: bool,
    trials: Trials,
    rests: bool,
    small: u32,
    /// Where the stage was when the turn began.
    from: Sequence,
    lap: Lap,
}

impl Gather {
    /// As the stage's wait wants it.
    pub(super) fn new(wanted: bool) -> Self {
        let (trials, lap) = (Trials::default(), Lap::default());
        Self { wanted, trials, rests: false, small: 0, from: 0, lap }
    }

    /// To be called behind a batch that was all there was: rests, if it is a small one that was there at the stage's first look, and
    /// rests are worth it.
    #[inline(always)]
    pub(super) fn behind(&mut self, next: Sequence, end: Sequence, at_once: bool, counters: &Counters) {
        if SMALL.contains(&(end - next)) && at_once {
            self.behind_small(end, counters);
        }
    }

    #[cold]
    #[inline(never)]
    fn behind_small(&mut self, end: Sequence, counters: &Counters) {
        if self.counted(end, Lap::turn) {
            counters.rest();
            (0..HINTS).for_each(|_| hint::spin_loop());
        }
    }

    /// True if there is to be a rest behind this batch. What a turn has taken says `time`, if it is known.
    fn counted(&mut self, end: Sequence, time: impl FnOnce(&mut Lap) -> Option<Duration>) -> bool {
        self.small += u32::from(self.wanted);
        if self.small == TURN {
            self.small = 0;
            if let Some(time) = time(&mut self.lap) {
                self.rests = self.trials.turn((end - self.from) as f64, time);
            }
            self.from = end;
        }
        self.rests
    }
}

/// Turns with and without rests, and what they have shown.
#[derive(Debug)]
struct Trials {
    /// What the last trial has shown.
    worth_it: bool,
    /// The time since then, and how long it is until the next.
    since: Duration,
    again: Duration,
    /// The turns of the trial that runs, and for how many pairs the one with rests was faster.
    turns: Option<u32>,
    faster: u32,
    /// Events a second in the last turn without.
    without: f64,
}

impl Default for Trials {
    /// The first one is at once.
    fn default() -> Self {
        let (since, again) = (Duration::ZERO, Duration::ZERO);
        Self { worth_it: false, since, again, turns: None, faster: 0, without: 0.0 }
    }
}

impl Trials {
    /// A trial is three pairs of turns, one without rests and one with them; two pairs decide, since others may get the core in one.
    const TURNS: u32 = 6;
    const ENOUGH: u32 = 2;
    const GAIN: f64 = 1.5;
    /// Events a second from which on there are trials. In thinner streams of small events lines hold up nobody; of large ones they might,
    /// but there a rest is longer than it is worth.
    const DENSE: f64 = 20e6;
    /// The time between two trials: while rests are worth it, and at first and at most where they are not.
    const WHILE_WORTH: Duration = Duration::from_millis(10);
    const FIRST: Duration = Duration::from_millis(1);
    const LAST: Duration = Duration::from_secs(1);

    /// A turn of so many events has taken that long. True if there are to be rests in the next.
    fn turn(&mut self, events: f64, time: Duration) -> bool {
        let rate = events / time.as_secs_f64();
        if rate <= Self::DENSE {
            return self.thin(time);
        }
        match self.turns {
            None => {
                self.since += time;
                if self.since >= self.again {
                    (self.turns, self.faster) = (Some(0), 0);
                    return false;
                }
                return self.worth_it;
            }
            Some(turn) if turn % 2 == 0 => self.without = rate,
            Some(_) => self.faster += u32::from(rate > Self::GAIN * self.without),
        }
        self.turns = self.turns.map(|turn| turn + 1).filter(|turn| *turn < Self::TURNS);
        match self.turns {
            Some(turn) => turn % 2 == 1,
            None => self.decide(),
        }
    }

    /// The stream was not dense, if only for a moment: then what a turn took says nothing of lines, and a trial has shown nothing.
    fn thin(&mut self, time: Duration) -> bool {
        self.since += time;
        let before = self.worth_it;
        if self.turns.take().is_some() || before {
            self.faster = 0;
            self.decide();
        }
        if before {
            // Others may have had the core: it is tried again as soon as the stream is dense.
            self.again = Duration::ZERO;
        }
        false
    }

    fn decide(&mut self) -> bool {
        let before = std::mem::replace(&mut self.worth_it, self.faster >= Self::ENOUGH);
        self.since = Duration::ZERO;
        self.again = match (before, self.worth_it) {
            (_, true) => Self::WHILE_WORTH,
            (true, false) => Self::FIRST,
            (false, false) => (self.again * 2).clamp(Self::FIRST, Self::LAST),
        };
        self.worth_it
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: f64 = 320.0;

    /// Turns at these rates, in millions of events a second, without rests and with them, for so long: the time, and the part of it in
    /// turns with rests.
    fn part_with_rests(trials: &mut Trials, without: f64, with: f64, long: Duration) -> f64 {
        let (mut rests, mut time, mut rested) = (false, Duration::ZERO, Duration::ZERO);
        while time < long {
            let turn = Duration::from_secs_f64(EVENTS / (1e6 * if rests { with } else { without }));
            time += turn;
            rested += if rests { turn } else { Duration::ZERO };
            rests = trials.turn(EVENTS, turn);
        }
        rested.as_secs_f64() / time.as_secs_f64()
    }

    #[test]
    #[cfg_attr(miri, ignore = "millions of turns, and nothing unsafe")]
    fn a_stage_rests_where_that_is_faster() {
        let mut trials = Trials::default();
        assert!(part_with_rests(&mut trials, 40.0, 200.0, Duration::from_millis(50)) > 0.98);
    }

    #[test]
    #[cfg_attr(miri, ignore = "millions of turns, and nothing unsafe")]
    fn and_not_where_it_is_not_or_hardly() {
        for with in [40.0, 100.0, 140.0] {
            let mut trials = Trials::default();
            assert!(part_with_rests(&mut trials, 100.0, with, Duration::from_secs(1)) < 0.001, "{with}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "millions of turns, and nothing unsafe")]
    fn in_a_thin_stream_it_does_not_even_try() {
        let mut trials = Trials::default();
        assert_eq!(part_with_rests(&mut trials, 19.0, 200.0, Duration::from_millis(50)), 0.0);
    }

    #[test]
    #[cfg_attr(miri, ignore = "millions of turns, and nothing unsafe")]
    fn what_was_worth_it_is_tried_again() {
        let mut trials = Trials::default();
        assert!(part_with_rests(&mut trials, 40.0, 200.0, Duration::from_millis(50)) > 0.98);
        assert!(part_with_rests(&mut trials, 200.0, 200.0, Duration::from_secs(1)) < 0.02);
        assert!(part_with_rests(&mut trials, 40.0, 200.0, Duration::from_secs(10)) > 0.85);
        // A stream that has become thin at once.
        let turn = Duration::from_micros(100);
        assert!(trials.turn(turn.as_secs_f64() * 200e6, turn));
        assert!(!trials.turn(turn.as_secs_f64() * 10e6, turn));
        // And dense again, where rests are worth it.
        assert!(part_with_rests(&mut trials, 40.0, 200.0, Duration::from_millis(1)) > 0.8);
    }

    /// Turns of a trial, at these rates.
    fn trial(rates: [f64; 6]) -> Trials {
        let mut trials = Trials::default();
        for rate in [100.0].into_iter().chain(rates) {
            trials.turn(EVENTS, Duration::from_secs_f64(EVENTS / (1e6 * rate)));
        }
        trials
    }

    #[test]
    fn two_pairs_of_three_decide() {
        assert!(trial([40.0, 200.0, 40.0, 200.0, 40.0, 40.0]).worth_it);
        assert!(trial([40.0, 200.0, 200.0, 40.0, 40.0, 200.0]).worth_it);
        assert!(!trial([40.0, 200.0, 40.0, 40.0, 40.0, 40.0]).worth_it);
    }

    #[test]
    fn a_lull_ends_a_trial_which_has_then_shown_nothing() {
        for lull in 0..6 {
            let mut rates = [40.0, 200.0, 40.0, 200.0, 40.0, 200.0];
            rates[lull] = 1.0;
            let trials = trial(rates);
            assert!(!trials.worth_it, "turn {lull}");
            assert_eq!(trials.again, Trials::FIRST, "turn {lull}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "millions of turns, and nothing unsafe")]
    fn a_source_in_bursts_is_no_reason_to_rest() {
        let mut trials = Trials::default();
        let mut rested = 0;
        // Every third turn has a lull in it, whether there are rests or not.
        for turn in 0..30_000 {
            let time = Duration::from_secs_f64(EVENTS / 200e6);
            let lull = Duration::from_micros(if turn % 3 == 0 { 400 } else { 0 });
            rested += u32::from(trials.turn(EVENTS, time + lull));
        }
        assert!(rested < 60, "{rested}");
    }

    #[test]
    fn what_the_trials_say_is_done() {
        let mut gather = Gather::new(true);
        let (mut end, mut rests) = (0, 0);
        for _ in 0..1_000 * TURN {
            end += 100;
            let took = Duration::from_micros(if gather.rests { 16 } else { 80 });
            rests += u32::from(gather.counted(end, |_| Some(took)));
        }
        assert!(rests > 900 * TURN, "{rests}");
        // And from where it was when the turn began.
        assert_eq!((gather.small, gather.from), (0, end));
    }

    #[test]
    fn other_batches_are_no_turns() {
        let mut gather = Gather::new(true);
        for (size, at_once, small) in
            [(3, true, 0), (512, true, 0), (100, false, 0), (4, true, 1), (511, true, 2)]
        {
            gather.behind(0, size, at_once, &Counters::default());
            assert_eq!(gather.small, small, "{size}");
        }
    }

    #[test]
    fn a_wait_that_does_not_want_it_is_spared() {
        let mut gather = Gather::new(false);
        (0..100).for_each(|batch| gather.behind(batch * 8, batch * 8 + 8, true, &Counters::default()));
        assert_eq!(gather.small, 0);
    }
}
