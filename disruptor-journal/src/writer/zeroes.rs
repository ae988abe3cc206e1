//! Filling a segment with zeroes ahead of its frames: a sync of frames then has no business with the file's own data, only with
//! theirs.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::Error;
use crate::storage;

/// How much is filled and synced at a time. With more a sync of frames waits behind it for longer, with less the disk is asked to sync
/// more often.
pub(crate) const PIECE: u64 = 4 << 20;

/// What the system manages a file's room by, everywhere that matters: a write that covers whole blocks need not read them first.
pub(super) const BLOCK: u64 = 4096;

/// What is written with one call. It stays in a processor's cache, and is no new memory each time.
static ZEROES: [u8; 64 << 10] = [0; 64 << 10];

/// Writes zeroes, which are on the disk when it comes back.
pub(super) fn fill(file: &File, path: &Path, range: Range<u64>) -> Result<(), Error> {
    for at in range.clone().step_by(ZEROES.len()) {
        let length = (range.end - at).min(ZEROES.len() as u64) as usize;
        storage::write_at(file, path, "zeroes", &ZEROES[..length], at)?;
    }
    storage::sync(file, path, "zeroes")
}

/// True if parts of the file were never written, so that it has no room on the disk for them.
pub(super) fn has_holes(file: &File, path: &Path, size: u64) -> Result<bool, Error> {
    let metadata = file.metadata().map_err(Error::io("look at", path))?;
    // Always in units of 512 bytes.
    Ok(metadata.blocks() * 512 < size)
}
