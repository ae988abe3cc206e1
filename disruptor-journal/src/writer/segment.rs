//! Making segments: from nothing, or from those that are not needed any more.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::shared::Shared;
use crate::error::Error;
use crate::format::names::Name;
use crate::format::{frame, segment};
use crate::recover::Listing;
use crate::storage;

/// A file that takes frames.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) id: u64,
    pub(crate) file: Arc<File>,
    pub(crate) path: Arc<Path>,
    pub(crate) size: u64,
}

impl Segment {
    /// Opens a segment that is there.
    pub(crate) fn open(path: &Path, head: &segment::SegmentHead) -> Result<Self, Error> {
        let file = storage::open(path)?.into();
        Ok(Self { id: head.id, file, path: path.into(), size: head.size })
    }
}

/// What segments are made like.
#[derive(Clone, Debug)]
pub(crate) struct Mould {
    pub(crate) directory: PathBuf,
    pub(crate) journal: u64,
    pub(crate) size: u64,
    /// True if every block is written and synced ahead, so that a sync of frames has no business with the file's own data.
    pub(crate) filled: bool,
}

impl Mould {
    /// Makes the segment with this id, durable in its directory, and no frame in it.
    pub(crate) fn make(&self, id: u64, shared: &Shared) -> Result<Segment, Error> {
        let spares = Listing::of(&self.directory)?.spares;
        for (_, spare) in &spares {
            if let Some(segment) = self.recycle(id, spare)? {
                return Ok(segment);
            }
        }
        let unfinished = Name::Unfinished.within(&self.directory);
        let made = self.fill(id, &unfinished, shared);
        if made.is_err() {
            // What is left of it takes room that the durable events may need; that it cannot be removed changes nothing.
            let _ = std::fs::remove_file(&unfinished);
        }
        made
    }

    fn head(&self, id: u64, recycled: bool) -> Vec<u8> {
        let made = SystemTime::now();
        segment::SegmentHead { journal: self.journal, id, size: self.size, made, recycled }.to_bytes()
    }

    /// Makes it from nothing.
    fn fill(&self, id: u64, unfinished: &Path, shared: &Shared) -> Result<Segment, Error> {
        const PIECE: u64 = 1 << 20;
        let file = storage::create(unfinished, "segment")?;
        let mut at = 0;
        while self.filled && at < self.size {
            if shared.is_stopped() {
                return Err(Error::Helper("the journal is being closed".to_owned()));
            }
            let piece = vec![0; PIECE.min(self.size - at) as usize];
            storage::write_at(&file, unfinished, "zeroes", &piece, at)?;
            at += piece.len() as u64;
        }
        file.set_len(self.size).map_err(Error::io("lengthen", unfinished))?;
        storage::write_at(&file, unfinished, "segment", &self.head(id, false), 0)?;
        file.sync_all().map_err(Error::io("sync", unfinished))?;
        storage::sync(&file, unfinished, "segment")?;
        self.place(id, file, unfinished, "segment")
    }

    /// Makes it from one that is not needed any more, if that is as large.
    fn recycle(&self, id: u64, spare: &Path) -> Result<Option<Segment>, Error> {
        let file = storage::open(spare)?;
        let length = file.metadata().map_err(Error::io("look at", spare))?.len();
        if length != self.size {
            return Ok(None);
        }
        // Zeroes where the first frame will stand: whatever stood there is none.
        let mut bytes = self.head(id, true);
        bytes.resize(bytes.len() + frame::HEAD as usize, 0);
        storage::write_at(&file, spare, "recycle", &bytes, 0)?;
        storage::sync(&file, spare, "recycle")?;
        self.place(id, file, spare, "recycle").map(Some)
    }

    fn place(&self, id: u64, file: File, from: &Path, what: &'static str) -> Result<Segment, Error> {
        let path = Name::Segment(id).within(&self.directory);
        storage::rename(from, &path, what)?;
        Ok(Segment { id, file: file.into(), path: path.into(), size: self.size })
    }
}
