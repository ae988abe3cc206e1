//! What was measured, as it stands in `docs/benchmarks/figures.json`: all that the page is drawn from.

use serde::{Deserialize, Serialize};

/// Everything, a section at a time: each was measured under conditions of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// LMAX's shapes.
    pub(crate) throughput: Option<Section>,
    /// Shapes with 2 to 16 threads.
    pub(crate) threads: Option<Section>,
    /// Cost against size.
    pub(crate) growth: Option<Section>,
    /// Ping-pong, and open-loop load.
    pub(crate) latency: Option<LatencySection>,
}

/// A section of which every reading is a rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Section {
    pub(crate) conditions: Conditions,
    pub(crate) series: Vec<Series>,
}

/// What one contender did in one shape, round by round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Series {
    /// A shape of LMAX's list, or a dimension such as `ring`.
    pub(crate) group: String,
    /// Where along the dimension; 0 for a shape that has none.
    pub(crate) value: u64,
    pub(crate) contender: String,
    /// How many events went through in a round.
    pub(crate) events: u64,
    pub(crate) rounds: Vec<Reading>,
}

/// What a round has shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Reading {
    /// M events/s, the result checked.
    Rate(f64),
    /// It ran out of time: fewer M events/s than this.
    Below(f64),
    /// Its result was wrong, or it failed: what it said.
    Wrong(String),
    /// It was not started, as it had run out of time before.
    Skipped,
}

impl Reading {
    /// M events/s, where it came to an end.
    pub(crate) fn rate(&self) -> Option<f64> {
        if let Self::Rate(rate) = self { Some(*rate) } else { None }
    }

    /// M events/s that were not reached, where it ran out of time.
    pub(crate) fn bound(&self) -> Option<f64> {
        if let Self::Below(bound) = self { Some(*bound) } else { None }
    }
}

/// The section on latency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LatencySection {
    pub(crate) conditions: Conditions,
    /// The rate of which the rows of the load are parts, in M events/s, and whose it is: of a quick run, nobody's.
    pub(crate) base: f64,
    pub(crate) base_of: String,
    pub(crate) series: Vec<LatencySeries>,
}

/// The latencies of one contender under one load, round by round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LatencySeries {
    pub(crate) contender: String,
    /// Events a second that were asked for; `None` for ping-pong.
    pub(crate) rate: Option<f64>,
    /// The same, in per cent of the base.
    pub(crate) percent: Option<u32>,
    pub(crate) rounds: Vec<Latency>,
    /// Rounds that gave nothing, and why.
    pub(crate) without: Vec<String>,
}

/// Latencies of a round, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) events: u64,
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    pub(crate) p9999: f64,
    pub(crate) max: f64,
}

/// Under what conditions a section was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Conditions {
    pub(crate) machine: Machine,
    /// Days since 1970 would not be read by anybody: `2026-11-21`.
    pub(crate) date: String,
    pub(crate) rounds: usize,
    /// Of a throughput's round.
    pub(crate) events: u64,
    /// Seconds after which a process is stopped.
    pub(crate) limit: f64,
    /// Load averages of 1, 5 and 15 minutes.
    pub(crate) load_before: Option<[f64; 3]>,
    pub(crate) load_after: Option<[f64; 3]>,
    /// How long a cache line took from one core to another at best, in ns, round by round.
    pub(crate) line: Vec<f64>,
    pub(crate) others: Others,
    /// Contenders that took no part, and why.
    pub(crate) absent: Vec<(String, String)>,
}

/// What else the machine did meanwhile, in parts of one core.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Others {
    /// Other processes.
    pub(crate) busy: f64,
    /// What the hypervisor gave to other machines.
    pub(crate) stolen: f64,
    /// Names of the busiest, and their parts.
    pub(crate) busiest: Vec<(String, f64)>,
}

/// What a section was measured on, and with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) rustc: String,
    /// Versions of Java and of LMAX's library, where they are there.
    pub(crate) lmax: Option<String>,
    pub(crate) commit: String,
}
