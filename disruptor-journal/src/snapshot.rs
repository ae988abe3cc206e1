//! Snapshots of what was made of the events, so that a replay need not begin at the start.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use disruptor_runtime::Sequence;

use crate::error::Error;
use crate::format::names::Name;
use crate::format::snapshot;
use crate::recover::Listing;
use crate::storage;
use crate::writer::{Line, Shared};

/// The snapshots of a journal. It can be cloned and sent to whoever takes them: the last stage, say.
#[derive(Clone, Debug)]
pub struct Snapshots {
    directory: PathBuf,
    journal: u64,
    writer: Option<(Arc<Shared>, Line)>,
}

/// A state, and the events that it was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// It was made of all events below this sequence: a replay goes on with it.
    pub sequence: Sequence,
    /// The state, as it was encoded.
    pub state: Vec<u8>,
}

impl Snapshots {
    pub(crate) fn of_writer(directory: PathBuf, journal: u64, shared: Arc<Shared>, line: Line) -> Self {
        Self { directory, journal, writer: Some((shared, line)) }
    }

    pub(crate) fn of_reader(directory: PathBuf, journal: u64) -> Self {
        Self { directory, journal, writer: None }
    }

    /// Saves a state that was made of all events below `sequence`, and of no other: the *number of events* that the journal's stage has
    /// let through. It is on the disk when this comes back, and older ones may be gone. Where events are not synced by the batch, those
    /// below are synced first.
    ///
    /// # Errors
    /// [`Error::NotDurable`] if the journal does not hold all of these events, or if this is not the journal's writer any more;
    /// [`Error::Io`].
    pub fn save(&self, sequence: Sequence, state: &[u8]) -> Result<(), Error> {
        let Some((shared, line)) = &self.writer else {
            return Err(Error::Options(
                "snapshots are saved by those who have them of the writer: `Journal::snapshots`".to_owned(),
            ));
        };
        if (0..=shared.written()).contains(&sequence) && sequence > shared.durable() {
            line.sync()?;
        }
        if !(0..=shared.durable()).contains(&sequence) {
            return Err(Error::NotDurable { sequence, durable: shared.durable() });
        }
        let path = Name::Snapshot(sequence as u64).within(&self.directory);
        let unfinished = path.with_extension("snapshot.unfinished");
        let file = storage::create(&unfinished, "snapshot")?;
        let bytes = snapshot::to_bytes(self.journal, sequence, state);
        let written = storage::write_at(&file, &unfinished, "snapshot", &bytes, 0)
            .and_then(|()| storage::sync(&file, &unfinished, "snapshot"))
            .and_then(|()| storage::rename(&unfinished, &path, "snapshot"));
        if written.is_err() {
            // Half a snapshot takes room, and is worth nothing.
            let _ = fs::remove_file(&unfinished);
        }
        written?;
        line.retain();
        Ok(())
    }

    /// The sequences of the snapshots that there are, sorted.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub fn list(&self) -> Result<Vec<Sequence>, Error> {
        let snapshots = Listing::of(&self.directory)?.snapshots;
        Ok(snapshots.into_iter().filter_map(|(sequence, _)| Sequence::try_from(sequence).ok()).collect())
    }

    /// The newest snapshot, if there is one.
    ///
    /// # Errors
    /// [`Error::Damaged`] if it is not whole: [`load`](Self::load) the one before, or remove the file to go on without it.
    pub fn latest(&self) -> Result<Option<Snapshot>, Error> {
        self.list()?.last().map(|sequence| self.load(*sequence)).transpose()
    }

    /// The snapshot of this sequence.
    ///
    /// # Errors
    /// [`Error::Io`] if there is none, [`Error::Damaged`] if it is not whole.
    pub fn load(&self, sequence: Sequence) -> Result<Snapshot, Error> {
        let path = Name::Snapshot(u64::try_from(sequence).unwrap_or(u64::MAX)).within(&self.directory);
        let state = read(&path, self.journal, sequence)?;
        Ok(Snapshot { sequence, state })
    }
}

/// The state in a snapshot's file.
pub(crate) fn read(path: &Path, journal: u64, sequence: Sequence) -> Result<Vec<u8>, Error> {
    let bytes = fs::read(path).map_err(Error::io("read", path))?;
    snapshot::from_bytes(bytes, journal, sequence, path)
}
