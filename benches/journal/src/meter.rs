//! What a measure took: of the clock, of the processors, and what others had of these.

use std::fs;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::Outcome;

/// What came out.
#[derive(Clone, Copy)]
pub struct Figure {
    /// By the clock: M events/s, or what the measure's name says.
    pub value: f64,
    /// Nanoseconds of a processor for each event or step, all threads of this process together, what the system did for them included.
    pub processor: f64,
}

/// A clock that runs.
pub struct Meter {
    begun: Instant,
    processor: Duration,
}

/// What this process has had of processors.
fn processor() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap_or_default()
}

impl Meter {
    /// From now on.
    pub fn start() -> Self {
        Self { begun: Instant::now(), processor: processor() }
    }

    /// The time since then.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// So many events were done: in M events/s.
    pub fn rate(&self, events: u64) -> Figure {
        self.figure(events, events as f64 / self.elapsed().as_secs_f64() / 1e6)
    }

    /// So many steps were done: in microseconds of each.
    pub fn microseconds(&self, steps: u64) -> Figure {
        self.figure(steps, self.elapsed().as_secs_f64() * 1e6 / steps as f64)
    }

    /// One step was done: in milliseconds.
    pub fn milliseconds(&self) -> Figure {
        self.figure(1, self.elapsed().as_secs_f64() * 1e3)
    }

    fn figure(&self, steps: u64, value: f64) -> Figure {
        Figure { value, processor: (processor() - self.processor).as_nanos() as f64 / steps as f64 }
    }
}

/// What has been used of the processors up to a moment.
pub struct Processors {
    at: Instant,
    /// By all, in ticks of the statistics.
    busy: u64,
    own: Duration,
}

impl Processors {
    /// Up to now.
    pub fn now() -> Outcome<Self> {
        let all = fs::read_to_string("/proc/stat")?;
        let all: Vec<u64> = all
            .lines()
            .next()
            .unwrap_or_default()
            .split(' ')
            .filter_map(|ticks| ticks.parse().ok())
            .collect();
        // user, nice, system, idle, iowait, irq, softirq.
        let busy = all.iter().take(3).chain(all.iter().skip(5).take(2)).sum();
        Ok(Self { at: Instant::now(), busy, own: processor() })
    }

    /// The part of the machine that others had since then: of all of its processors, from 0 to 1.
    pub fn others(&self) -> Outcome<f64> {
        let now = Self::now()?;
        let busy = (now.busy - self.busy) as f64 / 100.0;
        let others = (busy - (now.own - self.own).as_secs_f64()).max(0.0);
        let processors = std::thread::available_parallelism()?.get() as f64;
        Ok(others / (now.at - self.at).as_secs_f64() / processors)
    }
}
