//! A journal for event pipelines: the first stage, which lets nothing through that a power failure could take away, and from which
//! everything behind it can be rebuilt.
//!
//! ```
//! use disruptor_journal::{Journal, Options, Reader};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let scratch = tempfile::tempdir()?;
//! # let directory = scratch.path().join("day");
//! let mut journal = Options::new().segment_size(1 << 20).open(&directory)?;
//! journal.append(b"sell", false)?;
//! journal.append(b"buy", true)?;                  // one write and one sync for both
//! journal.close()?;
//!
//! let mut replay = Reader::open(&directory)?.replay(1)?;
//! while let Some(event) = replay.next_event()? {
//!     assert_eq!((event.sequence, event.bytes), (1, &b"buy"[..]));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! In a pipeline [`Journal`] is a handler, or `journal(&raw, end_of_batch) = journal.stage();`. The guide is `docs/journal.md`, the format
//! byte by byte `docs/journal-format.md`.
//!
//! # What is promised
//! With [`SyncPolicy::Batch`]: an event that a later stage has seen is on the disk. After a crash, of the process or of the machine, the
//! journal holds every such event, in order, once, and after them at most events of the batch that was being written. What is
//! damaged otherwise is found, and is an error that changes nothing.
//!
//! | module | what stands there |
//! |---|---|
//! | `buffer` | memory that the disk takes bytes from |
//! | `journal`, `stage` | the journal that is written, and how it is a stage |
//! | `writer` | batches into frames into segments, the thread that makes these ahead, and the one that writes large batches before they end |
//! | `format` | what stands in the files |
//! | `recover` | the chain of frames, its end, torn tails and damage |
//! | `replay` | events from any sequence, into a pipeline too |
//! | `snapshot`, `retention` | states that replays begin with, and what is not needed any more |
//! | [`tools`] | what the command `journal` does, as a library |
//! | `storage`, `faults` | every step that touches the disk, and how tests have it fail |

#![forbid(unsafe_code)]

mod buffer;
mod encode;
mod error;
#[cfg(feature = "faults")]
pub mod faults;
mod format;
mod journal;
mod options;
mod recover;
mod replay;
mod retention;
mod snapshot;
mod stage;
mod storage;
pub mod tools;
mod writer;

pub use disruptor_runtime::{BoxError, Sequence};
pub use encode::{Decode, Encode, Encoder, from_plain, plain};
#[cfg(feature = "postcard")]
pub use encode::{from_postcard, with_postcard};
pub use error::{Damage, Error};
pub use format::frame::{Frame, Kind};
pub use journal::Journal;
pub use options::{Check, Options, SyncPolicy};
pub use recover::Torn;
pub use replay::{Event, Reader, Replay};
pub use retention::Retention;
pub use snapshot::{Snapshot, Snapshots};
pub use stage::With;

/// The guide's examples, as tests; the page itself stands beside the crate, not in it.
#[cfg(doctest)]
#[doc = include_str!("../../docs/journal.md")]
mod guide {}
