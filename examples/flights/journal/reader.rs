//! Reading a journal back, frame by frame, each verified.

use std::fmt;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};

use super::frame::{HEAD, Head};
use super::{HEADER_SEQUENCE, MAGIC, PREAMBLE, VERSION};
use crate::lines::RawLine;

/// A journal that is being read.
pub(crate) struct Reader<R> {
    source: BufReader<R>,
    /// Where the next frame begins, in bytes from the start of the file.
    offset: u64,
    /// The sequence that it must have.
    sequence: i64,
    line: Vec<u8>,
}

/// What comes next in a journal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry<'a> {
    /// A line.
    Line(RawLine<'a>),
    /// The end, and all is there.
    Seal,
    /// The end, without a seal.
    Torn(Torn),
}

/// Where a journal is torn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Torn {
    /// Where its last whole frame ends, in bytes from the start of the file.
    pub(crate) offset: u64,
    /// How many bytes follow, of no use.
    pub(crate) bytes: u64,
}

/// Why a journal cannot be read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The source failed.
    Read(io::Error),
    /// It begins otherwise than a journal does.
    NoJournal,
    /// It has a version that is not known.
    Version(u32),
    /// It is torn before its first line: there was nothing in it yet.
    TornHeader(u64),
    /// It is damaged.
    Damaged {
        /// Where the frame begins that is.
        offset: u64,
        /// What shows it.
        what: String,
    },
}

impl<R: Read + Seek> Reader<R> {
    /// Begins to read a journal that `source` stands at the start of.
    ///
    /// # Errors
    /// [`ReadError`]
    pub(crate) fn new(source: R) -> Result<Self, ReadError> {
        let mut source = BufReader::new(source);
        let mut preamble = [0; PREAMBLE];
        let count = read_up_to(&mut source, &mut preamble)?;
        let (magic, version) = preamble[..count].split_at(count.min(MAGIC.len()));
        if count == 0 || !MAGIC.starts_with(magic) {
            return Err(ReadError::NoJournal);
        }
        match version.try_into().map(u32::from_le_bytes) {
            Err(_) => Err(ReadError::TornHeader(count as u64)),
            Ok(VERSION) => {
                Ok(Self { source, offset: PREAMBLE as u64, sequence: HEADER_SEQUENCE, line: Vec::new() })
            }
            Ok(version) => Err(ReadError::Version(version)),
        }
    }

    /// Reads the header line of the CSV: the first thing in a journal.
    ///
    /// # Errors
    /// [`ReadError`]
    pub(crate) fn header(&mut self) -> Result<Vec<u8>, ReadError> {
        let offset = self.offset;
        match self.next_entry()? {
            Entry::Line(header) => Ok(header.bytes.to_vec()),
            Entry::Torn(torn) => Err(ReadError::TornHeader(torn.offset)),
            Entry::Seal => {
                Err(ReadError::Damaged { offset, what: "the seal stands where the header should".to_owned() })
            }
        }
    }

    /// What comes next. After anything but a line, nothing does.
    ///
    /// # Errors
    /// [`ReadError`]
    pub(crate) fn next_entry(&mut self) -> Result<Entry<'_>, ReadError> {
        let mut head = [0; HEAD];
        if read_up_to(&mut self.source, &mut head)? < HEAD {
            return self.torn_or_damaged("a frame is cut off");
        }
        let head = Head::from_bytes(&head);
        let Some(length) = head.line_length() else {
            return self.torn_or_damaged("a frame has a length that no line has");
        };
        self.line.resize(length, 0);
        if read_up_to(&mut self.source, &mut self.line)? < length {
            return self.torn_or_damaged("a frame is cut off");
        }
        if !head.fits(&self.line) {
            return self.torn_or_damaged("a frame's checksum is wrong");
        }
        if head.sequence != self.sequence {
            return self
                .damaged(format!("a frame has sequence {} where {} is due", head.sequence, self.sequence));
        }
        if head.is_seal() {
            let follows = read_up_to(&mut self.source, &mut [0])? > 0;
            return if follows {
                self.damaged("something follows the seal".to_owned())
            } else {
                Ok(Entry::Seal)
            };
        }
        self.offset += (HEAD + length) as u64;
        self.sequence += 1;
        Ok(Entry::Line(RawLine { number: head.number, bytes: &self.line }))
    }

    /// The frame at `offset` is broken: the end of a torn journal if no whole frame follows anywhere, else damage.
    fn torn_or_damaged(&mut self, what: &str) -> Result<Entry<'static>, ReadError> {
        self.source.seek(SeekFrom::Start(self.offset))?;
        let mut rest = Vec::new();
        self.source.read_to_end(&mut rest)?;
        match (1..rest.len()).find(|&from| self.is_later_frame(&rest[from..])) {
            None => Ok(Entry::Torn(Torn { offset: self.offset, bytes: rest.len() as u64 })),
            Some(from) => self.damaged(format!(
                "{what}, and whole frames follow from offset {}",
                self.offset + from as u64
            )),
        }
    }

    /// True if these bytes begin with a whole frame that can stand behind the one that is due, or be it.
    fn is_later_frame(&self, bytes: &[u8]) -> bool {
        let Some((head, rest)) = bytes.split_first_chunk() else { return false };
        let head = Head::from_bytes(head);
        // The sequence first: it rules out nearly every offset without a checksum.
        head.sequence >= self.sequence
            && head.sequence - self.sequence <= i64::from(u32::MAX)
            && head.line_length().and_then(|length| rest.get(..length)).is_some_and(|line| head.fits(line))
    }

    fn damaged<T>(&self, what: String) -> Result<T, ReadError> {
        Err(ReadError::Damaged { offset: self.offset, what })
    }
}

/// Reads until `into` is full or the source has ended, and gives how many bytes that was.
fn read_up_to(source: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < into.len() {
        match source.read(&mut into[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => write!(f, "cannot be read: {error}"),
            Self::NoJournal => f.write_str("is no journal of flights"),
            Self::Version(version) => {
                write!(f, "has version {version}; this program reads version {VERSION}")
            }
            Self::TornHeader(offset) => write!(f, "is torn at offset {offset}, before its first line"),
            Self::Damaged { offset, what } => write!(f, "is damaged at offset {offset}: {what}"),
        }
    }
}

impl std::error::Error for ReadError {}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
