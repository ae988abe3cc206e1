//! A journal that is only read.

use std::path::{Path, PathBuf};

use disruptor_runtime::Sequence;

use super::Replay;
use crate::error::{Damage, Error};
use crate::options::Check;
use crate::recover::{self, Survey, Torn};
use crate::snapshot::Snapshots;

/// A journal that is only read: nothing is locked, and nothing changed. Somebody else may be writing it; what is read then ends where it ended
/// when it was opened.
#[derive(Debug)]
pub struct Reader {
    directory: PathBuf,
    survey: Survey,
}

impl Reader {
    /// Opens the journal in this directory. All of it is read once, to see whether it is whole.
    ///
    /// # Errors
    /// [`Error::NoJournal`], [`Error::Damaged`], [`Error::Version`], [`Error::Io`].
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_checked(directory, Check::All)
    }

    /// The same, where [`Check`] says how much of it is read.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_checked(directory: impl AsRef<Path>, check: Check) -> Result<Self, Error> {
        let directory = directory.as_ref().to_owned();
        let survey = recover::survey_settled(&directory, check, &mut |_| {})?.whole()?;
        Ok(Self { directory, survey })
    }

    /// Opens what is left of a journal that may be damaged: all that stands before the damage.
    ///
    /// # Errors
    /// As [`open`](Self::open), but for damage behind the first segment's head.
    pub fn open_up_to_damage(directory: impl AsRef<Path>) -> Result<(Self, Option<Damage>), Error> {
        let directory = directory.as_ref().to_owned();
        let mut survey = recover::survey_settled(&directory, Check::All, &mut |_| {})?;
        let damage = survey.damage.take().map(|damage| *damage);
        Ok((Self { directory, survey }, damage))
    }

    /// The sequence of the first event that there still is.
    #[must_use]
    pub fn first_sequence(&self) -> Sequence {
        self.survey.segments[0].first
    }

    /// The sequence behind the last event.
    #[must_use]
    pub fn next_sequence(&self) -> Sequence {
        self.survey.chain.next()
    }

    /// Where it is torn by a crash, if it is, or where somebody else is writing at this moment.
    #[must_use]
    pub fn torn(&self) -> Option<&Torn> {
        self.survey.torn.as_ref()
    }

    /// True if its writer has closed it.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.survey.chain.is_closed
    }

    /// The events from a sequence on.
    ///
    /// # Errors
    /// [`Error::Gone`] or [`Error::Beyond`] if there are no such events.
    pub fn replay(&self, from: Sequence) -> Result<Replay, Error> {
        Replay::new(&self.survey.segments, from, self.next_sequence(), None)
    }

    /// Its snapshots.
    #[must_use]
    pub fn snapshots(&self) -> Snapshots {
        Snapshots::of_reader(self.directory.clone(), self.survey.journal)
    }
}
