//! The peers, each in the way that it is made for.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use okaywal::{LogVoid, WriteAheadLog};
use redb::{Database, Durability, TableDefinition};

use crate::meter::{Figure, Meter};
use crate::{BATCH, EVENT, FLIGHT, Outcome, SLICE};

/// `THREADS` threads, each of which waits for its own batch, an entry, to be durable: okaywal has one sync for those that come together.
///
/// As its documentation sets it up, with files of 1 MiB that are used again; and `LogVoid`, so that it keeps nothing: what is in a
/// full file is forgotten.
pub fn okaywal<const THREADS: usize>(place: &Path) -> Outcome<Figure> {
    let log = WriteAheadLog::recover(place.join("okaywal"), LogVoid)?;
    let events = AtomicU64::new(0);
    let meter = Meter::start();
    let work = || -> std::io::Result<()> {
        while meter.elapsed() < SLICE {
            let mut entry = log.begin_entry()?;
            for _ in 0..BATCH {
                entry.write_chunk(&EVENT)?;
            }
            entry.commit()?;
            // Relaxed: a count that is read when all threads have ended.
            events.fetch_add(BATCH, Ordering::Relaxed);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no panic"))
    })?;
    Ok(meter.rate(events.into_inner()))
}

/// A transaction a batch. redb takes one writer at a time.
pub fn redb(place: &Path) -> Outcome<Figure> {
    transactions(place, 1, |_| Durability::Immediate)
}

/// 64 batches a transaction: what a user would do who puts a queue before redb, since it does not group transactions by itself.
pub fn redb_grouped(place: &Path) -> Outcome<Figure> {
    transactions(place, FLIGHT, |_| Durability::Immediate)
}

/// A transaction a batch, of which 63 of 64 are made durable by the next that is: redb's own way of not paying for each.
pub fn redb_relaxed(place: &Path) -> Outcome<Figure> {
    let durability =
        |number: u64| if number % FLIGHT == FLIGHT - 1 { Durability::Immediate } else { Durability::None };
    transactions(place, 1, durability)
}

fn transactions(place: &Path, batches: u64, durability: fn(u64) -> Durability) -> Outcome<Figure> {
    const TABLE: TableDefinition<u64, &[u8]> = TableDefinition::new("events");
    let database = Database::create(place.join("redb"))?;
    let meter = Meter::start();
    let (mut events, mut number) = (0, 0);
    loop {
        let durable = durability(number);
        let mut transaction = database.begin_write()?;
        transaction.set_durability(durable)?;
        {
            let mut table = transaction.open_table(TABLE)?;
            for _ in 0..batches * BATCH {
                table.insert(events, &EVENT[..])?;
                events += 1;
            }
        }
        transaction.commit()?;
        number += 1;
        if meter.elapsed() >= SLICE && matches!(durable, Durability::Immediate) {
            return Ok(meter.rate(events));
        }
    }
}
