//! A snapshot's file: a head, and the bytes of the state.

use std::path::Path;

use disruptor_runtime::Sequence;
use zerocopy::little_endian::{I64, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::VERSION;
use crate::error::Error;

const MAGIC: [u8; 8] = *b"DPJSNAPS";

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Head {
    magic: [u8; 8],
    version: U32,
    checksum: U32,
    journal: U64,
    sequence: I64,
    length: U64,
}

/// Bytes before the state.
pub(crate) const HEAD: usize = size_of::<Head>();

impl Head {
    fn checksum(&self, state: &[u8]) -> u32 {
        let bytes = self.as_bytes();
        let head = crc32c::crc32c_append(crc32c::crc32c(&bytes[..12]), &bytes[16..]);
        crc32c::crc32c_append(head, state)
    }
}

/// A snapshot's file.
pub(crate) fn to_bytes(journal: u64, sequence: Sequence, state: &[u8]) -> Vec<u8> {
    let mut head = Head {
        magic: MAGIC,
        version: U32::new(VERSION),
        checksum: U32::ZERO,
        journal: U64::new(journal),
        sequence: I64::new(sequence),
        length: U64::new(state.len() as u64),
    };
    head.checksum = U32::new(head.checksum(state));
    [head.as_bytes(), state].concat()
}

/// The state in a snapshot's file.
///
/// # Errors
/// [`Error::Damaged`] or [`Error::Version`], with `path`.
pub(crate) fn from_bytes(
    bytes: Vec<u8>,
    journal: u64,
    sequence: Sequence,
    path: &Path,
) -> Result<Vec<u8>, Error> {
    let damaged = |offset, found: &str| {
        Err(Error::damaged(path, offset, format!("the snapshot of sequence {sequence}"), found))
    };
    let Ok((head, state)) = Head::ref_from_prefix(&bytes) else {
        return damaged(0, "a file too short for a head");
    };
    if head.magic != MAGIC {
        return damaged(0, "no snapshot");
    }
    if head.length.get() != state.len() as u64 {
        return damaged(HEAD as u64, "a state of another length");
    }
    if head.checksum.get() != head.checksum(state) {
        return damaged(0, "a checksum that is wrong");
    }
    if head.version.get() != VERSION {
        let (path, found) = (path.to_owned(), head.version.get());
        return Err(Error::Version { path, found, known: VERSION });
    }
    if head.journal.get() != journal {
        return damaged(16, "a snapshot of another journal");
    }
    if head.sequence.get() != sequence {
        return damaged(24, "the snapshot of another sequence");
    }
    let mut bytes = bytes;
    bytes.drain(..HEAD);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_survives_its_bytes_and_every_flipped_bit_is_seen() {
        let bytes = to_bytes(7, 41, b"state");
        let read = |bytes: &[u8]| from_bytes(bytes.to_vec(), 7, 41, Path::new("a.snapshot"));
        assert_eq!(read(&bytes).expect("whole"), b"state");
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&flipped).is_err(), "bit {bit}");
        }
        for cut in 0..bytes.len() {
            assert!(read(&bytes[..cut]).is_err(), "cut at {cut}");
        }
    }
}
