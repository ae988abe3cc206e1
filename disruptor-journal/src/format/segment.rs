//! The head of a segment: its first block.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::VERSION;
use crate::error::Error;

/// Bytes before the first frame: a block, so that no write of a frame touches the head.
pub(crate) const HEAD: u64 = 4096;

const MAGIC: [u8; 8] = *b"DPJSEGMT";

/// Set where the file was another segment before: behind the last frame stand old bytes, not zeroes.
const RECYCLED: u32 = 1;

/// What is known of a segment from its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHead {
    /// The journal that it belongs to: a random number.
    pub(crate) journal: u64,
    /// Segments are numbered from 1, without gaps.
    pub(crate) id: u64,
    /// Bytes of the file.
    pub(crate) size: u64,
    /// When it was made.
    pub(crate) made: SystemTime,
    /// True if the file was another segment before.
    pub(crate) recycled: bool,
}

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Block {
    magic: [u8; 8],
    version: U32,
    checksum: U32,
    journal: U64,
    id: U64,
    size: U64,
    made: U64,
    flags: U32,
    zeroes: [u8; 4044],
}

const _: () = assert!(size_of::<Block>() == HEAD as usize);

impl Block {
    fn checksum(&self) -> u32 {
        let bytes = self.as_bytes();
        crc32c::crc32c_append(crc32c::crc32c(&bytes[..12]), &bytes[16..])
    }
}

impl SegmentHead {
    /// As it stands in the file.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let made = self.made.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let mut block = Block {
            magic: MAGIC,
            version: U32::new(VERSION),
            checksum: U32::ZERO,
            journal: U64::new(self.journal),
            id: U64::new(self.id),
            size: U64::new(self.size),
            made: U64::new(u64::try_from(made).unwrap_or(u64::MAX)),
            flags: U32::new(if self.recycled { RECYCLED } else { 0 }),
            zeroes: [0; 4044],
        };
        block.checksum = U32::new(block.checksum());
        block.as_bytes().to_vec()
    }

    /// Reads the head of the segment with this id, of a file of so many bytes.
    ///
    /// # Errors
    /// [`Error::Damaged`] or [`Error::Version`], with `path`.
    pub(crate) fn from_bytes(bytes: &[u8], id: u64, length: u64, path: &Path) -> Result<Self, Error> {
        let damaged = |found: String| Error::damaged(path, 0, format!("the head of segment {id}"), found);
        let Ok((block, _)) = Block::ref_from_prefix(bytes) else {
            return Err(damaged(format!("a file of {length} bytes")));
        };
        if block.magic != MAGIC {
            return Err(damaged("no head of a segment".to_owned()));
        }
        if block.checksum.get() != block.checksum() {
            return Err(damaged("a head whose checksum is wrong".to_owned()));
        }
        if block.version.get() != VERSION {
            let (path, found) = (path.to_owned(), block.version.get());
            return Err(Error::Version { path, found, known: VERSION });
        }
        let head = Self {
            journal: block.journal.get(),
            id: block.id.get(),
            size: block.size.get(),
            made: UNIX_EPOCH + Duration::from_nanos(block.made.get()),
            recycled: block.flags.get() & RECYCLED != 0,
        };
        if head.id != id {
            return Err(damaged(format!("the head of segment {}", head.id)));
        }
        if head.size != length {
            return Err(damaged(format!("a file of {length} bytes, of which {} were made", head.size)));
        }
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> SegmentHead {
        let made = UNIX_EPOCH + Duration::from_nanos(1_700_000_000_123_456_789);
        SegmentHead { journal: 7, id: 3, size: 1 << 16, made, recycled: true }
    }

    fn read(bytes: &[u8]) -> Result<SegmentHead, Error> {
        SegmentHead::from_bytes(bytes, 3, 1 << 16, Path::new("a.segment"))
    }

    #[test]
    fn a_head_survives_its_bytes() {
        assert_eq!(read(&head().to_bytes()).expect("whole"), head());
    }

    #[test]
    fn every_flipped_bit_is_seen() {
        let bytes = head().to_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(read(&flipped), Err(Error::Damaged(_))), "bit {bit}");
        }
        assert!(matches!(read(&bytes[..4095]), Err(Error::Damaged(_))));
    }

    #[test]
    fn another_place_or_length_is_damage() {
        let bytes = head().to_bytes();
        let elsewhere = SegmentHead::from_bytes(&bytes, 4, 1 << 16, Path::new("a")).expect_err("another id");
        assert!(
            elsewhere.to_string().contains("the head of segment 3, where the head of segment 4 is expected")
        );
        assert!(SegmentHead::from_bytes(&bytes, 3, 1 << 15, Path::new("a")).is_err());
    }
}
