//! What an event costs along one dimension: `growth DIMENSION VALUE EVENTS [CONTENDER]`.
//!
//! Everything else is as in the shape `unicast`: numbers through a ring, a stage that adds them up, yielding waits, the result
//! checked. The last line of the output is one number: millions of events a second. `cargo xtask bench` draws a chart a dimension
//! from it, and puts many threads on few cores with it.

mod disruptor_rs;
#[path = "../../../../../examples/throughput/numbers.rs"]
mod numbers;
mod own;
mod queues;
mod work;

use std::process::ExitCode;

use work::Outcome;

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
            println!("{:.6}", events as f64 / took.as_secs_f64() / 1e6);
            ExitCode::SUCCESS
        }
    }
}

fn usage(wrong: &str) -> ExitCode {
    eprintln!("growth: {wrong}\n{USAGE}");
    ExitCode::from(2)
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
