//! The frames of a batch, in one piece of memory, as they will stand in the file: from a block on, at a block of memory, so that the
//! disk can take them from there.

use std::ops::Range;

use disruptor_runtime::{BoxError, Sequence};

use crate::buffer::Buffer;
use crate::encode::Encoder;
use crate::format::frame::{EVENT_HEAD, Frame, HEAD, Kind};
use crate::format::{ALIGN, aligned};

use super::direct::BLOCK;

/// Where a frame lies in the batch. Its head is zero until it is sealed, which is when it is known in which segment it stands: so
/// a frame that is written ends with zeroes behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    start: usize,
    length: u32,
    pub(super) first: Sequence,
    pub(super) count: u32,
}

impl Extent {
    /// Bytes of the file that it takes.
    pub(super) fn size(&self) -> u64 {
        HEAD + aligned(self.length.into())
    }

    /// The sequence behind its last event.
    pub(super) fn end(&self) -> Sequence {
        self.first + Sequence::from(self.count)
    }
}

/// Under what a frame is sealed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seal {
    pub(super) journal: u64,
    pub(super) segment: u64,
    pub(super) epoch: u64,
    pub(super) durable: Sequence,
}

/// Events that are not written yet.
#[derive(Debug)]
pub(crate) struct Batch {
    /// What is written already, in whole blocks; what stands in the file's block before the first frame; the frames.
    bytes: Buffer,
    /// Where the first frame begins.
    begin: usize,
    /// How many bytes of the file's block stand before it.
    lead: usize,
    frames: Vec<Extent>,
    /// The frame that takes events, if it has any: where it begins, its first sequence, how many it has. Apart from each other, and no more
    /// than is needed: an event writes one number, and reads none that was written in another size, which would wait for all that was
    /// written before it.
    start: usize,
    first: Sequence,
    count: u32,
    /// From how many bytes on a frame takes no more.
    enough: usize,
    /// The most bytes of a frame's body.
    most: usize,
    /// From how many bytes of ended frames on they are a piece, to be written before the batch ends.
    piece: usize,
}

/// Why an event was not taken.
pub(super) enum Refused {
    TooLarge(usize),
    Encode(BoxError),
}

impl Batch {
    /// Nothing. A frame takes no more events from `enough` bytes on, and never has more than `most`; ended frames are a piece from `piece`
    /// bytes on.
    pub(super) fn new(enough: usize, most: usize, piece: usize) -> Self {
        let enough = enough.min(most);
        Self {
            bytes: Buffer::new(),
            begin: 0,
            lead: 0,
            frames: Vec::new(),
            start: 0,
            first: 0,
            count: 0,
            enough,
            most,
            piece,
        }
    }

    /// From how many bytes of ended frames on they are a piece, from now on.
    pub(super) fn piece_from(&mut self, piece: usize) {
        self.piece = piece;
    }

