//! Filling a segment with zeroes ahead of its frames: a sync of frames then has no business with the file's own data, only with
//! theirs.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::segment::Segment;
use crate::buffer::Buffer;
use crate::error::Error;
use crate::storage;

/// How much is filled and synced at a time. With more a sync of frames waits behind it for longer, with less the disk is asked to sync
/// more often.
pub(crate) const PIECE: u64 = 4 << 20;

/// What is written with one call.
const WRITE: usize = 1 << 20;

/// Writes zeroes, which are on the disk when it comes back.
pub(super) fn fill(segment: &Segment, range: Range<u64>) -> Result<(), Error> {
    let zeroes = Buffer::zeroes(WRITE);
    for at in range.clone().step_by(WRITE) {
        let length = (range.end - at).min(WRITE as u64) as usize;
        segment.write("zeroes", &zeroes[..length], at)?;
    }
    storage::sync(&segment.file, &segment.path, "zeroes")
}

/// True if parts of the file were never written, so that it has no room on the disk for them.
pub(super) fn has_holes(file: &File, path: &Path, size: u64) -> Result<bool, Error> {
    let metadata = file.metadata().map_err(Error::io("look at", path))?;
    // Always in units of 512 bytes.
    Ok(metadata.blocks() * 512 < size)
}
