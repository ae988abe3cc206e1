//! Reading a journal's events, from any sequence on.

pub(crate) mod index_file;
mod into;
mod reader;
mod resume;

use std::sync::Arc;

use disruptor_runtime::Sequence;

pub use reader::Reader;
pub(crate) use resume::{Handed, Resuming};

use crate::error::Error;
use crate::format::frame::{EVENT_HEAD, Frame, split_event};
use crate::format::reader::{SegmentReader, Stand};
use crate::format::segment::HEAD;
use crate::recover::{Chain, Surveyed, describe};
use crate::writer::Shared;

/// An event of a journal, where it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Its number in the journal: from 0, without gaps.
    pub sequence: Sequence,
    /// As it was encoded.
    pub bytes: &'a [u8],
}

/// The events of a journal from a sequence on, up to where the journal ended when this was made. Every frame's checksum is looked at again.
///
/// [`next_event`](Self::next_event) gives events where they were read; as an [`Iterator`] it gives copies.
#[derive(Debug)]
pub struct Replay {
    /// The segments that are still to be read, the next one last.
    segments: Vec<Surveyed>,
    open: Option<Open>,
    /// The event that comes next, and where it ends.
    next: Sequence,
    end: Sequence,
    chain: Chain,
    handed: Option<Arc<Handed>>,
    pin: Option<(Arc<Shared>, u64)>,
}

/// The frame that is being read.
#[derive(Debug)]
struct Open {
    reader: SegmentReader,
    at: u64,
    frame: Option<Frame>,
    /// Where in its events the next one begins, and how many are left.
    offset: usize,
    left: u32,
}

impl Replay {
    /// The events from `from` to `end` of these segments, which retention leaves alone meanwhile if it is a writer's.
    pub(crate) fn new(
        segments: &[Surveyed],
        from: Sequence,
        end: Sequence,
        writer: Option<Arc<Shared>>,
    ) -> Result<Self, Error> {
        let first = segments.first().map_or(0, |segment| segment.first);
        if from < first {
            return Err(Error::Gone { wanted: from, first });
        }
        if from > end {
            return Err(Error::Beyond { wanted: from, next: end });
        }
        // The last segment that begins at or before it: an empty one may begin there, too.
        let place = segments.partition_point(|segment| segment.first <= from).saturating_sub(1);
        let mut segments: Vec<_> = segments[place..].to_vec();
        let pin = writer.map(|shared| {
            let segment = segments[0].head.id;
            shared.pin(segment);
            (shared, segment)
        });
        segments.reverse();
        let mut replay =
            Self { segments, open: None, next: from, end, chain: Chain::default(), handed: None, pin };
        if from < end {
            replay.seek()?;
        }
        Ok(replay)
    }

    /// The sequence of the event that comes next.
    #[must_use]
    pub fn next_sequence(&self) -> Sequence {
        self.next
    }

    /// The sequence behind the last event.
    #[must_use]
    pub fn end(&self) -> Sequence {
        self.end
    }

    /// The next event, or nothing at the end.
    ///
    /// # Errors
    /// [`Error::Damaged`] if it is not there any more as it was; [`Error::Gone`] if retention took it meanwhile; [`Error::Io`].
    #[inline]
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, Error> {
        if self.next >= self.end {
            return Ok(None);
        }
        while self.open.as_ref().is_none_or(|open| open.left == 0) {
            self.next_frame()?;
        }
        let sequence = self.next;
        if let Some(handed) = &self.handed {
            handed.hand(sequence);
        }
        self.next += 1;
        let open = self.open.as_mut().expect("a frame with events");
        open.event().map(|bytes| Some(Event { sequence, bytes }))
    }