    /// True if there are no events in it.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0 && self.frames.is_empty()
    }

    /// The sequence of its first event.
    pub(super) fn first(&self) -> Option<Sequence> {
        self.frames.first().map(|frame| frame.first).or_else(|| (self.count > 0).then_some(self.first))
    }

    /// The most bytes of a frame's body.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Forgets what is in it.
    pub(super) fn clear(&mut self) {
        self.bytes.truncate(self.begin);
        self.frames.clear();
        self.count = 0;
    }

    /// Appends an event. One that is refused leaves nothing. True if there is a piece that can be written.
    #[inline(always)]
    pub(super) fn push(
        &mut self,
        sequence: Sequence,
        encode: impl FnOnce(&mut Encoder<'_>) -> Result<(), BoxError>,
    ) -> Result<bool, Refused> {
        if self.count == 0 {
            self.begin(sequence);
        }
        let at = self.bytes.len();
        self.bytes.put(&[0; EVENT_HEAD]);
        let encoded = encode(&mut Encoder(&mut self.bytes));
        let length = self.bytes.len() - at - EVENT_HEAD;
        let body = self.bytes.len() - self.start - HEAD as usize;
        if encoded.is_err() || body > self.most {
            return self.push_other(sequence, at, length, encoded);
        }
        // At most `most`, which is less than a segment has.
        self.bytes[at..at + EVENT_HEAD].copy_from_slice(&(length as u32).to_le_bytes());
        self.count += 1;
        if body >= self.enough {
            self.end_frame();
            return Ok(self.bytes.len() - self.begin >= self.piece);
        }
        Ok(false)
    }

    /// Appends a mark: a frame without events.
    pub(super) fn mark(&mut self, sequence: Sequence) {
        self.end_frame();
        self.begin(sequence);
        self.push_frame();
    }

    #[cold]
    #[inline(never)]
    fn begin(&mut self, first: Sequence) {
        (self.start, self.first) = (self.bytes.len(), first);
        self.bytes.resize(self.start + HEAD as usize);
    }

    /// An event that could not be encoded, or has no room in the frame that is open.
    #[cold]
    fn push_other(
        &mut self,
        sequence: Sequence,
        at: usize,
        length: usize,
        encoded: Result<(), BoxError>,
    ) -> Result<bool, Refused> {
        if encoded.is_err() || length + EVENT_HEAD > self.most {
            self.bytes.truncate(if self.count > 0 { at } else { at - HEAD as usize });
            return Err(encoded.map_or_else(Refused::Encode, |()| Refused::TooLarge(length)));
        }
        let event = self.bytes[at + EVENT_HEAD..].to_vec();
        self.bytes.truncate(at);
        self.end_frame();
        self.push(sequence, |into| {
            into.put(&event);
            Ok(())
        })
    }

    #[cold]
    #[inline(never)]
    fn end_frame(&mut self) {
        if self.count > 0 {
            self.push_frame();
        }
    }

    fn push_frame(&mut self) {
        // At most `most`, as above.
        let length = (self.bytes.len() - self.start) as u32 - HEAD as u32;
        self.frames.push(Extent { start: self.start, length, first: self.first, count: self.count });
        self.count = 0;
        // A multiple of eight as counted from the first frame, which stands at one in the file.
        let end = (self.bytes.len() - self.begin).next_multiple_of(ALIGN as usize);
        self.bytes.resize(self.begin + end);
    }

    /// Ends the batch. Behind its last frame stand zeroes then, as long as a head and a block.
    pub(super) fn end(&mut self) {
        self.end_frame();
        self.bytes.resize(self.bytes.len() + HEAD as usize + BLOCK);
    }

    /// The frames that have ended.
    pub(super) fn frames(&self) -> &[Extent] {
        &self.frames
    }

    /// How many of the frames have room in so many bytes, and the bytes that these take.
    pub(super) fn fit(&self, room: u64) -> (usize, u64) {
        let mut length = 0;
        let fitting = self.frames.iter().take_while(|frame| {
            let fits = length + frame.size() <= room;
            length += if fits { frame.size() } else { 0 };
            fits
        });
        (fitting.count(), length)
    }

    /// Seals the first frames, so many.
    pub(super) fn seal(&mut self, count: usize, kind: Kind, seal: Seal) {
        for frame in &self.frames[..count] {
            let sealed = Frame {
                kind,
                segment: seal.segment,
                epoch: seal.epoch,
                first: frame.first,
                count: frame.count,
                durable: seal.durable,
                length: frame.length,
            };
            sealed.seal(seal.journal, &mut self.bytes[frame.start..][..frame.size() as usize]);
        }
    }

    /// Writes the first frames, which are sealed, so many: from the beginning of the block in which they stand, and with zeroes behind
    /// them, as long as a head or longer, to the end of a block. So the system need not read what stands in a block before it writes a
    /// part of it, and all can go to the disk directly.
    pub(super) fn write_blocks<R>(&mut self, count: usize, write: impl FnOnce(&[u8]) -> R) -> R {
        let (from, end) = (self.begin - self.lead, self.end_of(count) + HEAD as usize);
        let to = from + (end - from).next_multiple_of(BLOCK);
        // Behind the last frame there are zeroes, and behind another one the head of the next, and its events: they make room as long as it
        // takes.
        let length = self.bytes.len();
        self.bytes.resize(length.max(to));
        let events = self.bytes[end..to].to_vec();
        self.bytes[end..to].fill(0);
        let written = write(&self.bytes[from..to]);
        self.bytes[end..to].copy_from_slice(&events);
        self.bytes.truncate(length);
        written
    }

    /// Where the first frames end, so many.
    fn end_of(&self, count: usize) -> usize {
        count.checked_sub(1).map_or(self.begin, |last| {
            let last = &self.frames[last];
            last.start + last.size() as usize
        })
    }

    /// The first frames are written, so many.
    pub(super) fn written(&mut self, count: usize) {
        let end = self.end_of(count);
        self.lead = (self.lead + end - self.begin) % BLOCK;
        self.begin = end;
        self.frames.drain(..count);
    }

    /// All frames are written, and the next batch begins.
    pub(super) fn begin_next(&mut self) {
        self.bytes.copy_within(self.begin - self.lead..self.begin, 0);
        self.begin = self.lead;
        self.clear();
    }

    /// The first frame will stand somewhere else, behind these bytes of its block.
    pub(super) fn go_to(&mut self, lead: &[u8]) {
        let (begin, end) = (self.begin, self.bytes.len());
        let before = std::mem::replace(&mut self.lead, lead.len());
        let to = begin - before + lead.len();
        self.bytes.resize(end.max(to + end - begin));
        self.bytes.copy_within(begin..end, to);
        self.bytes.truncate(to + end - begin);
        self.bytes[to - lead.len()..to].copy_from_slice(lead);
        self.moved(|place| place + to - begin);
    }

    /// What was at a place is elsewhere now.
    fn moved(&mut self, to: impl Fn(usize) -> usize) {
        let (begin, start) = (&mut self.begin, &mut self.start);
        // Where no frame is open `start` says nothing.
        let open = (self.count > 0).then_some(start);
        for place in self.frames.iter_mut().map(|frame| &mut frame.start).chain(open).chain([begin]) {
            *place = to(*place);
        }
    }

    /// All frames have ended and are sealed: gives the buffer, and where in it the whole blocks are that they come to; what is left, less than
    /// a block, goes on in `other`.
    pub(super) fn replace(&mut self, mut other: Buffer) -> (Buffer, Range<usize>) {
        let from = self.begin - self.lead;
        self.written(self.frames.len());
        let to = self.begin - self.lead;
        other.clear();
        // As large as this one has become, so that it does not move in growing; and no larger, or the two would outgrow each other.
        if other.capacity() < self.bytes.capacity() {
            other = Buffer::with_capacity(self.bytes.capacity());
        }
        other.put(&self.bytes[to..self.begin]);
        self.begin = other.len();
        (std::mem::replace(&mut self.bytes, other), from..to)
    }

    /// The same, where it is written at once, from here.
    pub(super) fn whole_blocks(&self) -> &[u8] {
        let from = self.begin - self.lead;
        &self.bytes[from..][..(self.end_of(self.frames.len()) - from) / BLOCK * BLOCK]
    }
}

#[cfg(test)]
mod tests;
