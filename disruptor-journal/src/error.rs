//! What can go wrong, each with the file, the cause and the remedy.

use std::io;
use std::path::{Path, PathBuf};

use disruptor_runtime::{BoxError, Fatal, Sequence};
use thiserror::Error;

/// Why a journal could not be opened, written, read or cut.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The system refused something. After this a journal that was being written takes nothing more: what a failed write or sync has
    /// left on the disk cannot be known, and trying again would only hide it.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was to be done.
        action: &'static str,
        /// To which file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody else writes this journal.
    #[error(
        "{} is being written by another process or another `Journal`: there can be one writer; end it, or read with `Reader`",
        path.display()
    )]
    Locked {
        /// The journal's directory.
        path: PathBuf,
    },
    /// The journal is damaged, and not at its end alone. Nothing was changed.
    #[error(transparent)]
    Damaged(#[from] Box<Damage>),
    /// There is no journal in this directory.
    #[error("{} holds no journal: there is no file whose name ends with .segment", path.display())]
    NoJournal {
        /// The directory.
        path: PathBuf,
    },
    /// A file has a format that this version does not know.
    #[error("{} has version {found} of the format, and this is made for version {known}: use the release that wrote it", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// What it has.
        found: u32,
        /// What is known.
        known: u32,
    },
    /// An option that cannot be.
    #[error("{0}")]
    Options(String),
    /// An event could not be encoded. Neither it nor the rest of its batch is in the journal.
    #[error("cannot encode the event with sequence {sequence}: {source}")]
    Encode {
        /// Its sequence in the journal.
        sequence: Sequence,
        /// Why.
        source: BoxError,
    },
    /// An event could not be decoded, and was not replayed.
    #[error("cannot decode the event with sequence {sequence}: {source}")]
    Decode {
        /// Its sequence in the journal.
        sequence: Sequence,
        /// Why.
        source: BoxError,
    },
    /// An event is larger than a segment holds.
    #[error(
        "the event with sequence {sequence} has {bytes} bytes, and a segment holds one of at most {most}: \
         make segments larger with `Options::segment_size`"
    )]
    TooLarge {
        /// Its sequence in the journal.
        sequence: Sequence,
        /// Its size, encoded.
        bytes: usize,
        /// The most there may be.
        most: usize,
    },
    /// These events are not in the journal any more: retention took them.
    #[error(
        "sequence {wanted} is not in the journal any more: it begins with {first}; replay from a snapshot, or keep more"
    )]
    Gone {
        /// What was asked for.
        wanted: Sequence,
        /// The first that there is.
        first: Sequence,
    },
    /// The journal ends before this sequence.
    #[error("the journal ends before sequence {wanted}: the next it takes has {next}")]
    Beyond {
        /// What was asked for.
        wanted: Sequence,
        /// Where it ends.
        next: Sequence,
    },
    /// An event that the journal was to pass, since it is replayed, is not the one that stands there.
    #[error(
        "the event that came as sequence {sequence} is not the one that the journal holds there: \
         replay into the pipeline all that was resumed, before anything else is published"
    )]
    NotReplayed {
        /// The sequence in the journal.
        sequence: Sequence,
    },
    /// The pipeline took no more events.
    #[error(transparent)]
    Closed(#[from] disruptor_runtime::Closed),
    /// The stage's batch went by without its end, and so without its sync.
    #[error(
        "the batch before sequence {sequence} ended without a word to the journal, whose events are not durable: \
         let the journal be a stage of its own, or the first in `All`"
    )]
    EndMissed {
        /// The sequence in the ring of the event that came next.
        sequence: Sequence,
    },
    /// The journal has failed before, and takes nothing more.
    #[error("the journal has failed before and takes nothing more: {0}")]
    Failed(String),
    /// The thread that prepares segments is gone.
    #[error("the thread that prepares segments has ended: {0}")]
    Helper(String),
    /// A snapshot stands for events that are not in the journal.
    #[error(
        "a snapshot of sequence {sequence} stands for events that are not durable in the journal, which ends at {durable}"
    )]
    NotDurable {
        /// What the snapshot stands for.
        sequence: Sequence,
        /// What is durable.
        durable: Sequence,
    },
}

/// Where a journal is damaged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{} is damaged at offset {offset}: {found}, where {expected} is expected{}; nothing was changed: restore the file from a copy, \
     or look with the tools at what is left (`inspect`, `dump`) and cut it off there (`truncate`)",
    path.display(),
    survivor_text(.survivor)
)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// Where in it, in bytes from its start.
    pub offset: u64,
    /// What should stand there.
    pub expected: String,
    /// What does.
    pub found: String,
    /// A whole frame behind it that was made durable after it, if that is what shows the damage: file and offset.
    pub survivor: Option<(PathBuf, u64)>,
}

fn survivor_text(survivor: &Option<(PathBuf, u64)>) -> String {
    survivor.as_ref().map_or_else(String::new, |(path, offset)| {
        format!(" (a durable frame follows in {} at offset {offset})", path.display())
    })
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }

    pub(crate) fn damaged(
        path: &Path,
        offset: u64,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        let (expected, found) = (expected.into(), found.into());
        Self::Damaged(Box::new(Damage { path: path.to_owned(), offset, expected, found, survivor: None }))
    }
}

/// Whatever fails in a journal stops the pipeline.
impl From<Error> for Fatal {
    fn from(error: Error) -> Self {
        Self::new(error)
    }
}
