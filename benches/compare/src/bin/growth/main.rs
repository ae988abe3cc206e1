//! What an event costs along one dimension: `growth DIMENSION VALUE EVENTS [CONTENDER]`.
//!
//! Everything else is as in the shape `unicast`: numbers through a ring, a stage that adds them up, yielding waits, the result
//! checked. The last line of the output is one number: millions of events a second. `cargo xtask bench` draws a chart a dimension
//! from it, and puts many threads on few cores with it.

mod disruptor_rs;
mod own;
mod queues;

use std::ops::Range;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const USAGE: &str = "\
usage: growth DIMENSION VALUE EVENTS [CONTENDER]
       growth --list
  DIMENSION  ring: slots, 16 to 1048576 | event: bytes, 8 to 1024 | batch: events of a publication, 1 to 1024
             chain, fan-out: stages, 1 to 16 | diamond: stages side by side, before one more | producers: 1 to 16
  EVENTS     how many events to publish in all, such as 3000000
  CONTENDER  disruptor! (default) | disruptor-rs | disruptor-rs-spin | crossbeam";

/// The slots where stages stand behind or beside each other, and of the other shapes: as in `contender`.
const SMALL: usize = 8192;
const LARGE: usize = 1 << 16;

/// What a run has shown: how long it took, or in what its result was wrong.
type Outcome = Result<Duration, String>;

/// Does a dimension's work; `None` where it has not this dimension or value.
type Run = fn(&str, u64, i64) -> Option<Outcome>;

const CONTENDERS: [(&str, &[&str], Run); 4] = [
    ("disruptor!", &own::DIMENSIONS, own::run),
    ("disruptor-rs", &disruptor_rs::DIMENSIONS, disruptor_rs::run_yielding),
    ("disruptor-rs-spin", &disruptor_rs::DIMENSIONS, disruptor_rs::run_spinning),
    ("crossbeam", &queues::DIMENSIONS, queues::run),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args == ["--list"] {
        for (contender, dimensions, _) in CONTENDERS {
            dimensions.iter().for_each(|dimension| println!("{contender} {dimension}"));
        }
        return ExitCode::SUCCESS;
    }
    let (dimension, value, events, contender) = match &args[..] {
        [dimension, value, events] => (dimension, value, events, CONTENDERS[0].0),
        [dimension, value, events, contender] => (dimension, value, events, contender.as_str()),
        _ => return usage("three or four arguments are needed"),
    };
    let Some((_, _, run)) = CONTENDERS.iter().find(|(known, ..)| *known == contender) else {
        return usage(&format!("there is no contender `{contender}`"));
    };
    let Some(events) = events.replace('_', "").parse().ok().filter(|events| (1..=1 << 40).contains(events))
    else {
        return usage(&format!("`{events}` is no number of events"));
    };
    let outcome = value.parse().ok().and_then(|value| run(dimension, value, events));
    match outcome {
        None => usage(&format!("`{contender}` has no dimension `{dimension}` with the value {value}")),
        Some(Err(wrong)) => {
            eprintln!("growth: {contender} {dimension} {value}: {wrong}");
            ExitCode::FAILURE
        }
        Some(Ok(took)) => {
            println!(
                "{events} events, {dimension} {value}, by {contender} in {took:?}, results checked; M events/s:"
            );
            println!("{:.3}", events as f64 / took.as_secs_f64() / 1e6);
            ExitCode::SUCCESS
        }
    }
}

fn usage(wrong: &str) -> ExitCode {
    eprintln!("growth: {wrong}\n{USAGE}");
    ExitCode::from(2)
}

/// What every stage of every contender does: it adds up, and looks at the clock with its last event.
struct Adder {
    sum: i64,
    left: i64,
    ended: Option<Instant>,
}

impl Adder {
    fn new(events: i64) -> Self {
        Self { sum: 0, left: events, ended: None }
    }

    #[inline(always)]
    fn add(&mut self, value: i64) {
        self.sum = self.sum.wrapping_add(value);
        self.left -= 1;
        if self.left == 0 {
            self.ended = Some(Instant::now());
        }
    }
}

/// Compares what every stage has added up with what it must be, and gives the time to the last stage's last event.
fn checked(stages: &[Adder], expected: i64, begun: Instant) -> Outcome {
    for stage in stages {
        if stage.sum != expected || stage.left != 0 {
            return Err(format!("a stage has {} with {} events left, not {expected}", stage.sum, stage.left));
        }
    }
    let ended = stages.iter().map(|stage| stage.ended).max().flatten();
    ended.map(|ended| ended - begun).ok_or_else(|| "there were no events".to_owned())
}

/// 0 + 1 + … below `events`.
fn sum_below(events: i64) -> i64 {
    (i128::from(events) * i128::from(events - 1) / 2) as i64
}

/// What each of so many producers publishes.
fn shares(events: i64, producers: u64) -> impl Iterator<Item = Range<i64>> {
    let border = move |place: u64| (i128::from(events) * i128::from(place) / i128::from(producers)) as i64;
    (0..producers).map(move |place| border(place)..border(place + 1))
}

/// The eight-byte words of an event of so many bytes hold its number, all of them.
#[inline(always)]
fn write_words<const WORDS: usize>(event: &mut [i64; WORDS], value: i64) {
    event.fill(value);
}

#[inline(always)]
fn add_words<const WORDS: usize>(event: &[i64; WORDS]) -> i64 {
    event.iter().fold(0, |sum, word| sum.wrapping_add(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEW: i64 = 3_000;

    #[test]
    fn every_contender_does_every_dimension_right() {
        let mut measured = 0;
        for (contender, dimensions, run) in CONTENDERS {
            for dimension in dimensions {
                let values: &[u64] = match *dimension {
                    "ring" => &[16, 1 << 20],
                    "event" => &[8, 1024],
                    "batch" => &[1, 7, 1024],
                    "diamond" => &[2, 14],
                    _ => &[1, 3, 16],
                };
                for value in values {
                    let outcome = run(dimension, *value, FEW);
                    let outcome = outcome.unwrap_or_else(|| panic!("{contender} has {dimension} {value}"));
                    assert!(outcome.is_ok(), "{contender} {dimension} {value}: {outcome:?}");
                    measured += 1;
                }
            }
            assert!(run("speed", 1, FEW).is_none());
        }
        assert!(measured > 40, "{measured}");
    }

    #[test]
    fn a_wrong_sum_is_noticed() {
        let begun = Instant::now();
        let mut adder = Adder::new(2);
        adder.add(3);
        assert!(checked(&[adder], 3, begun).is_err(), "an event is missing");
        let mut adder = Adder::new(2);
        adder.add(3);
        adder.add(4);
        assert!(checked(std::slice::from_ref(&adder), 6, begun).is_err());
        assert!(checked(&[adder], 7, begun).is_ok());
    }

    #[test]
    fn shares_are_all_of_it() {
        let all: Vec<i64> = shares(10, 3).flatten().collect();
        assert_eq!(all, (0..10).collect::<Vec<_>>());
    }
}
