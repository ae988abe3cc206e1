//! What is measured, and what it is held against.

use crate::options::Part;

/// An aim of the project: so many times the peer's best of the rounds.
pub(crate) struct Aim {
    pub(crate) shape: &'static str,
    pub(crate) lmax: f64,
    pub(crate) disruptor_rs: f64,
    pub(crate) limit: f64,
}

const fn aim(shape: &'static str, lmax: f64, disruptor_rs: f64, limit: f64) -> Aim {
    Aim { shape, lmax, disruptor_rs, limit }
}

/// Of the throughput: at least so much.
pub(crate) const THROUGHPUT: [Aim; 7] = [
    aim("unicast", 2.5, 1.2, 0.9),
    aim("unicast-batch", 4.0, 1.2, 0.9),
    aim("pipeline", 5.0, 6.0, 0.9),
    aim("diamond", 5.0, 6.0, 0.9),
    aim("multicast", 5.0, 6.0, 0.9),
    aim("sequencer", 2.5, 4.0, 0.9),
    aim("sequencer-batch", 2.5, 4.0, 0.9),
];

/// Of the latency, p50 and p99: at most so much.
pub(crate) const PING_PONG: Aim = aim("ping-pong", 0.7, 1.0, 1.1);

/// Parts of the slowest contender's throughput at which the load is put on, in per cent.
pub(crate) const LOADS: [u32; 3] = [10, 50, 90];

/// Along what the cost of an event is shown.
pub(crate) struct Dimension {
    /// As `growth` calls it.
    pub(crate) name: &'static str,
    /// The axis, with its unit.
    pub(crate) label: &'static str,
    pub(crate) title: &'static str,
    pub(crate) values: &'static [u64],
    /// Whether each step of the value is one more thread.
    pub(crate) threads: bool,
}

/// The dimensions of the growth.
pub(crate) const GROWTH: [Dimension; 6] = [
    Dimension {
        name: "ring",
        label: "slots of the ring",
        title: "Size of the ring: one producer, one stage",
        values: &[1 << 4, 1 << 6, 1 << 8, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20],
        threads: false,
    },
    Dimension {
        name: "chain",
        label: "stages, one behind the other",
        title: "Stages in a chain",
        values: &[1, 2, 3, 4, 8, 16],
        threads: true,
    },
    Dimension {
        name: "fan-out",
        label: "stages, side by side",
        title: "Width of a fan-out",
        values: &[1, 2, 3, 4, 8, 16],
        threads: true,
    },
    Dimension {
        name: "producers",
        label: "producers of one stage",
        title: "Producers",
        values: &[1, 2, 3, 4, 6, 8],
        threads: true,
    },
    Dimension {
        name: "event",
        label: "bytes of an event, all written and all read",
        title: "Size of an event",
        values: &[8, 16, 32, 64, 128, 256, 512, 1024],
        threads: false,
    },
    Dimension {
        name: "batch",
        label: "events of a publication",
        title: "Size of a batch",
        values: &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
        threads: false,
    },
];

/// What there is beside the shapes.
pub(crate) fn names<'a>() -> impl Iterator<Item = &'a str> {
    let dimensions = GROWTH.iter().map(|dimension| dimension.name);
    dimensions.chain(CROWDS.iter().map(|crowd| crowd.name)).chain(["ping-pong", "load"])
}

/// How many threads there are in all, where they are held against the machine's cores.
pub(crate) const THREADS: [u64; 4] = [2, 4, 8, 16];

/// A shape that has room for any number of threads.
pub(crate) struct Crowd {
    /// As `growth` calls it.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// Threads besides those that the dimension counts.
    pub(crate) others: u64,
}

/// Those that are held against the cores.
pub(crate) const CROWDS: [Crowd; 4] = [
    Crowd { name: "chain", title: "pipeline: one producer, all others in a chain", others: 1 },
    Crowd {
        name: "diamond",
        title: "diamond: one producer, all others side by side, and one behind them",
        others: 2,
    },
    Crowd { name: "fan-out", title: "multicast: one producer, all others side by side", others: 1 },
    Crowd { name: "producers", title: "sequencer: all but one publish", others: 1 },
];

/// The events of a round: fewer where threads are many, so that a round of every contender takes some seconds at most.
pub(crate) fn events(part: Part, events: u64, threads: u64) -> u64 {
    match part {
        Part::Throughput | Part::Latency => events,
        Part::Threads | Part::Growth => (events * 2 / 3 / threads.max(2)).max(1_000),
    }
}

/// The events of a round of one shape: those of `long-array` are of 16 KiB, two thousand times as long as the others.
pub(crate) fn shape_events(shape: &str, events: u64) -> u64 {
    if shape == "long-array" { (events / 100).max(1_000) } else { events }
}

/// The first and the last alone, where it is to be quick.
pub(crate) fn ends<T: Copy>(values: &[T], quick: bool) -> Vec<T> {
    if quick && values.len() > 2 { vec![values[0], values[values.len() - 1]] } else { values.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_run_takes_the_ends() {
        assert_eq!(ends(&[1, 2, 3], true), [1, 3]);
        assert_eq!(ends(&[1, 2, 3], false), [1, 2, 3]);
        assert_eq!(ends(&[1], true), [1]);
    }

    #[test]
    fn many_threads_have_fewer_events() {
        assert_eq!(events(Part::Throughput, 9_000_000, 16), 9_000_000);
        assert!(events(Part::Threads, 9_000_000, 16) < events(Part::Threads, 9_000_000, 2));
    }
}
