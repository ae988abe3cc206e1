//! Reads the frames of a segment, in large pieces.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::frame::{self, Found, Frame, Head};
use super::segment::{self, SegmentHead};
use super::{ALIGN, aligned};
use crate::error::Error;
use crate::storage;

/// Bytes asked of the system at a time.
const PIECE: usize = 1 << 20;

/// What stands at a place of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    /// The end of the segment: no frame has room here.
    End,
    /// Zeroes.
    Blank,
    /// No frame, and why.
    Nothing(&'static str),
    /// A whole frame.
    Frame(Frame),
}

/// A segment that is read.
#[derive(Debug)]
pub(crate) struct SegmentReader {
    file: File,
    path: PathBuf,
    head: SegmentHead,
    buffer: Vec<u8>,
    /// Where in the file the buffer begins, and how much of it is read.
    begins: u64,
    filled: usize,
}

impl SegmentReader {
    /// Opens the segment with this id.
    ///
    /// # Errors
    /// [`Error`]
    pub(crate) fn open(path: &Path, id: u64) -> Result<Self, Error> {
        let file = storage::open_to_read(path)?;
        let length = file.metadata().map_err(Error::io("look at", path))?.len();
        let mut bytes = vec![0; length.min(segment::HEAD) as usize];
        file.read_exact_at(&mut bytes, 0).map_err(Error::io("read", path))?;
        let head = SegmentHead::from_bytes(&bytes, id, length, path).or_else(|error| {
            // Retention may have taken it after it was opened: it has another name then, and may be another segment already.
            fs::metadata(path).map_err(Error::io("open", path))?;
            Err(error)
        })?;
        Ok(Self { file, path: path.to_owned(), head, buffer: Vec::new(), begins: 0, filled: 0 })
    }

    /// What its head says.
    pub(crate) fn head(&self) -> &SegmentHead {
        &self.head
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// True if the file is still the segment that was opened: it may have been made another one meanwhile.
    pub(crate) fn is_same(&self) -> bool {
        let mut bytes = vec![0; segment::HEAD as usize];
        self.file.read_exact_at(&mut bytes, 0).is_ok()
            && SegmentHead::from_bytes(&bytes, self.head.id, self.head.size, &self.path)
                .is_ok_and(|head| head == self.head)
    }

    /// What stands at an offset.
    ///
    /// # Errors
    /// [`Error::Io`]
    #[inline]
    pub(crate) fn look(&mut self, at: u64) -> Result<Stand, Error> {
        let (journal, segment, room) = (self.head.journal, self.head.id, self.head.size.saturating_sub(at));
        if room < frame::HEAD {
            return Ok(Stand::End);
        }
        let bytes = self.bytes(at, frame::HEAD as usize)?;
        let head = Head::read(bytes.first_chunk().expect("as many as were asked for"));
        let length = match head.look(segment) {
            Found::Blank => return Ok(Stand::Blank),
            Found::Nothing(what) => return Ok(Stand::Nothing(what)),
            Found::Candidate(length) if length > room - frame::HEAD => {
                return Ok(Stand::Nothing("a frame that is longer than the segment"));
            }
            Found::Candidate(length) => length,
        };
        let body = self.bytes(at + frame::HEAD, length as usize)?;
        Ok(match head.check(journal, body) {
            Ok(frame) => Stand::Frame(frame),
            Err(what) => Stand::Nothing(what),
        })
    }

    /// The events of a frame that stands at an offset.
    ///
    /// # Errors
    /// [`Error::Io`]
    #[inline]
    pub(crate) fn body(&mut self, at: u64, frame: &Frame) -> Result<&[u8], Error> {
        self.bytes(at + frame::HEAD, frame.length as usize)
    }

    /// The first whole frame from an offset on that `is_it`, and the offset behind the last byte that is not zero, as far as was
    /// looked.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub(crate) fn find(
        &mut self,
        from: u64,
        is_it: impl Fn(&Frame) -> bool,
    ) -> Result<(Option<u64>, u64), Error> {
        let mut at = aligned(from);
        let mut used = from;
        while at < self.head.size {
            let length = (self.head.size - at).min(64 << 10) as usize;
            let piece = self.bytes(at, length)?;
            if piece.iter().all(|byte| *byte == 0) {
                at += length as u64;
                continue;
            }
            if let Some(last) = piece.iter().rposition(|byte| *byte != 0) {
                used = used.max(at + last as u64 + 1);
            }
            let begins = |place: &[u8]| place.starts_with(&frame::MAGIC);
            match piece.chunks(ALIGN as usize).position(begins) {
                None => at += length as u64,
                Some(place) => {
                    at += place as u64 * ALIGN;
                    if let Stand::Frame(frame) = self.look(at)?
                        && is_it(&frame)
                    {
                        return Ok((Some(at), used));
                    }
                    at += ALIGN;
                }
            }
        }
        Ok((None, used))
    }

    /// So many bytes at an offset, which the segment has.
    #[inline]
    fn bytes(&mut self, at: u64, length: usize) -> Result<&[u8], Error> {
        let begins = at.wrapping_sub(self.begins) as usize;
        let is_there = at >= self.begins && begins + length <= self.filled;
        if is_there { Ok(&self.buffer[begins..][..length]) } else { self.fill(at, length) }
    }

    #[cold]
    fn fill(&mut self, at: u64, length: usize) -> Result<&[u8], Error> {
        let wanted = (length.max(PIECE) as u64).min(self.head.size - at) as usize;
        self.filled = 0;
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        self.file.read_exact_at(&mut self.buffer[..wanted], at).map_err(Error::io("read", &self.path))?;
        (self.begins, self.filled) = (at, wanted);
        Ok(&self.buffer[..length])
    }
}
