//! Writing a large batch before it ends.
//!
//! Its frames are written in pieces, of whole blocks: what is left of a block goes with the next piece, so that none touches what another
//! one writes. They may come to the disk in any order, and become durable with the batch's end, in one sync. Until then they are what a torn
//! write leaves, and each says so itself: `durable` in it is where the batch begins. (`docs/journal-format.md`)

use disruptor_runtime::Sequence;

use super::Writer;
use super::direct::BLOCK;
use super::helper;
use super::scribe::Piece;
use crate::error::Error;
use crate::format::frame::Kind;
use crate::storage;

/// What is written of a batch that has not ended.
#[derive(Debug)]
pub(super) struct Ahead {
    /// The sequence of the batch's first event, and where in the segment its frame begins.
    pub(super) first: Sequence,
    at: u64,
    /// How many entries the index had.
    entries: usize,
    /// The batch will not end: what is written of it has to go.
    pub(super) is_discarded: bool,
}

impl Writer {
    /// Writes the frames that have ended, or has them written, unless the segment has no room for all: then they wait for the end of the
    /// batch.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    #[cold]
    #[inline(never)]
    pub(super) fn write_ahead(&mut self) -> Result<(), Error> {
        self.take_back()?;
        let count = self.batch.frames().len();
        let (fitting, length) = self.batch.fit(self.segment.size - self.at);
        let from = self.at - self.at % BLOCK as u64;
        // The end of the last whole block.
        let end = self.at + length - (self.at + length) % BLOCK as u64;
        if fitting < count || end == from {
            return Ok(());
        }
        if end > self.segment.filled {
            self.segment.filled = self.helper.fill(end)?;
        }
        let buffer = self.scribe.buffer()?;
        let first = self.batch.first().unwrap_or(self.next);
        let ahead = Ahead { first, at: self.at, entries: self.index.entries().len(), is_discarded: false };
        self.ahead.get_or_insert(ahead);
        self.batch.align();
        self.batch.seal(count, Kind::Events, self.seal());
        match buffer {
            Some(buffer) => {
                self.place(count);
                let (bytes, range) = self.batch.replace(buffer);
                self.scribe.write(Piece { segment: self.segment.clone(), bytes, range, at: from })
            }
            // The disk is behind: with two writes at a time it is faster.
            None => {
                self.segment.write("piece", self.batch.whole_blocks(), from)?;
                self.place(count);
                self.batch.written(count);
                self.batch.begin_next();
                Ok(())
            }
        }
    }

    /// Takes back what is written of a batch that will not end: zeroes in its place, durable before anything else is written there.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub(crate) fn take_back(&mut self) -> Result<(), Error> {
        let Some(ahead) = self.ahead.take_if(|ahead| ahead.is_discarded) else { return Ok(()) };
        self.scribe.finish()?;
        let zeroes = vec![0; (self.at - ahead.at) as usize];
        storage::write_at(&self.segment.file, &self.segment.path, "back", &zeroes, ahead.at)?;
        helper::sync(&self.segment.file, &self.segment.path)?;
        self.index.truncate(ahead.entries);
        (self.at, self.written) = (ahead.at, ahead.first);
        self.batch.go_to(&self.segment.lead(self.at)?);
        Ok(())
    }
}
