//! Counted instructions of the hot path: what is counted, over how much, and the baseline. `hot_path` counts, `check` compares.

#![forbid(unsafe_code)]

mod baseline;
mod counts;
mod measures;

pub use baseline::{ACCEPT, Baseline, TOLERANCE, compiler, grown, table, with_table, written};
pub use counts::{Counts, Figure, figures};
pub use measures::{Counted, MEASURES, Measure};

/// So many events, or polls, of which the mean is taken: a multiple of every batch.
pub const EVENTS: u64 = 102_400;

/// The events of the smaller of two pipelines; the larger has [`EVENTS`] more. What both pay once drops out of the difference.
pub const SMALL: u64 = 1_280;

/// The slots of the ring: all events have room, and no producer waits.
pub const RING: usize = 1 << 17;

const _: () =
    assert!(EVENTS + SMALL < RING as u64 && EVENTS.is_multiple_of(640) && SMALL.is_multiple_of(640));