    /// Finds the frame of the first event.
    fn seek(&mut self) -> Result<(), Error> {
        let (from, segment) = (self.next, self.segments.last().expect("where the event is"));
        let (journal, path) = (segment.head.journal, segment.path.clone());
        let known = segment.index.at_or_before(from);
        let known = known.or_else(|| index_file::read(&path, journal, segment.head.id)?.at_or_before(from));
        self.next_segment()?;
        if let (Some(at), Some(open)) = (known, &mut self.open) {
            // An index that is wrong is worth nothing, and no error.
            if let Stand::Frame(frame) = open.reader.look(at)?
                && frame.first <= from
            {
                open.at = at;
            }
        }
        loop {
            self.next_frame()?;
            let open = self.open.as_mut().expect("a frame");
            let frame = open.frame.expect("a frame");
            if frame.first > from {
                return Err(
                    open.damaged(format!("a frame with sequence {from}"), describe(&Stand::Frame(frame)))
                );
            }
            if frame.end() > from {
                for _ in frame.first..from {
                    open.event()?;
                }
                return Ok(());
            }
        }
    }

    /// Goes on to the next frame, which may have no events.
    #[cold]
    fn next_frame(&mut self) -> Result<(), Error> {
        loop {
            let Some(open) = &mut self.open else {
                self.next_segment()?;
                continue;
            };
            let at = open.at + open.frame.take().map_or(0, |frame| frame.size());
            (open.at, open.left, open.offset) = (at, 0, 0);
            let stand = open.reader.look(at)?;
            if let Stand::Frame(frame) = stand
                && self.chain.takes(&frame)
            {
                self.chain.take(&frame);
                (open.frame, open.left) = (Some(frame), frame.count);
                return Ok(());
            }
            if self.segments.is_empty() {
                return Err(open.is_broken(self.next, &stand));
            }
            if at == HEAD && !open.reader.is_same() {
                // Retention took it after it was opened, and the file is another segment now.
                return Err(Error::Gone { wanted: self.next, first: self.next + 1 });
            }
            // It goes on in the next segment, or is broken there.
            self.next_segment()?;
            let open = self.open.as_mut().expect("the next segment");
            let first = open.reader.look(HEAD)?;
            if !matches!(first, Stand::Frame(frame) if self.chain.takes(&frame)) {
                return Err(open.is_broken(self.next, &first));
            }
        }
    }

    fn next_segment(&mut self) -> Result<(), Error> {
        let Some(segment) = self.segments.pop() else {
            return Err(Error::Beyond { wanted: self.next, next: self.next });
        };
        if let Some((shared, pinned)) = &mut self.pin {
            shared.pin(segment.head.id);
            shared.unpin(*pinned);
            *pinned = segment.head.id;
        }
        let reader = match SegmentReader::open(&segment.path, segment.head.id) {
            Ok(reader) => reader,
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::Gone { wanted: self.next, first: segment.end });
            }
            Err(error) => return Err(error),
        };
        self.open = Some(Open { reader, at: HEAD, frame: None, offset: 0, left: 0 });
        Ok(())
    }
}

impl Open {
    /// The next event of the frame.
    #[inline]
    fn event(&mut self) -> Result<&[u8], Error> {
        let frame = self.frame.as_ref().expect("a frame with events");
        let body = self.reader.body(self.at, frame)?;
        match body.get(self.offset..).and_then(split_event).map(|(event, _)| event.len()) {
            Some(length) => {
                let start = self.offset + EVENT_HEAD;
                self.offset = start + length;
                self.left -= 1;
                // In the buffer: it was there a moment ago.
                Ok(&self.reader.body(self.at, self.frame.as_ref().expect("a frame"))?[start..start + length])
            }
            None => Err(self.damaged("an event".to_owned(), "a length that no event has".to_owned())),
        }
    }

    /// The chain ends here, and should not.
    #[cold]
    fn is_broken(&self, next: Sequence, stand: &Stand) -> Error {
        if !self.reader.is_same() {
            return Error::Gone { wanted: next, first: next + 1 };
        }
        self.damaged(format!("the frame of sequence {next}"), describe(stand))
    }

    #[cold]
    fn damaged(&self, expected: String, found: String) -> Error {
        Error::damaged(self.reader.path(), self.at, expected, found)
    }
}

/// Copies of the events; after an error nothing more comes.
impl Iterator for Replay {
    type Item = Result<(Sequence, Vec<u8>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let copied = self.next_event().map(|event| event.map(|event| (event.sequence, event.bytes.to_vec())));
        if copied.is_err() {
            self.end = self.next;
        }
        copied.transpose()
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        if let Some((shared, segment)) = &self.pin {
            shared.unpin(*segment);
        }
    }
}
