//! What each advice of `docs/performance.md` is worth on this machine: `advice [ROUNDS [EVENTS]]`.
//!
//! Each pair, without and with it, runs in turns, and every result is checked. A line a pair: the best of the rounds against the best,
//! and the median of the rounds' ratios; above 1 the advice is worth something.

#[path = "../../../../../examples/throughput/numbers.rs"]
mod numbers;
mod pairs;

use std::process::ExitCode;
use std::time::Duration;

/// What a run has shown: how long it took until all threads had ended, or in what its result was wrong.
type Outcome = Result<Duration, String>;

/// An advice: in words, without it, and with it.
type Pair = (&'static str, fn(i64) -> Outcome, fn(i64) -> Outcome);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: i64| match args.get(place) {
        Some(text) => text.replace('_', "").parse().ok().filter(|number| (1..=1 << 40).contains(number)),
        None => Some(default),
    };
    let (Some(rounds), Some(events), true) = (number(0, 7), number(1, 20_000_000), args.len() <= 2) else {
        eprintln!("advice: two numbers can be given\nusage: advice [ROUNDS [EVENTS]]");
        return ExitCode::from(2);
    };
    println!("{events} events, {rounds} rounds; without / with it: best against best, median of the ratios");
    for (advice, without, with) in pairs::ALL {
        match compared(rounds, events, without, with) {
            Ok((best, median)) => println!("{advice:<60} {best:>6.2} {median:>6.2}"),
            Err(wrong) => {
                eprintln!("advice: {advice}: {wrong}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// The times without it by those with it: the best of all rounds, and the median of the rounds.
fn compared(
    rounds: i64,
    events: i64,
    without: fn(i64) -> Outcome,
    with: fn(i64) -> Outcome,
) -> Result<(f64, f64), String> {
    let (mut best, mut ratios) = ([f64::INFINITY; 2], Vec::new());
    for round in 0..rounds {
        let times = if round % 2 == 0 {
            [without(events)?, with(events)?]
        } else {
            let with = with(events)?;
            [without(events)?, with]
        };
        let times = times.map(|time| time.as_secs_f64());
        best = [best[0].min(times[0]), best[1].min(times[1])];
        ratios.push(times[0] / times[1]);
    }
    ratios.sort_by(f64::total_cmp);
    Ok((best[0] / best[1], ratios[ratios.len() / 2]))
}
