//! Large events in segments of four pieces: a writer overtakes who fills them.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::Path;

use disruptor_journal::{Error, Journal, Options, Reader};

pub(crate) const ENOSPC: i32 = 28;

/// Four pieces, of which a new journal is opened with one.
pub(crate) const SIZE: u64 = 16 << 20;

/// Writes of zeroes of a piece.
pub(crate) const WRITES: u64 = 4;

/// Bytes of an event: so large that a writer would overtake who fills.
pub(crate) const LARGE: usize = 100_000;

pub(crate) fn options() -> Options {
    Options::new().segment_size(SIZE)
}

pub(crate) fn event(sequence: i64) -> Vec<u8> {
    vec![sequence as u8 | 1; LARGE]
}

/// Appends events, each a batch, up to this sequence or until one fails.
pub(crate) fn append(journal: &mut Journal, end: i64) -> Result<(), Error> {
    (journal.next_sequence()..end).try_for_each(|sequence| journal.append(&event(sequence), true))
}

/// Reads all, and gives how many there are.
pub(crate) fn read(directory: &Path) -> i64 {
    let mut replay = Reader::open(directory).expect("whole").replay(0).expect("from the start");
    let mut next = 0;
    while let Some(found) = replay.next_event().expect("whole") {
        assert_eq!((found.sequence, found.bytes), (next, &event(next)[..]));
        next += 1;
    }
    next
}
