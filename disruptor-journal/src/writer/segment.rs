//! Making segments: from nothing, or from those that are not needed any more.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::shared::Shared;
use super::zeroes::{self, BLOCK, PIECE};
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
    /// Nothing is written behind this place before the helper has filled more of the file. It is at a block.
    pub(crate) filled: u64,
}

impl Segment {
    /// Opens a segment that is there.
    pub(crate) fn open(path: &Path, head: &segment::SegmentHead) -> Result<Self, Error> {
        let file = storage::open(path)?.into();
        Ok(Self { id: head.id, file, path: path.into(), size: head.size, filled: head.size })
    }

    /// The same; and if there are holes in the file, since whoever made it has not come to its end, fills a first piece behind `end`,
    /// where its frames end, and leaves the rest to the helper.
    pub(crate) fn open_filled(path: &Path, head: &segment::SegmentHead, end: u64) -> Result<Self, Error> {
        let mut segment = Self::open(path, head)?;
        let from = end.next_multiple_of(BLOCK);
        if from < segment.size && zeroes::has_holes(&segment.file, path, segment.size)? {
            segment.filled = from;
            segment.fill_piece()?;
        }
        Ok(segment)
    }

    /// Fills the next piece, which no frame stands in yet.
    pub(super) fn fill_piece(&mut self) -> Result<(), Error> {
        let to = (self.filled + PIECE).min(self.size);
        zeroes::fill(&self.file, &self.path, self.filled..to)?;
        self.filled = to;
        Ok(())
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
    /// Makes the first segment, with only a piece of it filled: who begins a journal does not wait for all of it.
    pub(crate) fn begin(&self) -> Result<Segment, Error> {
        self.make_new(1, &Shared::default(), PIECE)
    }

    /// Makes the segment with this id, durable in its directory, and no frame in it.
    pub(crate) fn make(&self, id: u64, shared: &Shared) -> Result<Segment, Error> {
        let spares = Listing::of(&self.directory)?.spares;
        for (_, spare) in &spares {
            if let Some(segment) = self.recycle(id, spare)? {
                return Ok(segment);
            }
        }
        self.make_new(id, shared, self.size)
    }

    /// Makes it from nothing, filled up to a place if it is filled at all.
    fn make_new(&self, id: u64, shared: &Shared, filled: u64) -> Result<Segment, Error> {
        let unfinished = Name::Unfinished.within(&self.directory);
        let made = self.fill(id, &unfinished, shared, filled);
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

    fn fill(&self, id: u64, unfinished: &Path, shared: &Shared, filled: u64) -> Result<Segment, Error> {
        let file = Arc::new(storage::create(unfinished, "segment")?);
        file.set_len(self.size).map_err(Error::io("lengthen", unfinished))?;
        let mut segment = Segment { id, file, path: unfinished.into(), size: self.size, filled: 0 };
        while self.filled && segment.filled < filled.min(self.size) {
            if shared.is_stopped() {
                return Err(Error::Helper("the journal is being closed".to_owned()));
            }
            segment.fill_piece()?;
        }
        if !self.filled {
            segment.filled = self.size;
        }
        storage::write_at(&segment.file, unfinished, "segment", &self.head(id, false), 0)?;
        segment.file.sync_all().map_err(Error::io("sync", unfinished))?;
        storage::sync(&segment.file, unfinished, "segment")?;
        self.place(segment, "segment")
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
        let (file, path) = (file.into(), spare.into());
        self.place(Segment { id, file, path, size: self.size, filled: self.size }, "recycle").map(Some)
    }

    /// Gives it its name.
    fn place(&self, segment: Segment, what: &'static str) -> Result<Segment, Error> {
        let path = Name::Segment(segment.id).within(&self.directory);
        storage::rename(&segment.path, &path, what)?;
        Ok(Segment { path: path.into(), ..segment })
    }
}
