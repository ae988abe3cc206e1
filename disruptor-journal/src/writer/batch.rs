//! The frames of a batch, in one piece of memory, as they will stand in the file.

use disruptor_runtime::{BoxError, Sequence};

use crate::encode::Encoder;
use crate::format::frame::{EVENT_HEAD, Frame, HEAD, Kind};
use crate::format::{ALIGN, aligned};

use super::zeroes::BLOCK;

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
    bytes: Vec<u8>,
    frames: Vec<Extent>,
    /// Where the frame that takes events begins, if there is one.
    open: Option<Extent>,
    /// From how many bytes on a frame takes no more.
    enough: usize,
    /// The most bytes of a frame's body.
    most: usize,
}

/// Why an event was not taken.
pub(super) enum Refused {
    TooLarge(usize),
    Encode(BoxError),
}

impl Batch {
    /// Nothing. A frame takes no more events from `enough` bytes on, and never has more than `most`.
    pub(super) fn new(enough: usize, most: usize) -> Self {
        let enough = enough.min(most);
        Self { bytes: Vec::with_capacity(64 << 10), frames: Vec::new(), open: None, enough, most }
    }

    /// True if there are no events in it.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_none() && self.frames.is_empty()
    }

    /// The sequence of its first event.
    pub(super) fn first(&self) -> Option<Sequence> {
        self.frames.first().or(self.open.as_ref()).map(|frame| frame.first)
    }

    /// The most bytes of a frame's body.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Forgets what is in it.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.frames.clear();
        self.open = None;
    }

    /// Appends an event. One that is refused leaves nothing.
    #[inline(always)]
    pub(super) fn push(
        &mut self,
        sequence: Sequence,
        encode: impl FnOnce(&mut Encoder<'_>) -> Result<(), BoxError>,
    ) -> Result<(), Refused> {
        let mut frame = match self.open {
            Some(frame) => frame,
            None => self.begin(sequence),
        };
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&[0; EVENT_HEAD]);
        let encoded = encode(&mut Encoder(&mut self.bytes));
        let length = self.bytes.len() - at - EVENT_HEAD;
        let body = self.bytes.len() - frame.start - HEAD as usize;
        if encoded.is_err() || body > self.most {
            return self.push_other(sequence, at, length, encoded);
        }
        // At most `most`, which is less than a segment has.
        self.bytes[at..at + EVENT_HEAD].copy_from_slice(&(length as u32).to_le_bytes());
        frame.count += 1;
        frame.length = body as u32;
        self.open = Some(frame);
        if body >= self.enough {
            self.end_frame();
        }
        Ok(())
    }

    /// Appends a mark: a frame without events.
    pub(super) fn mark(&mut self, sequence: Sequence) {
        self.end_frame();
        let frame = self.begin(sequence);
        self.open = Some(frame);
        self.end_frame();
    }

    fn begin(&mut self, first: Sequence) -> Extent {
        let start = self.bytes.len();
        self.bytes.resize(start + HEAD as usize, 0);
        Extent { start, length: 0, first, count: 0 }
    }

    /// An event that could not be encoded, or has no room in the frame that is open.
    #[cold]
    fn push_other(
        &mut self,
        sequence: Sequence,
        at: usize,
        length: usize,
        encoded: Result<(), BoxError>,
    ) -> Result<(), Refused> {
        if encoded.is_err() || length + EVENT_HEAD > self.most {
            self.bytes.truncate(if self.open.is_some() { at } else { at - HEAD as usize });
            return Err(encoded.map_or_else(Refused::Encode, |()| Refused::TooLarge(length)));
        }
        let event = self.bytes.split_off(at);
        self.end_frame();
        self.push(sequence, |into| {
            into.put(&event[EVENT_HEAD..]);
            Ok(())
        })
    }

    fn end_frame(&mut self) {
        if let Some(frame) = self.open.take() {
            self.bytes.resize(self.bytes.len().next_multiple_of(ALIGN as usize), 0);
            self.frames.push(frame);
        }
    }

    /// Ends the batch, and gives its frames. Behind the last stand zeroes, as long as a head and a block.
    pub(super) fn end(&mut self) -> usize {
        self.end_frame();
        self.bytes.resize(self.bytes.len() + (HEAD + BLOCK) as usize, 0);
        self.frames.len()
    }

    /// A frame of a batch that has ended.
    pub(super) fn frame(&self, place: usize) -> Extent {
        self.frames[place]
    }

    /// Seals frames that stand one behind the other, and gives them with zeroes behind them: as long as a head, and behind the batch's
    /// last frame, up to the end of a block of the file, in which the first begins at `at`.
    pub(super) fn seal(&mut self, from: usize, to: usize, kind: Kind, seal: Seal, at: u64) -> &[u8] {
        for frame in &self.frames[from..to] {
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
        let (first, last) = (self.frames[from], self.frames[to - 1]);
        let mut length = (last.start - first.start) as u64 + last.size() + HEAD;
        if to == self.frames.len() {
            // What ends with a block has the system read nothing before it writes, where it does not have the file in memory.
            length = (at + length).next_multiple_of(BLOCK) - at;
        }
        &self.bytes[first.start..][..length as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(batch: &mut Batch, sequence: Sequence, bytes: &[u8]) -> Result<(), Refused> {
        batch.push(sequence, |into| {
            into.put(bytes);
            Ok(())
        })
    }

    #[test]
    fn events_fill_frames_and_a_large_one_gets_its_own() {
        let mut batch = Batch::new(100, 200);
        let sizes = [50, 40, 10, 150, 196, 0];
        for (sequence, size) in (0..).zip(sizes) {
            assert!(push(&mut batch, sequence, &vec![7; size]).is_ok());
        }
        assert!(matches!(push(&mut batch, 6, &[7; 197]), Err(Refused::TooLarge(197))));
        let frames: Vec<_> = (0..batch.end()).map(|place| batch.frame(place)).collect();
        let counts: Vec<_> = frames.iter().map(|frame| (frame.first, frame.count)).collect();
        assert_eq!(counts, [(0, 3), (3, 1), (4, 1), (5, 1)]);
        assert_eq!(batch.bytes.len() as u64, frames.iter().map(Extent::size).sum::<u64>() + HEAD + BLOCK);
    }

    #[test]
    fn an_event_that_is_refused_leaves_nothing() {
        let mut batch = Batch::new(100, 200);
        let refused = |batch: &mut Batch| {
            batch.push(0, |into| {
                into.put(b"half");
                Err("no".into())
            })
        };
        assert!(matches!(refused(&mut batch), Err(Refused::Encode(_))));
        assert!(batch.is_empty() && batch.bytes.is_empty());
        assert!(push(&mut batch, 0, b"whole").is_ok());
        let length = batch.bytes.len();
        assert!(matches!(refused(&mut batch), Err(Refused::Encode(_))));
        assert_eq!((batch.bytes.len(), batch.first()), (length, Some(0)));
    }

    #[test]
    fn what_is_written_ends_with_zeroes() {
        let mut batch = Batch::new(1, 200);
        push(&mut batch, 0, b"a").ok().expect("room");
        push(&mut batch, 1, b"b").ok().expect("room");
        assert_eq!(batch.end(), 2);
        let seal = Seal { journal: 1, segment: 1, epoch: 1, durable: 0 };
        // Behind the last frame they go to the end of a block.
        for (from, to, at, length) in
            [(0, 1, 4096, 64 + 56), (1, 2, 4096 + 64, 4096 - 64), (1, 2, 4096 - 64, 64 + 4096)]
        {
            let bytes = batch.seal(from, to, Kind::Events, seal, at);
            assert_eq!(bytes.len(), length);
            assert!(bytes[64..].iter().all(|byte| *byte == 0) && bytes[..64].iter().any(|byte| *byte != 0));
        }
    }
}
