//! The one who writes: batches into frames, frames into segments.

mod batch;
mod helper;
mod segment;
mod shared;
mod zeroes;

use std::sync::Arc;
use std::time::SystemTime;

use disruptor_runtime::{BoxError, Sequence};

use batch::{Batch, Refused, Seal};
pub(crate) use helper::{Helper, Line};
pub(crate) use segment::{Mould, Segment};
pub(crate) use shared::Shared;

use crate::encode::Encoder;
use crate::error::Error;
use crate::format::frame::{self, Kind};
use crate::format::segment::HEAD;
use crate::options::SyncPolicy;
use crate::recover::Index;
use crate::retention::Full;
use crate::storage;

/// Writes frames, one behind the other.
#[derive(Debug)]
pub(crate) struct Writer {
    journal: u64,
    epoch: u64,
    sync: SyncPolicy,
    batch: Batch,
    /// What the next event that is pushed gets.
    next: Sequence,
    /// Everything below is written.
    written: Sequence,
    segment: Segment,
    /// Where in it the next frame will stand.
    at: u64,
    index: Index,
    helper: Helper,
    shared: Arc<Shared>,
}

/// Where a writer begins.
pub(crate) struct Place {
    pub(crate) segment: Segment,
    pub(crate) at: u64,
    pub(crate) index: Index,
    pub(crate) next: Sequence,
}

/// How a writer writes.
pub(crate) struct Style {
    pub(crate) journal: u64,
    pub(crate) epoch: u64,
    pub(crate) sync: SyncPolicy,
    pub(crate) frame_size: usize,
    /// The most bytes of a frame's events.
    pub(crate) most: usize,
}

impl Writer {
    /// A writer that goes on at this place. The segment behind it has been asked for.
    pub(crate) fn new(style: &Style, place: Place, helper: Helper, shared: Arc<Shared>) -> Self {
        Self {
            journal: style.journal,
            epoch: style.epoch,
            sync: style.sync,
            batch: Batch::new(style.frame_size, style.most),
            next: place.next,
            written: place.next,
            segment: place.segment,
            at: place.at,
            index: place.index,
            helper,
            shared,
        }
    }

    /// What the next event gets.
    pub(crate) fn next(&self) -> Sequence {
        self.next
    }

    /// True if no event waits for the end of its batch.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(crate) fn helper(&self) -> &Helper {
        &self.helper
    }

    /// Appends an event to the batch.
    #[inline(always)]
    pub(crate) fn push(
        &mut self,
        encode: impl FnOnce(&mut Encoder<'_>) -> Result<(), BoxError>,
    ) -> Result<(), Error> {
        storage::claimed(&self.segment.path)?;
        match self.batch.push(self.next, encode) {
            Ok(()) => {
                self.next += 1;
                Ok(())
            }
            Err(refused) => Err(self.refused(refused)),
        }
    }

    #[cold]
    fn refused(&self, refused: Refused) -> Error {
        let sequence = self.next;
        match refused {
            Refused::Encode(source) => Error::Encode { sequence, source },
            Refused::TooLarge(bytes) => {
                let most = self.batch.most() - frame::EVENT_HEAD;
                Error::TooLarge { sequence, bytes, most }
            }
        }
    }

    /// Forgets the events that wait for the end of their batch.
    pub(crate) fn discard(&mut self) {
        self.next = self.batch.first().unwrap_or(self.next);
        self.batch.clear();
    }

    /// Writes the batch, and has it durable as far as the policy says.
    ///
    /// # Errors
    /// [`Error`]; nothing of the batch counts as written then, and there must be no other write.
    pub(crate) fn commit(&mut self) -> Result<(), Error> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.write(Kind::Events)?;
        if self.sync == SyncPolicy::Batch {
            self.sync()?;
        } else {
            storage::is_linked(&self.segment.file, &self.segment.path)?;
        }
        match self.shared.failure() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Writes a mark, and has all durable.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub(crate) fn mark(&mut self, kind: Kind) -> Result<(), Error> {
        self.batch.mark(self.next);
        self.write(kind)?;
        self.sync()
    }

    fn sync(&mut self) -> Result<(), Error> {
        helper::sync(&self.segment.file, &self.segment.path)?;
        self.shared.sync(self.written);
        Ok(())
    }

    /// Writes what is in the batch, with one call of the system for each segment that it comes to.
    fn write(&mut self, kind: Kind) -> Result<(), Error> {
        let frames = self.batch.end();
        let mut from = 0;
        while from < frames {
            let room = self.segment.size - self.at;
            let mut length = 0;
            let mut to = from;
            while to < frames && length + self.batch.frame(to).size() <= room {
                length += self.batch.frame(to).size();
                to += 1;
            }
            if to == from {
                self.change()?;
                continue;
            }
            self.write_frames(kind, from, to, room)?;
            from = to;
        }
        self.batch.clear();
        Ok(())
    }

    /// Writes frames that have room in the segment.
    fn write_frames(&mut self, kind: Kind, from: usize, to: usize, room: u64) -> Result<(), Error> {
        let durable = self.shared.durable();
        let seal = Seal { journal: self.journal, segment: self.segment.id, epoch: self.epoch, durable };
        let bytes = self.batch.seal(from, to, kind, seal, self.at);
        // Zeroes behind the last frame, as far as there is room: whatever stood there is none.
        let bytes = &bytes[..bytes.len().min(room as usize)];
        let end = self.at + bytes.len() as u64;
        if end > self.segment.filled {
            self.segment.filled = self.helper.fill(end)?;
        }
        storage::write_at(&self.segment.file, &self.segment.path, "frame", bytes, self.at)?;
        for place in from..to {
            let frame = self.batch.frame(place);
            self.index.add(frame.first, self.at);
            self.at += frame.size();
            self.written = frame.end();
        }
        self.shared.write(self.written);
        Ok(())
    }

    /// Goes on to the next segment.
    fn change(&mut self) -> Result<(), Error> {
        if self.sync == SyncPolicy::Batch {
            // What stands in the next segment shows that this one is whole.
            self.sync()?;
        }
        let next = self.helper.take(self.segment.id + 1)?;
        storage::changed(&next.path)?;
        let id = next.id;
        let full = Full {
            id: self.segment.id,
            size: self.segment.size,
            end: self.written,
            ended: SystemTime::now(),
        };
        self.helper.full(full, std::mem::take(&mut self.index), &next)?;
        self.segment = next;
        self.at = HEAD;
        self.helper.ask(id + 1)
    }

    /// Writes that the journal is closed, with everything durable, and ends the helper.
    pub(crate) fn close(&mut self) -> Result<(), Error> {
        self.discard();
        if self.sync != SyncPolicy::Batch {
            self.helper.line()?.sync()?;
        }
        self.mark(Kind::Closed)?;
        self.helper.end()
    }
}
