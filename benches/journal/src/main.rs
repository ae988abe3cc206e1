//! The journal beside okaywal, redb, and the device itself, in interleaved rounds.
//!
//! ```text
//! cd benches/journal && cargo run --release -- [DIRECTORY [ROUNDS [ONLY]]]
//! ```
//!
//! `ONLY` is a part of the names of the measures to make. Rates are in M events/s of 128 bytes, unless it says otherwise.
//!
//! What the device does directly (`O_DIRECT`) it does from memory in huge pages, as it does for the journal.
//!
//! Read the rates with the last column beside them: what other processes had of the machine meanwhile. A call that sleeps, as a sync
//! does, gets its processor back late where others compute (on a kernel that does not preempt, after a tick, 4 ms): neither is the device
//! slow then, nor who calls it. So take the ratios of the rounds, the median and the best, and the best rate of each; and what an event
//! takes of a processor, which others have little to do with.

mod device;
mod meter;
mod own;
mod peers;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use meter::{Figure, Processors};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// An event of all measures that do not say otherwise.
const EVENT: [u8; 128] = [7; 128];

/// Events of a batch.
const BATCH: u64 = 1024;

/// Batches that are in flight together, where it is as many as the ring holds.
const FLIGHT: u64 = 64;

/// How long a closed loop runs.
const SLICE: Duration = Duration::from_millis(500);

/// A figure, from a directory of its own.
type Measure = fn(&Path) -> Outcome<Figure>;

/// What is measured, and under which names: those of a group are held against the first of it.
const MEASURES: &[(&str, Measure)] = &[
    ("device: µs an fdatasync of 4 KiB", device::sync::<4096>),
    ("device: µs a write of 128 KiB and fdatasync", device::sync::<{ 128 << 10 }>),
    ("device: µs a write of 8 MiB and fdatasync", device::sync::<{ 8 << 20 }>),
    ("device: µs a durable write of 8 MiB, O_DIRECT", device::sync_direct),
    ("device: sequential write and one sync", device::write),
    ("device: writes of 1 MiB, O_DIRECT, two at a time", device::write_direct),
    ("a new journal: ms until it is open", own::opened),
    ("offered 1 M/s, sync a batch", own::offered),
    ("one batch of 1,024 in flight: this", own::one_in_flight),
    ("one batch of 1,024 in flight: this, keeps 64 MiB", own::one_in_flight_kept),
    ("one batch of 1,024 in flight: okaywal", peers::okaywal::<1>),
    ("one batch of 1,024 in flight: redb", peers::redb),
    ("64 batches in flight: this", own::ring_in_flight),
    ("64 batches in flight: this, keeps 64 MiB", own::ring_in_flight_kept),
    ("64 batches in flight: okaywal, 8 threads", peers::okaywal::<8>),
    ("64 batches in flight: okaywal, 64 threads", peers::okaywal::<64>),
    ("64 batches in flight: redb, 64 a transaction", peers::redb_grouped),
    ("64 batches in flight: redb, 1 of 64 durable", peers::redb_relaxed),
    ("sync none, 128 bytes", own::unsynced::<128>),
    ("sync none, 32 bytes", own::unsynced::<32>),
    ("replay", own::replay),
];

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().unwrap_or_else(|| ".".to_owned()));
    let rounds: usize = arguments.next().map_or(Ok(5), |rounds| rounds.parse())?;
    let only = arguments.next().unwrap_or_default();
    let scratch = tempfile::tempdir_in(directory)?;
    let measures: Vec<_> = MEASURES.iter().filter(|(name, _)| name.contains(&only)).collect();
    // Of each measure, of each round: the figure, and what others had of the machine.
    let mut figures = vec![Vec::new(); measures.len()];
    for round in 0..rounds {
        for ((name, measure), figures) in measures.iter().zip(&mut figures) {
            let place = scratch.path().join(format!("{round}"));
            std::fs::create_dir(&place)?;
            let before = Processors::now()?;
            let figure = measure(&place).map_err(|error| format!("{name}: {error}"))?;
            figures.push((figure, before.others()?));
            std::fs::remove_dir_all(&place)?;
        }
    }
    let (processor, others) = ("ns of a processor", "others had");
    println!("{:<50} {:>9} {:>9} {:>9} {processor:>18} {others:>11}", "", "median", "lowest", "highest");
    for ((name, _), figures) in measures.iter().zip(&figures) {
        let others = median(figures.iter().map(|(_, others)| *others));
        let processor = median(figures.iter().map(|(figure, _)| figure.processor));
        let values = sorted(figures.iter().map(|(figure, _)| figure.value));
        println!(
            "{name:<50} {:>9.3} {:>9.3} {:>9.3} {processor:>18.0} {:>10.0}%",
            values[rounds / 2],
            values[0],
            values[rounds - 1],
            100.0 * others
        );
    }
    for flight in ["one batch of 1,024 in flight: ", "64 batches in flight: "] {
        let of = |who: &str| {
            let name = format!("{flight}{who}");
            measures.iter().zip(&figures).filter(move |((other, _), _)| other.starts_with(&name))
        };
        for (((own, _), figures), peer) in
            of("this").flat_map(|own| ["okaywal", "redb"].map(|peer| (own, peer)))
        {
            if of(peer).next().is_none() {
                continue;
            }
            // Each peer's best of the round.
            let rates = sorted((0..rounds).map(|round| {
                let best = of(peer).map(|(_, figures)| figures[round].0.value).fold(0.0, f64::max);
                figures[round].0.value / best
            }));
            let processors = median((0..rounds).map(|round| {
                let best = of(peer).map(|(_, figures)| figures[round].0.processor).fold(f64::MAX, f64::min);
                best / figures[round].0.processor
            }));
            println!(
                "{own}, to {peer}: the rounds' ratios {:.1} (median), {:.1} to {:.1}; {processors:.1} by the processor",
                rates[rounds / 2],
                rates[0],
                rates[rounds - 1]
            );
        }
    }
    Ok(())
}

fn sorted(figures: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let sorted = sorted(figures);
    sorted[sorted.len() / 2]
}
