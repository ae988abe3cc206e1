//! Frames: the events of a batch, or a mark, under one checksum.

use disruptor_runtime::Sequence;
use zerocopy::little_endian::{I64, U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::{ALIGN, VERSION, aligned};

/// Bytes of a frame's head.
pub(crate) const HEAD: u64 = 56;

/// Bytes before each event: its length.
pub(crate) const EVENT_HEAD: usize = 4;

/// What each frame begins with.
pub(crate) const MAGIC: [u8; 4] = *b"DPJf";

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Events.
    Events,
    /// A writer has opened the journal here: a new epoch begins.
    Opened,
    /// A writer has closed the journal here, and all before it is durable.
    Closed,
}

/// A frame's head, as it stands in the file.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(crate) struct Head {
    magic: [u8; 4],
    checksum: U32,
    version: U16,
    kind: U16,
    length: U32,
    segment: U64,
    epoch: U64,
    first: I64,
    durable: I64,
    count: U32,
    zero: U32,
}

const _: () = assert!(size_of::<Head>() == HEAD as usize && HEAD.is_multiple_of(ALIGN));

/// What a frame's head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub kind: Kind,
    /// The segment in which it stands.
    pub segment: u64,
    /// How often the journal had been opened when it was written.
    pub epoch: u64,
    /// The sequence of its first event; of a mark, of the event that comes next.
    pub first: Sequence,
    /// How many events it has.
    pub count: u32,
    /// Everything below this sequence was durable before it was written.
    pub durable: Sequence,
    /// Bytes of its events, each with its length before it.
    pub length: u32,
}

impl Frame {
    /// The sequence behind its last event.
    #[must_use]
    pub fn end(&self) -> Sequence {
        self.first + Sequence::from(self.count)
    }

    /// Bytes of the file that it takes, with its head and what fills it up to a multiple of eight.
    #[must_use]
    pub fn size(&self) -> u64 {
        HEAD + aligned(self.length.into())
    }

    /// Writes the head of a frame over the first bytes of `bytes`, which end with what fills the frame up.
    ///
    /// # Panics
    /// If that is not as long as the frame.
    pub(crate) fn seal(&self, journal: u64, bytes: &mut [u8]) {
        assert_eq!(bytes.len() as u64, self.size(), "a frame is as long as its head says");
        let (head, body) = bytes.split_at_mut(HEAD as usize);
        let kind = match self.kind {
            Kind::Events => 1,
            Kind::Opened => 2,
            Kind::Closed => 3,
        };
        let mut sealed = Head {
            magic: MAGIC,
            checksum: U32::ZERO,
            version: U16::new(VERSION as u16),
            kind: U16::new(kind),
            length: U32::new(self.length),
            segment: U64::new(self.segment),
            epoch: U64::new(self.epoch),
            first: I64::new(self.first),
            durable: I64::new(self.durable),
            count: U32::new(self.count),
            zero: U32::ZERO,
        };
        sealed.checksum = U32::new(sealed.checksum(journal, body));
        head.copy_from_slice(sealed.as_bytes());
    }
}

/// What stands where a frame may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Zeroes: nothing was written there yet.
    Blank,
    /// No frame of this segment.
    Nothing(&'static str),
    /// It may be a frame, with a body of so many bytes with what fills it up.
    Candidate(u64),
}

impl Head {
    /// Takes `bytes` for a head. They may be anything.
    pub(crate) fn read(bytes: &[u8; HEAD as usize]) -> Self {
        Self::read_from_bytes(bytes).expect("as long as a head")
    }

    /// What it looks like, before its body is looked at.
    pub(crate) fn look(&self, segment: u64) -> Found {
        if self.as_bytes().iter().all(|byte| *byte == 0) {
            Found::Blank
        } else if self.magic != MAGIC {
            Found::Nothing("no frame")
        } else if self.segment.get() != segment {
            Found::Nothing("a frame of another segment")
        } else {
            Found::Candidate(aligned(self.length.get().into()))
        }
    }

