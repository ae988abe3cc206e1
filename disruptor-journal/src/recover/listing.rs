//! The files of a journal's directory.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::format::names::Name;

/// What there is, each sorted.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) segments: Vec<(u64, PathBuf)>,
    pub(crate) spares: Vec<(u64, PathBuf)>,
    pub(crate) snapshots: Vec<(u64, PathBuf)>,
    pub(crate) indexes: Vec<(u64, PathBuf)>,
    pub(crate) unfinished: Vec<PathBuf>,
}

impl Listing {
    /// Lists a directory. What is no file of a journal is passed over.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub(crate) fn of(directory: &Path) -> Result<Self, Error> {
        let mut listing = Self::default();
        for entry in fs::read_dir(directory).map_err(Error::io("list", directory))? {
            let path = entry.map_err(Error::io("list", directory))?.path();
            match Name::of(&path) {
                Some(Name::Segment(id)) => listing.segments.push((id, path)),
                Some(Name::Spare(id)) => listing.spares.push((id, path)),
                Some(Name::Snapshot(sequence)) => listing.snapshots.push((sequence, path)),
                Some(Name::Index(id)) => listing.indexes.push((id, path)),
                Some(Name::Unfinished) => listing.unfinished.push(path),
                None => {}
            }
        }
        listing.segments.sort();
        listing.spares.sort();
        listing.snapshots.sort();
        Ok(listing)
    }

    /// An error if a segment is missing before this one, counted from the first that is there.
    pub(crate) fn comes_next(&self, directory: &Path, place: usize) -> Result<(), Error> {
        let due = self.segments[0].0 + place as u64;
        if self.segments[place].0 == due {
            return Ok(());
        }
        Err(Error::damaged(&Name::Segment(due).within(directory), 0, format!("segment {due}"), "no file"))
    }
}
