//! Cutting a journal off.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use disruptor_runtime::Sequence;

use crate::error::{Damage, Error};
use crate::format::names::Name;
use crate::format::reader::SegmentReader;
use crate::format::segment::HEAD;
use crate::journal::lock;
use crate::options::Check;
use crate::recover::{self, Chain, Listing};
use crate::storage;

/// What cutting a journal off would do. Nothing is done before [`apply`](Self::apply); the journal is locked meanwhile.
///
/// It is cut at the end of a frame: the last one that ends at or before the sequence that was asked for, and before any damage. What
/// is cut is kept beside the journal, in files whose names end with `.cut`.
#[derive(Debug)]
pub struct Truncation {
    directory: PathBuf,
    _lock: File,
    /// The journal's new end.
    end: Sequence,
    /// Where the next frame would begin.
    path: PathBuf,
    id: u64,
    offset: u64,
    /// Segments behind it.
    behind: Vec<PathBuf>,
    snapshots: Vec<PathBuf>,
    /// The sequence behind the last event that can be read now.
    readable: Sequence,
    damage: Option<Damage>,
}

/// What was cut, and where it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Files that hold what was cut.
    pub kept: Vec<PathBuf>,
}

impl Truncation {
    /// Looks where a journal would be cut: before `to`, or where it is damaged or torn.
    ///
    /// # Errors
    /// [`Error::Locked`] if somebody writes it; [`Error::Gone`], [`Error::Beyond`] if there is no such sequence; [`Error`].
    pub fn plan(directory: &Path, to: Option<Sequence>) -> Result<Self, Error> {
        // Its directory is not to be made.
        let listing = Listing::of(directory)?;
        let lock = lock(directory)?;
        let survey = recover::survey_up_to_damage(directory, Check::All, &mut |_| {})?;
        let (first, readable) = (survey.segments[0].first, survey.chain.next());
        let to = to.unwrap_or(readable);
        if to < first {
            return Err(Error::Gone { wanted: to, first });
        }
        if to > readable {
            return Err(Error::Beyond { wanted: to, next: readable });
        }
        let mut chain = Chain::default();
        let mut cut = (0, HEAD, first);
        for (place, segment) in survey.segments.iter().enumerate() {
            let mut reader = SegmentReader::open(&segment.path, segment.head.id)?;
            recover::follow(&mut reader, HEAD, &mut chain, |at, frame| {
                if frame.end() <= to {
                    cut = (place, at + frame.size(), frame.end());
                }
            })?;
        }
        let (place, offset, end) = cut;
        let segment = &survey.segments[place];
        let id = segment.head.id;
        let behind = listing.segments.into_iter().filter(|(other, _)| *other > id).map(|(_, path)| path);
        let snapshots = listing.snapshots.into_iter().filter(|(sequence, _)| *sequence > end as u64);
        Ok(Self {
            directory: directory.to_owned(),
            _lock: lock,
            end,
            path: segment.path.clone(),
            id,
            offset,
            behind: behind.collect(),
            snapshots: snapshots.map(|(_, path)| path).collect(),
            readable,
            damage: survey.damage.map(|damage| *damage),
        })
    }

    /// The journal's new end: the sequence that the next event would get.
    #[must_use]
    pub fn end(&self) -> Sequence {
        self.end
    }

    /// How many events would be cut off that can be read now. Behind damage there may be more.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.readable.abs_diff(self.end)
    }

    /// Where the journal is damaged, if it is.
    #[must_use]
    pub fn damage(&self) -> Option<&Damage> {
        self.damage.as_ref()
    }

    /// Where it would be cut: file and offset.
    #[must_use]
    pub fn place(&self) -> (&Path, u64) {
        (&self.path, self.offset)
    }

    /// Cuts it off. If this is interrupted the journal ends where it did or further on, or counts as damaged: cut it again then.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub fn apply(self) -> Result<Cut, Error> {
        let mut kept = Vec::new();
        // Backwards, so that there is never a gap.
        for path in self.behind.iter().rev().chain(&self.snapshots) {
            let cut = free_name(path);
            storage::rename(path, &cut, "truncate")?;
            kept.push(cut);
        }
        let file = storage::open(&self.path)?;
        let size = file.metadata().map_err(Error::io("look at", &self.path))?.len();
        let mut bytes = vec![0; (size - self.offset) as usize];
        file.read_exact_at(&mut bytes, self.offset).map_err(Error::io("read", &self.path))?;
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        if used > 0 {
            let cut = free_name(&self.directory.join(format!("{:020}.from-{}", self.id, self.offset)));
            let copy = storage::create(&cut, "truncate")?;
            storage::write_at(&copy, &cut, "copy", &bytes[..used], 0)?;
            copy.sync_all().map_err(Error::io("sync", &cut))?;
            storage::sync_directory(&self.directory, "truncate")?;
            kept.push(cut);
            bytes.fill(0);
            storage::write_at(&file, &self.path, "truncate", &bytes[..used], self.offset)?;
            storage::sync(&file, &self.path, "truncate")?;
        }
        // The index of a segment that is the last one again may know of frames that are gone.
        let index = Name::Index(self.id).within(&self.directory);
        if index.exists() {
            storage::remove(&index, "truncate")?;
        }
        Ok(Cut { kept })
    }
}

/// A name beside this one that ends with `.cut` and that nobody has.
fn free_name(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut free = path.with_file_name(format!("{name}.cut"));
    let mut number = 1;
    while free.exists() {
        free = path.with_file_name(format!("{name}.{number}.cut"));
        number += 1;
    }
    free
}
