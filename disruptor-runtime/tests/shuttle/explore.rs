//! From seeds to orders: those that once failed first, then new ones.

use std::env;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use shuttle::Runner;
use shuttle::scheduler::{PctScheduler, RandomScheduler};

/// Seeds that have shown a defect: the test, `random` or `pct`, the seed.
const KNOWN: &str = include_str!("seeds.txt");

/// How many orders of PCT come from one seed: it learns from the first how long a run is.
const OF_ONE_SEED: usize = 20;

/// How many threads PCT interrupts.
const DEPTH: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Random,
    Pct,
}

/// Says on which seed a test has failed.
struct Trying<'a>(&'a str, Kind, u64);

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self(test, kind, seed) = self;
            let kind = format!("{kind:?}").to_lowercase();
            eprintln!("to try this order again, add to `tests/shuttle/seeds.txt`: {test} {kind} {seed}");
        }
    }
}

fn attempt(test: &str, kind: Kind, seed: u64, body: fn()) {
    let _trying = Trying(test, kind, seed);
    let mut config = shuttle::Config::new();
    config.stack_size = 1 << 18;
    config.silence_warnings = true;
    match kind {
        Kind::Random => _ = Runner::new(RandomScheduler::new_from_seed(seed, 1), config).run(body),
        Kind::Pct => {
            _ = Runner::new(PctScheduler::new_from_seed(seed, DEPTH, OF_ONE_SEED), config).run(body);
        }
    }
}

/// Runs `body` in the orders of the seeds that are known for this test, and then for some seconds in new ones: 8, or as many as
/// `SHUTTLE_SECONDS` says.
pub(crate) fn explore(test: &str, body: fn()) {
    for line in KNOWN.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let words: Vec<_> = line.split_whitespace().collect();
        let [of, kind, seed] = words[..] else { panic!("not a test, a scheduler and a seed: {line}") };
        if of == test {
            let kind = if kind == "pct" { Kind::Pct } else { Kind::Random };
            attempt(test, kind, seed.parse().expect("a seed is a number"), body);
        }
    }
    let seconds = env::var("SHUTTLE_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(8);
    let begun = Instant::now();
    let first = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
    let mut tried: u64 = 0;
    // One kind after the other, and each at least once, however slow the machine is.
    while tried < 2 || begun.elapsed() < Duration::from_secs(seconds) {
        let kind = if tried % (OF_ONE_SEED as u64 + 1) == 1 { Kind::Pct } else { Kind::Random };
        attempt(test, kind, first.wrapping_add(tried), body);
        tried += 1;
    }
    println!("{test}: {tried} seeds");
}
