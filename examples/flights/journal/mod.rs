//! The journal: every raw line in a file, so that the table can be rebuilt from it alone.
//!
//! # Format
//! All numbers are little-endian. A journal is
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `FLIGHTSJ` |
//! | 4 | the version of this format, 1 |
//! | frames | the header line of the CSV, with sequence -1; then each line, with sequences from 0 |
//! | a frame | the seal, if the run came to its end |
//!
//! and a frame is
//!
//! | bytes | what |
//! |---|---|
//! | 4 | length of the line in bytes, at most 65,536; of a seal 4,294,967,295 |
//! | 4 | CRC-32C of the other parts of the frame, in their order |
//! | 8 | sequence; of a seal, how many lines there are |
//! | 8 | the line's number in the CSV; of a seal 0 |
//! | length | the line, without its end; of a seal nothing |
//!
//! # After a crash
//! The frames of a batch are written at once and synced before any of them counts as journaled. What a crash leaves is thus
//! whole frames and then, at most, a part of a batch: a *torn tail*, which is reported, while everything before it is good. If
//! whole frames follow behind a broken one, it was not a torn write: that is *damage*, and nothing after it is to be trusted.
//! Without its seal a journal always counts as torn, even if it ends at the end of a frame.

mod frame;
mod reader;
mod writer;

pub(crate) use reader::{Entry, ReadError, Reader, Torn};
pub(crate) use writer::{WriteError, Writer};

/// What a journal begins with.
const MAGIC: &[u8; 8] = b"FLIGHTSJ";

/// The version of the format.
const VERSION: u32 = 1;

/// Bytes before the first frame.
const PREAMBLE: usize = MAGIC.len() + size_of::<u32>();

/// The sequence of the frame that holds the CSV's header line.
const HEADER_SEQUENCE: i64 = -1;
