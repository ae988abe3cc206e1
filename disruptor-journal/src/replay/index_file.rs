//! The index of a full segment, in a file beside it. It is written without a sync: one that is not whole counts as none.

use std::fs;
use std::path::Path;

use disruptor_runtime::Sequence;

use crate::error::Error;
use crate::format::VERSION;
use crate::format::names::Name;
use crate::recover::Index;

const MAGIC: &[u8; 8] = b"DPJINDEX";

/// Magic, version, checksum, journal, segment.
const HEAD: usize = 32;

/// Bytes of an entry: a sequence, and where its frame begins.
const ENTRY: usize = 16;

/// Writes the index of a segment.
pub(crate) fn write(directory: &Path, journal: u64, segment: u64, index: &Index) -> Result<(), Error> {
    let mut bytes = Vec::with_capacity(HEAD + ENTRY * index.entries().len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&journal.to_le_bytes());
    bytes.extend_from_slice(&segment.to_le_bytes());
    for (sequence, at) in index.entries() {
        bytes.extend_from_slice(&sequence.to_le_bytes());
        bytes.extend_from_slice(&at.to_le_bytes());
    }
    let checksum = checksum(&bytes);
    bytes[12..16].copy_from_slice(&checksum.to_le_bytes());
    let path = Name::Index(segment).within(directory);
    fs::write(&path, bytes).map_err(Error::io("write", &path))
}

/// The index beside this segment's file, if there is a whole one.
pub(crate) fn read(path: &Path, journal: u64, segment: u64) -> Option<Index> {
    let bytes = fs::read(Name::Index(segment).within(path.parent()?)).ok()?;
    let (head, entries) = bytes.split_at_checked(HEAD)?;
    let number = |from: usize| head[from..from + 8].try_into().map(u64::from_le_bytes).ok();
    let is_it = head.starts_with(MAGIC)
        && head[8..12] == VERSION.to_le_bytes()
        && head[12..16] == checksum(&bytes).to_le_bytes()
        && number(16)? == journal
        && number(24)? == segment;
    let entries = entries.chunks_exact(ENTRY).map(|entry| {
        let (sequence, at) = entry.split_at(8);
        let sequence = Sequence::from_le_bytes(sequence.try_into().expect("eight bytes"));
        (sequence, u64::from_le_bytes(at.try_into().expect("eight bytes")))
    });
    is_it.then(|| Index::of(entries.collect()))
}

fn checksum(bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&bytes[..12]), &bytes[16..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_there_and_back_and_none_that_is_damaged() {
        let scratch = tempfile::tempdir().expect("a directory");
        let index = Index::of(vec![(5, 4096), (90, 70_000)]);
        write(scratch.path(), 7, 3, &index).expect("written");
        let segment = Name::Segment(3).within(scratch.path());
        assert_eq!(read(&segment, 7, 3), Some(index));
        assert_eq!(read(&segment, 8, 3), None);
        let path = Name::Index(3).within(scratch.path());
        let bytes = fs::read(&path).expect("there");
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, flipped).expect("written");
            assert_eq!(read(&segment, 7, 3), None, "bit {bit}");
        }
    }
}
