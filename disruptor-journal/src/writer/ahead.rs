//! Writing a large batch before it ends.
//!
//! Its frames are written in pieces, of whole blocks: what is left of a block goes with the next piece, so that none touches what another
//! one writes. They may come to the disk in any order, and become durable with the batch's end, in one sync. Until then they are what a torn
//! write leaves, and each says so itself: `durable` in it is where the batch begins. (`docs/journal-format.md`)

use disruptor_runtime::Sequence;

use super::direct::BLOCK;
use super::scribe::Piece;
use super::segment::Segment;
use super::{Writer, zeroes};
use crate::error::Error;
use crate::format::frame::Kind;
use crate::format::segment::HEAD;

/// What is written of a batch that has not ended.
#[derive(Debug)]
pub(super) struct Ahead {
    /// The sequence of the batch's first event.
    pub(super) first: Sequence,
    /// Where in the segment its first frame begins.
    at: u64,
    /// How many entries the segment's index had before.
    entries: usize,
    /// The segments that it has gone through, with where its first frame in them begins. The first of them is pinned, so that none is used
    /// for something else meanwhile.
    left: Vec<(Segment, u64)>,
    /// The batch will not end: what is written of it has to go.
    pub(super) is_discarded: bool,
}

impl Ahead {
    /// The segments that it has gone through.
    pub(super) fn left(&self) -> impl Iterator<Item = &Segment> {
        self.left.iter().map(|(segment, _)| segment)
    }
}

impl Writer {
    /// Writes the frames that have ended, or has them written; then there are none in memory. Where the segment has no room for all, it
    /// goes on in the next one, once a batch: what needs more waits for the batch's end, all of it.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    #[cold]
    #[inline(never)]
    pub(super) fn write_ahead(&mut self) -> Result<(), Error> {
        self.take_back()?;
        // The disk is to have something to do, and large pieces while it has.
        self.batch.piece_from(self.piece / 4);
        if self.batch.fit(u64::MAX).1 < self.piece as u64 && self.scribe.is_busy()? {
            return Ok(());
        }
        let count = self.batch.frames().len();
        let room = self.segment.size - self.at;
        let (fitting, length) = self.batch.fit(room);
        if fitting < count {
            let rest = self.batch.fit(u64::MAX).1 - length;
            let is_first = self.ahead.as_ref().is_none_or(|ahead| ahead.left.is_empty());
            // A segment has room for this and for a frame's head.
            if !is_first || rest > self.batch.most() as u64 {
                return Ok(());
            }
        }
        let first = self.batch.first().unwrap_or(self.next);
        self.ahead.get_or_insert_with(|| Ahead {
            first,
            at: self.at,
            entries: self.index.entries().len(),
            left: Vec::new(),
            is_discarded: false,
        });
        if fitting < count {
            self.write_frames(Kind::Events, fitting, room)?;
            self.change()?;
        }
        self.write_piece()
    }

    /// Writes all frames, which have room in the segment, or has them written, as far as they are whole blocks; what is left goes with what
    /// follows.
    fn write_piece(&mut self) -> Result<(), Error> {
        let (count, length) = self.batch.fit(self.segment.size - self.at);
        let from = self.at - self.at % BLOCK as u64;
        let end = self.at + length - (self.at + length) % BLOCK as u64;
        if end > self.segment.filled {
            self.segment.filled = self.helper.fill(end)?;
        }
        let buffer = if end > from { self.scribe.buffer()? } else { None };
        self.batch.seal(count, Kind::Events, self.seal());
        match buffer {
            Some(buffer) => {
                self.place(count);
                let (bytes, range) = self.batch.replace(buffer);
                self.scribe.write(Piece { segment: self.segment.clone(), bytes, range, at: from })
            }
            // The disk is behind: it is faster with two writes at a time.
            None => {
                if end > from {
                    self.segment.write("piece", self.batch.whole_blocks(), from)?;
                }
                self.place(count);
                self.batch.written(count);
                self.batch.begin_next();
                Ok(())
            }
        }
    }

    /// Another segment is begun in the middle of the batch.
    pub(super) fn leave_ahead(&mut self) {
        let Some(ahead) = &mut self.ahead else { return };
        if ahead.left.is_empty() {
            self.shared.pin(self.segment.id);
        }
        ahead.left.push((self.segment.clone(), ahead.at));
        (ahead.at, ahead.entries) = (HEAD, 0);
    }

    /// The batch has ended, and is durable.
    pub(super) fn end_ahead(&mut self) {
        if let Some(ahead) = self.ahead.take()
            && let Some((first, _)) = ahead.left.first()
        {
            self.shared.unpin(first.id);
        }
    }

    /// Takes back what is written of a batch that will not end: zeroes in its place, durable before anything else is written there.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub(crate) fn take_back(&mut self) -> Result<(), Error> {
        let Some(ahead) = self.ahead.as_ref().filter(|ahead| ahead.is_discarded) else { return Ok(()) };
        self.scribe.finish()?;
        for (segment, at) in &ahead.left {
            zeroes::fill(segment, *at..segment.size)?;
        }
        zeroes::fill(&self.segment, ahead.at..self.at)?;
        self.index.truncate(ahead.entries);
        (self.at, self.written) = (ahead.at, ahead.first);
        self.batch.go_to(&self.segment.lead(self.at)?);
        self.end_ahead();
        Ok(())
    }
}
