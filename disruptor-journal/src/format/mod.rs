//! What stands in the files, byte by byte; `docs/journal-format.md` says the same in words.

pub(crate) mod frame;
pub(crate) mod names;
pub(crate) mod reader;
pub(crate) mod segment;
pub(crate) mod snapshot;

/// The version of the format.
pub(crate) const VERSION: u32 = 1;

/// What frames begin at a multiple of.
pub(crate) const ALIGN: u64 = 8;

/// `length`, rounded up to where a frame may begin.
pub(crate) const fn aligned(length: u64) -> u64 {
    length.next_multiple_of(ALIGN)
}
