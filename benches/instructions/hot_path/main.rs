//! Counts the instructions of the hot path, each bench in a process of its own under valgrind.
//!
//! Counts are repeatable where times are not, if nobody waits: the ring has room for all events, a stage begins when everything is
//! published and what it stands behind has handled it, and a poll finds one event. How each bench is counted is said in
//! `instructions::MEASURES`.

#![forbid(unsafe_code)]

mod polling;
mod publishing;
mod stages;

use gungraun::{Callgrind, EntryPoint, LibraryBenchmarkConfig, main};
use polling::pollers;
use publishing::producers;
use stages::loops;

/// The instructions in here are counted, where the bench says [`calls`].
#[inline(never)]
fn counted<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Counts what [`counted`] does, and nothing else.
fn calls() -> LibraryBenchmarkConfig {
    callgrind(EntryPoint::Custom("*hot_path::counted*".to_owned()))
}

/// Counts everything, each thread for itself.
fn threads() -> LibraryBenchmarkConfig {
    callgrind(EntryPoint::None)
}

fn callgrind(entry: EntryPoint) -> LibraryBenchmarkConfig {
    let mut callgrind = Callgrind::with_args(["--cache-sim=no", "--separate-threads=yes"]);
    callgrind.entry_point(entry);
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(callgrind);
    config
}

main!(library_benchmark_groups = [producers, loops, pollers]);
