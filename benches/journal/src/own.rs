//! This journal.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use disruptor_journal::{Journal, Options, Reader, Retention, SyncPolicy};
use disruptor_pipeline::disruptor;

use crate::meter::{Figure, Meter};
use crate::{BATCH, EVENT, Outcome, SLICE};

/// Opens a journal, and waits until the segment behind the first is made: what is measured is to be the work that goes on, not the
/// beginning.
fn open(options: Options, place: &Path) -> Outcome<Journal> {
    let directory = place.join("journal");
    let journal = options.open(&directory)?;
    let begun = Instant::now();
    while !directory.join(format!("{:020}.segment", 2)).exists() {
        if begun.elapsed() > Duration::from_secs(60) {
            return Err("the second segment is not made".into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(journal)
}

/// As okaywal with `LogVoid`: what is not needed any more goes, and its files, of 32 MiB, are used again. It has gone around.
fn kept(place: &Path) -> Outcome<Journal> {
    let options = Options::new().segment_size(32 << 20).retention(Retention::Size(64 << 20));
    let mut journal = open(options, place)?;
    for event in 1..=1536 * BATCH {
        journal.append(&EVENT, event % (8 * BATCH) == 0)?;
    }
    Ok(journal)
}

/// Events that come at 1 M/s, whatever the journal does; the figure is what was durable in the end, by the time until it was.
pub fn offered(place: &Path) -> Outcome<Figure> {
    const SECONDS: u64 = 3;
    let mut journal = open(Options::new(), place)?;
    let pipeline = disruptor! {
        event: [u8; 128] = [0; 128];
        ring: 1 << 16;
        wait: Yielding::default();
        journal(&*, end_of_batch) = journal.stage();
        < journal >
    };
    let (meter, begun) = (Meter::start(), Instant::now());
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
    let figure = meter.rate(fed?);
    assert_eq!(journal.durable() as u64, SECONDS * 1_000_000);
    Ok(figure)
}

/// One thread, which waits until a batch is durable before it begins the next.
pub fn one_in_flight(place: &Path) -> Outcome<Figure> {
    one_by_one(open(Options::new(), place)?)
}

/// The same, of a journal that lets go of what is old.
pub fn one_in_flight_kept(place: &Path) -> Outcome<Figure> {
    one_by_one(kept(place)?)
}

fn one_by_one(mut journal: Journal) -> Outcome<Figure> {
    let meter = Meter::start();
    let mut events = 0;
    while meter.elapsed() < SLICE {
        for event in 1..=BATCH {
            journal.append(&EVENT, event == BATCH)?;
        }
        events += BATCH;
    }
    Ok(meter.rate(events))
}

/// A producer that publishes batches as long as the ring, of 64 batches, has room: each sync is for what has gathered. Both block where
/// they wait, as the peers' threads do.
pub fn ring_in_flight(place: &Path) -> Outcome<Figure> {
    by_the_ring(open(Options::new(), place)?)
}

/// The same, of a journal that lets go of what is old.
pub fn ring_in_flight_kept(place: &Path) -> Outcome<Figure> {
    by_the_ring(kept(place)?)
}

fn by_the_ring(mut journal: Journal) -> Outcome<Figure> {
    let before = journal.durable() as u64;
    let pipeline = disruptor! {
        event: [u8; 128] = [0; 128];
        ring: 1 << 16;
        wait: Blocking::default();
        producer_wait: Blocking::default();
        journal(&*, end_of_batch) = journal.stage();
        < journal >
    };
    let meter = Meter::start();
    let (fed, _) = pipeline.run(|producer| {
        let mut published = 0;
        while meter.elapsed() < SLICE {
            producer.publish_batch(BATCH as usize, |batch| batch.for_each(|event| *event = EVENT))?;
            published += BATCH;
        }
        Ok::<_, disruptor_pipeline::BatchError>(published)
    })?;
    let published = fed?;
    let figure = meter.rate(published);
    assert_eq!(journal.durable() as u64 - before, published);
    Ok(figure)
}

/// Batches that the system writes when it likes.
pub fn unsynced<const N: usize>(place: &Path) -> Outcome<Figure> {
    let mut journal = open(Options::new().sync(SyncPolicy::None), place)?;
    let event = [7; N];
    let meter = Meter::start();
    let events = (192 << 20) / N as u64;
    for number in 1..=events {
        journal.append(black_box(&event), number % BATCH == 0)?;
    }
    Ok(meter.rate(events))
}

/// Reads a journal from its start.
pub fn replay(place: &Path) -> Outcome<Figure> {
    let directory = place.join("journal");
    let mut journal = Options::new().sync(SyncPolicy::None).open(&directory)?;
    let events = 1 << 20;
    for number in 1..=events {
        journal.append(&EVENT, number % BATCH == 0)?;
    }
    journal.close()?;
    let mut replay = Reader::open(&directory)?.replay(0)?;
    let meter = Meter::start();
    let mut sum = 0_u64;
    while let Some(event) = replay.next_event()? {
        sum += u64::from(event.bytes[5]);
    }
    let figure = meter.rate(events);
    assert_eq!(sum, 7 * events);
    Ok(figure)
}

/// Milliseconds until a new journal is open: until its first event can be written.
pub fn opened(place: &Path) -> Outcome<Figure> {
    let meter = Meter::start();
    let journal = Journal::open(place.join("journal"))?;
    let figure = meter.milliseconds();
    drop(journal);
    Ok(figure)
}