    /// The frame, if its checksum is right over this body, which includes what fills it up.
    pub(crate) fn check(&self, journal: u64, body: &[u8]) -> Result<Frame, &'static str> {
        if self.checksum.get() != self.checksum(journal, body) {
            return Err("a frame whose checksum is wrong");
        }
        // The rest is under the checksum: it is as a writer wrote it.
        let kind = match self.kind.get() {
            _ if u32::from(self.version.get()) != VERSION => return Err("a frame of another version"),
            1 => Kind::Events,
            2 => Kind::Opened,
            3 => Kind::Closed,
            _ => return Err("a frame of an unknown kind"),
        };
        Ok(Frame {
            kind,
            segment: self.segment.get(),
            epoch: self.epoch.get(),
            first: self.first.get(),
            count: self.count.get(),
            durable: self.durable.get(),
            length: self.length.get(),
        })
    }

    /// Over a salt of journal, segment and epoch, the head behind the checksum, and the body.
    fn checksum(&self, journal: u64, body: &[u8]) -> u32 {
        let mut salt = [0; 24];
        salt[..8].copy_from_slice(&journal.to_le_bytes());
        salt[8..16].copy_from_slice(self.segment.as_bytes());
        salt[16..].copy_from_slice(self.epoch.as_bytes());
        let salted = crc32c::crc32c(&salt);
        crc32c::crc32c_append(crc32c::crc32c_append(salted, &self.as_bytes()[8..]), body)
    }
}

/// The first event of a frame's body, and what follows it. Nothing if the body is not as a writer makes it.
#[inline]
pub(crate) fn split_event(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = body.split_first_chunk::<EVENT_HEAD>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: u32) -> Frame {
        Frame { kind: Kind::Events, segment: 3, epoch: 9, first: 41, count: 2, durable: 41, length }
    }

    fn sealed(body: &[u8]) -> Vec<u8> {
        let frame = frame(body.len() as u32);
        let mut bytes = vec![0; HEAD as usize];
        bytes.extend_from_slice(body);
        bytes.resize(frame.size() as usize, 0);
        frame.seal(7, &mut bytes);
        bytes
    }

    fn read(journal: u64, segment: u64, bytes: &[u8]) -> Result<Frame, &'static str> {
        let (head, body) = bytes.split_first_chunk().expect("a head");
        let head = Head::read(head);
        match head.look(segment) {
            Found::Blank => Err("blank"),
            Found::Nothing(what) => Err(what),
            Found::Candidate(length) => head.check(journal, body.get(..length as usize).ok_or("cut off")?),
        }
    }

    #[test]
    fn a_frame_survives_its_bytes() {
        let bytes = sealed(b"\x03\0\0\0abc\0\0\0\0");
        assert_eq!(read(7, 3, &bytes), Ok(frame(11)));
        assert_eq!(bytes.len(), 72);
        let (event, rest) = split_event(&bytes[HEAD as usize..]).expect("an event");
        assert_eq!((event, split_event(rest)), (&b"abc"[..], Some((&b""[..], &rest[4..]))));
    }

    #[test]
    fn every_flipped_bit_is_seen_also_in_what_fills_it_up() {
        let bytes = sealed(b"\x03\0\0\0abc");
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(read(7, 3, &flipped).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_frame_of_another_journal_or_segment_is_none() {
        let bytes = sealed(b"\x03\0\0\0abc");
        assert_eq!(read(8, 3, &bytes), Err("a frame whose checksum is wrong"));
        assert_eq!(read(7, 4, &bytes), Err("a frame of another segment"));
        assert_eq!(read(7, 3, &[0; 64]), Err("blank"));
    }

    #[test]
    fn bodies_that_no_writer_makes() {
        assert_eq!(split_event(b"\x04\0\0\0abc"), None);
        assert_eq!(split_event(b"\x04\0"), None);
    }

    /// The check value of the CRC-32C that the format names.
    #[test]
    fn the_checksum_is_crc_32c() {
        assert_eq!(crc32c::crc32c(b"123456789"), 0xE306_9283);
    }
}
