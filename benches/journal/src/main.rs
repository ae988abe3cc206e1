//! The journal beside okaywal, redb, and the device itself, in interleaved rounds.
//!
//! ```text
//! cd benches/journal && cargo run --release -- [DIRECTORY [ROUNDS [ONLY]]]
//! ```
//!
//! `ONLY` is a part of the names of the measures to make. Every figure is in M events/s of events of 128 bytes, unless it says otherwise. Take the ratios of a round, and the best and the median of
//! the rounds: devices and virtual machines are noisy.

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use disruptor_journal::{Journal, Options, Reader, SyncPolicy};
use disruptor_pipeline::disruptor;
use okaywal::{LogVoid, WriteAheadLog};
use redb::{Database, TableDefinition};

type Outcome<T> = Result<T, Box<dyn Error>>;

const EVENT: [u8; 128] = [7; 128];
const BATCH: u64 = 1024;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().unwrap_or_else(|| ".".to_owned()));
    let rounds: usize = arguments.next().map_or(Ok(5), |rounds| rounds.parse())?;
    let only = arguments.next().unwrap_or_default();
    let scratch = tempfile::tempdir_in(directory)?;
    type Measure = fn(&Path) -> Outcome<f64>;
    let mut measures: Vec<(&str, Measure)> = vec![
        ("device: µs a write of 128 KiB and fdatasync", device_sync),
        ("device: sequential write and one sync, M events/s", device_write),
        ("offered 1 M/s, sync a batch", offered),
        ("closed loop, batches of 1,024: this", closed_loop),
        ("closed loop, batches of 1,024: okaywal", closed_loop_okaywal),
        ("closed loop, batches of 1,024: redb", closed_loop_redb),
        ("sync none, 128 bytes", unsynced::<128>),
        ("sync none, 32 bytes", unsynced::<32>),
        ("sync none, 128 bytes, by the thread's processor time", unsynced_by_processor::<128>),
        ("replay", replay),
    ];
    measures.retain(|(name, _)| name.contains(&only));
    let mut figures = vec![Vec::new(); measures.len()];
    for round in 0..rounds {
        for ((name, measure), figures) in measures.iter().zip(&mut figures) {
            let place = scratch.path().join(format!("{round}"));
            std::fs::create_dir(&place)?;
            let figure = measure(&place).map_err(|error| format!("{name}: {error}"))?;
            figures.push(figure);
            std::fs::remove_dir_all(&place)?;
        }
    }
    println!("{:<52} {:>9} {:>9} {:>9}", "", "median", "lowest", "highest");
    for ((name, _), figures) in measures.iter().zip(&figures) {
        let mut sorted = figures.clone();
        sorted.sort_by(f64::total_cmp);
        println!("{name:<52} {:>9.3} {:>9.3} {:>9.3}", sorted[rounds / 2], sorted[0], sorted[rounds - 1]);
    }
    for (name, other) in [("okaywal", 4), ("redb", 5)].into_iter().filter(|_| only.is_empty()) {
        let mut ratios: Vec<f64> = figures[3].iter().zip(&figures[other]).map(|(own, other)| own / other).collect();
        ratios.sort_by(f64::total_cmp);
        println!("this to {name}: median of the rounds' ratios {:.1}, lowest {:.1}", ratios[rounds / 2], ratios[0]);
    }
    Ok(())
}

fn rate(events: u64, begun: Instant) -> f64 {
    events as f64 / begun.elapsed().as_secs_f64() / 1e6
}

/// A file that is full of zeroes, as the journal's segments are.
fn filled(place: &Path) -> Outcome<File> {
    let file = File::create(place.join("device"))?;
    file.write_all_at(&vec![0; 64 << 20], 0)?;
    file.sync_all()?;
    Ok(file)
}

fn device_sync(place: &Path) -> Outcome<f64> {
    let file = filled(place)?;
    let bytes = vec![1; 128 << 10];
    let begun = Instant::now();
    let mut writes = 0;
    while begun.elapsed() < Duration::from_secs(1) {
        file.write_all_at(&bytes, (writes % 512) * bytes.len() as u64)?;
        file.sync_data()?;
        writes += 1;
    }
    Ok(begun.elapsed().as_micros() as f64 / writes as f64)
}

fn device_write(place: &Path) -> Outcome<f64> {
    let file = filled(place)?;
    let bytes = vec![1; 1 << 20];
    let begun = Instant::now();
    for piece in 0..64 {
        file.write_all_at(&bytes, piece << 20)?;
    }
    file.sync_data()?;
    Ok(rate((64 << 20) / 128, begun))
}

