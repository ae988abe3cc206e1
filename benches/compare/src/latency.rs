//! Latencies: how long an event takes.
//!
//! | file | |
//! |---|---|
//! | `clock` | what is read, and what a look costs |
//! | `links` | a ring of each contender that hands numbers from a thread to a stage |
//! | `ping_pong` | there and back, over two rings |
//! | `load` | an open loop: events that come when they come |

mod clock;
mod links;
mod load;
mod ping_pong;

use std::str::FromStr;

use hdrhistogram::Histogram;

pub use clock::cost as clock_cost;

pub(crate) use links::{DisruptorRs, Limit, Link, Own, Queued};

/// The slots of a ring here, as in LMAX's test.
const SLOTS: usize = 1024;

/// What is measured of latencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There and back, over two rings.
    PingPong,
    /// From the moment when an event was to be published until its stage has it.
    Load,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::PingPong, Self::Load];

    /// Its name on the command line and in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PingPong => "ping-pong",
            Self::Load => "load",
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| format!("there is no kind `{name}`: ping-pong | load"))
    }
}

/// The longest latency that is told from others, in nanoseconds.
const HOUR: u64 = 3_600_000_000_000;

/// What was measured, in nanoseconds.
#[derive(Clone, Debug)]
pub struct Latencies(Histogram<u64>);

impl Latencies {
    /// What so large a part of the events did not exceed, to three digits.
    #[must_use]
    pub fn quantile(&self, part: f64) -> u64 {
        self.0.value_at_quantile(part)
    }

    /// The longest.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.0.max()
    }

    /// How many there are, those included that the correction has added.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// From a nanosecond to an hour, to three digits.
    fn new() -> Self {
        Self(Histogram::new_with_bounds(1, HOUR, 3).expect("bounds in order"))
    }

    /// What is shorter counts as a nanosecond, what is longer as an hour.
    fn record(&mut self, latency: i64) {
        self.0.saturating_record(latency.max(1) as u64);
    }

    /// The same where so many nanoseconds were to pass from one to the next: a longer one has held up others, which are added.
    fn record_expecting(&mut self, latency: i64, interval: i64) {
        let latency = (latency.max(1) as u64).min(HOUR);
        self.0.record_correct(latency, interval as u64).expect("within the bounds");
    }
}

/// Measures round trips: so many of them, with a pause of a microsecond before each.
pub(crate) fn ping_pong(link: &impl Link, events: i64) -> Result<Latencies, String> {
    ping_pong::measured(link, events)
}

/// Measures so many events a second, for so many seconds.
pub(crate) fn load(link: &impl Link, rate: i64, seconds: i64) -> Result<Latencies, String> {
    load::measured(link, rate, seconds)
}
