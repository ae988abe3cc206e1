//! The journal: every raw line on `disruptor-journal`, so that the table can be rebuilt from it alone.
//!
//! An event is the line's number in the CSV, 8 bytes, little-endian, and the line without its end. The first, with sequence 0, is the
//! header line.

use std::io;
use std::path::Path;

use disruptor_journal::{BoxError, Encode, Encoder, Error, Journal, Options, Reader, Replay, Torn};

use crate::event::Line;
use crate::lines::RawLine;

/// Bytes of a segment: a month of flights fits in one.
const SEGMENT: u64 = 4 << 20;

/// Begins a journal in a new directory.
///
/// # Errors
/// What the system says; that there is something of this name already among it: a journal is never overwritten.
pub(crate) fn create(path: &Path) -> io::Result<Journal> {
    std::fs::create_dir(path)?;
    Options::new().segment_size(SEGMENT).open(path).map_err(io::Error::other)
}

/// Writes the header line of the CSV.
///
/// # Errors
/// [`Error`]
pub(crate) fn begin(journal: &mut Journal, header: RawLine<'_>) -> Result<(), Error> {
    journal.append_with(true, |into| encode(header.number, header.bytes, into))
}

/// Lines that are safe on disk.
pub(crate) fn journaled(journal: &Journal) -> u64 {
    journal.durable().unsigned_abs().saturating_sub(1)
}

impl Encode for Line {
    fn encode(&self, into: &mut Encoder<'_>) -> Result<(), BoxError> {
        encode(self.number(), self.bytes(), into)
    }
}

fn encode(number: u64, line: &[u8], into: &mut Encoder<'_>) -> Result<(), BoxError> {
    into.put(&number.to_le_bytes());
    into.put(line);
    Ok(())
}

/// A journal that is read.
pub(crate) struct Lines {
    replay: Replay,
    /// Where it ends, if its writer has not closed it.
    pub(crate) end: Option<Torn>,
}

impl Lines {
    /// Opens the journal in this directory.
    ///
    /// # Errors
    /// [`Error`]
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let reader = Reader::open(path)?;
        let whole = || Torn { path: path.to_owned(), offset: 0, bytes: 0, segments: 0 };
        let end = (!reader.is_closed()).then(|| reader.torn().cloned().unwrap_or_else(whole));
        Ok(Self { replay: reader.replay(reader.first_sequence())?, end })
    }

    /// The next line; the first is the header.
    ///
    /// # Errors
    /// [`Error`]; an event that is no line among it.
    pub(crate) fn next_line(&mut self) -> Result<Option<RawLine<'_>>, Error> {
        let Some(event) = self.replay.next_event()? else { return Ok(None) };
        match event.bytes.split_first_chunk() {
            Some((number, bytes)) => Ok(Some(RawLine { number: u64::from_le_bytes(*number), bytes })),
            None => Err(Error::Decode {
                sequence: event.sequence,
                source: "it is no line of a CSV of flights".into(),
            }),
        }
    }
}