/// Events that come at 1 M/s, whatever the journal does; the figure is what was durable in the end, by the time until it was.
fn offered(place: &Path) -> Outcome<f64> {
    const SECONDS: u64 = 3;
    let mut journal = Journal::open(place.join("journal"))?;
    let pipeline = disruptor! {
        event: [u8; 128] = [0; 128];
        ring: 1 << 16;
        wait: Yielding::default();
        journal(&*, end_of_batch) = journal.stage();
        < journal >
    };
    let begun = Instant::now();
    let (fed, _) = pipeline.run(|producer| {
        let mut published = 0;
        while published < SECONDS * 1_000_000 {
            let due = (begun.elapsed().as_micros() as u64).min(SECONDS * 1_000_000);
            while published < due {
                producer.publish(|event| *event = EVENT)?;
                published += 1;
            }
            std::thread::yield_now();
        }
        Ok::<_, disruptor_pipeline::Closed>(published)
    })?;
    let figure = rate(fed?, begun);
    assert_eq!(journal.durable() as u64, SECONDS * 1_000_000);
    Ok(figure)
}

fn closed_loop(place: &Path) -> Outcome<f64> {
    let mut journal = Journal::open(place.join("journal"))?;
    let begun = Instant::now();
    let mut events = 0;
    while begun.elapsed() < Duration::from_secs(1) {
        for event in 1..=BATCH {
            journal.append(&EVENT, event == BATCH)?;
        }
        events += BATCH;
    }
    Ok(rate(events, begun))
}

fn closed_loop_okaywal(place: &Path) -> Outcome<f64> {
    let log = WriteAheadLog::recover(place.join("okaywal"), LogVoid)?;
    let begun = Instant::now();
    let mut events = 0;
    while begun.elapsed() < Duration::from_secs(1) {
        let mut entry = log.begin_entry()?;
        for _ in 0..BATCH {
            entry.write_chunk(&EVENT)?;
        }
        entry.commit()?;
        events += BATCH;
    }
    Ok(rate(events, begun))
}

fn closed_loop_redb(place: &Path) -> Outcome<f64> {
    const TABLE: TableDefinition<u64, &[u8]> = TableDefinition::new("events");
    let database = Database::create(place.join("redb"))?;
    let begun = Instant::now();
    let mut events = 0;
    while begun.elapsed() < Duration::from_secs(1) {
        let transaction = database.begin_write()?;
        {
            let mut table = transaction.open_table(TABLE)?;
            for event in 0..BATCH {
                table.insert(events + event, &EVENT[..])?;
            }
        }
        transaction.commit()?;
        events += BATCH;
    }
    Ok(rate(events, begun))
}

fn unsynced<const N: usize>(place: &Path) -> Outcome<f64> {
    let mut journal = Options::new().sync(SyncPolicy::None).open(place.join("journal"))?;
    let event = [7; N];
    let begun = Instant::now();
    let events = (192 << 20) / N as u64;
    for number in 1..=events {
        journal.append(black_box(&event), number % BATCH == 0)?;
    }
    Ok(rate(events, begun))
}

/// The same, by what the thread itself has had of a processor: on a machine that does other work.
fn unsynced_by_processor<const N: usize>(place: &Path) -> Outcome<f64> {
    let begun = (processor_time()?, Instant::now());
    let figure = unsynced::<N>(place)?;
    let (had, took) = (processor_time()? - begun.0, begun.1.elapsed());
    Ok(figure * took.as_secs_f64() / had.as_secs_f64())
}

/// What this thread has had of a processor.
fn processor_time() -> Outcome<Duration> {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(statistics.split(' ').next().unwrap_or_default().parse()?))
}

fn replay(place: &Path) -> Outcome<f64> {
    let directory = place.join("journal");
    let mut journal = Options::new().sync(SyncPolicy::None).open(&directory)?;
    let events = 1 << 20;
    for number in 1..=events {
        journal.append(&EVENT, number % BATCH == 0)?;
    }
    journal.close()?;
    let mut replay = Reader::open(&directory)?.replay(0)?;
    let begun = Instant::now();
    let mut sum = 0_u64;
    while let Some(event) = replay.next_event()? {
        sum += u64::from(event.bytes[5]);
    }
    let figure = rate(events, begun);
    assert_eq!(sum, 7 * events);
    Ok(figure)
}
