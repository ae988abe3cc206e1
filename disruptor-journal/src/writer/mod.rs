//! The one who writes: batches into frames, frames into segments.

mod ahead;
mod batch;
mod direct;
mod helper;
mod scribe;
mod segment;
mod shared;
mod zeroes;

use std::sync::Arc;
use std::time::SystemTime;

use disruptor_runtime::{BoxError, Sequence};

use ahead::Ahead;
use batch::{Batch, Refused, Seal};
use direct::BLOCK;
pub(crate) use direct::Direct;
pub(crate) use helper::{Helper, Line};
use scribe::Scribe;
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
    /// What is written of a batch that has not ended, if anything is.
    ahead: Option<Ahead>,
    scribe: Scribe,
    /// As of [`Style`].
    piece: usize,
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
    /// From how many bytes on a batch that has not ended is written as far as it is; with a sync a batch.
    pub(crate) piece: usize,
}

impl Writer {
    /// A writer that goes on at this place. The segment behind it has been asked for.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub(crate) fn new(
        style: &Style,
        place: Place,
        helper: Helper,
        shared: Arc<Shared>,
    ) -> Result<Self, Error> {
        // Elsewhere the file is the system's memory: the disk has nothing to do meanwhile.
        let piece = if style.sync == SyncPolicy::Batch { style.piece } else { usize::MAX };
        let mut batch = Batch::new(style.frame_size, style.most, piece);
        batch.go_to(&place.segment.lead(place.at)?);
        Ok(Self {
            journal: style.journal,
            epoch: style.epoch,
            sync: style.sync,
            batch,
            next: place.next,
            written: place.next,
            segment: place.segment,
            at: place.at,
            index: place.index,
            helper,
            shared,
            ahead: None,
            scribe: Scribe::default(),
            piece,
        })
    }

    /// What the next event gets.
    pub(crate) fn next(&self) -> Sequence {
        self.next
    }

    /// True if no event is in memory alone, though some may be written whose batch has not ended.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// True if no event waits for the end of its batch.
    pub(crate) fn is_idle(&self) -> bool {
        self.batch.is_empty() && self.ahead.as_ref().is_none_or(|ahead| ahead.is_discarded)
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
            Ok(is_piece) => {
                self.next += 1;
                if is_piece { self.write_ahead() } else { Ok(()) }
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

    /// Forgets the events that are in memory alone: their batch is rewound, and they come again.
    pub(crate) fn rewind(&mut self) {
        self.next = self.batch.first().unwrap_or(self.next);
        self.batch.clear();
    }

    /// Forgets the events that wait for the end of their batch. What is written of it is taken back before something else is written.
    pub(crate) fn discard(&mut self) {
        self.rewind();
        if let Some(ahead) = &mut self.ahead {
            self.next = ahead.first;
            ahead.is_discarded = true;
        }
    }

    /// Writes the batch, and has it durable as far as the policy says.
    ///
    /// # Errors
    /// [`Error`]; nothing of the batch counts as written then, and there must be no other write.
    pub(crate) fn commit(&mut self) -> Result<(), Error> {
        if self.is_idle() {
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
        self.take_back()?;
        self.batch.mark(self.next);
        self.write(kind)?;
        self.sync()
    }

    /// Has all that was written durable.
    fn sync(&mut self) -> Result<(), Error> {
        self.scribe.finish()?;
        for segment in self.ahead.iter().flat_map(Ahead::left) {
            helper::sync(&segment.file, &segment.path)?;
        }
        helper::sync(&self.segment.file, &self.segment.path)?;
        // Behind a large batch another one is likely: the disk is not to wait for all of its first piece.
        self.batch.piece_from(if self.ahead.is_some() { self.piece / 4 } else { self.piece });
        self.end_ahead();
        self.shared.write(self.written);
        self.shared.sync(self.written);
        Ok(())
    }

    /// Writes what is left of the batch, with one call of the system for each segment that it comes to.
    fn write(&mut self, kind: Kind) -> Result<(), Error> {
        self.take_back()?;
        self.batch.end();
        loop {
            let room = self.segment.size - self.at;
            let (count, _) = self.batch.fit(room);
            let left = self.batch.frames().len() - count;
            // What was written ahead may have left a part of a block.
            if count > 0 || self.ahead.is_some() {
                self.write_frames(kind, count, room)?;
            }
            if left == 0 {
                break;
            }
            self.change()?;
        }
        self.batch.begin_next();
        Ok(())
    }

    /// Writes frames that have room in the segment, with what stands before them in their block.
    fn write_frames(&mut self, kind: Kind, count: usize, room: u64) -> Result<(), Error> {
        self.batch.seal(count, kind, self.seal());
        let lead = self.at % BLOCK as u64;
        let from = self.at - lead;
        self.batch.write_blocks(count, |bytes| {
            // As far as there is room.
            let bytes = &bytes[..bytes.len().min((lead + room) as usize)];
            let end = from + bytes.len() as u64;
            if end > self.segment.filled {
                self.segment.filled = self.helper.fill(end)?;
            }
            self.segment.write("frame", bytes, from)
        })?;
        self.place(count);
        self.batch.written(count);
        Ok(())
    }

    fn seal(&self) -> Seal {
        let durable = self.shared.durable();
        Seal { journal: self.journal, segment: self.segment.id, epoch: self.epoch, durable }
    }

    /// The first frames of the batch have their place.
    fn place(&mut self, count: usize) {
        for frame in &self.batch.frames()[..count] {
            self.index.add(frame.first, self.at);
            self.at += frame.size();
            self.written = frame.end();
        }
        if self.ahead.is_none() {
            self.shared.write(self.written);
        }
    }

    /// Goes on to the next segment.
    fn change(&mut self) -> Result<(), Error> {
        if self.ahead.is_some() {
            // What stands in the next segment says that this one may not be whole: it is synced with it, when the batch ends.
            self.leave_ahead();
        } else if self.sync == SyncPolicy::Batch {
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
        self.batch.go_to(&[]);
        self.helper.ask(id + 1)
    }

    /// Writes that the journal is closed, with everything durable, and ends the helper.
    pub(crate) fn close(&mut self) -> Result<(), Error> {
        self.discard();
        self.take_back()?;
        if self.sync != SyncPolicy::Batch {
            self.helper.line()?.sync()?;
        }
        self.mark(Kind::Closed)?;
        self.helper.end()
    }
}
