//! Making segments: from nothing, or from those that are not needed any more.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::direct::{BLOCK, Direct};
use super::shared::Shared;
use super::zeroes::{self, PIECE};
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
    /// The same, to be written directly, where that can be.
    pub(super) direct: Option<Arc<Direct>>,
    pub(crate) path: Arc<Path>,
    pub(crate) size: u64,
    /// Nothing is written behind this place before the helper has filled more of the file. It is at a block.
    pub(crate) filled: u64,
}

impl Segment {
    /// Opens a segment that is there.
    pub(crate) fn open(path: &Path, head: &segment::SegmentHead, directly: bool) -> Result<Self, Error> {
        let file = storage::open(path)?;
        let opened = Self::of(head.id, file, path, head.size, directly);
        Ok(Self { filled: head.size, ..opened })
    }

    /// Of a file that is open, and not filled.
    fn of(id: u64, file: File, path: &Path, size: u64, directly: bool) -> Self {
        let direct = if directly { Direct::open(path).map(Arc::new) } else { None };
        Self { id, file: file.into(), direct, path: path.into(), size, filled: 0 }
    }

    /// The same; and if there are holes in the file, since whoever made it has not come to its end, fills a first piece behind `end`,
    /// where its frames end, and leaves the rest to the helper.
    pub(crate) fn open_filled(
        path: &Path,
        head: &segment::SegmentHead,
        end: u64,
        directly: bool,
    ) -> Result<Self, Error> {
        let mut segment = Self::open(path, head, directly)?;
        let from = end.next_multiple_of(BLOCK as u64);
        if from < segment.size && zeroes::has_holes(&segment.file, path, segment.size)? {
            segment.filled = from;
            segment.fill_piece()?;
        }
        Ok(segment)
    }

    /// Fills the next piece, which no frame stands in yet.
    pub(super) fn fill_piece(&mut self) -> Result<(), Error> {
        let to = (self.filled + PIECE).min(self.size);
        zeroes::fill(self, self.filled..to)?;
        self.filled = to;
        Ok(())
    }

    /// Writes bytes: directly, if they are at a block of memory and of the file, as far as they are whole blocks, and if that can be.
    pub(super) fn write(&self, what: &'static str, bytes: &[u8], at: u64) -> Result<(), Error> {
        storage::write_to(&self.file, self.direct.as_deref(), &self.path, what, bytes, at)
    }

    /// What stands in a block before this place.
    pub(super) fn lead(&self, at: u64) -> Result<Vec<u8>, Error> {
        let mut lead = vec![0; at as usize % BLOCK];
        let from = at - lead.len() as u64;
        self.file.read_exact_at(&mut lead, from).map_err(Error::io("read", &self.path))?;
        Ok(lead)
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
    /// True if they are written directly, where that can be.
    pub(crate) direct: bool,
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
        let file = storage::create(unfinished, "segment")?;
        file.set_len(self.size).map_err(Error::io("lengthen", unfinished))?;
        let mut segment = Segment::of(id, file, unfinished, self.size, self.direct);
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
        let segment = Segment::of(id, file, spare, self.size, self.direct);
        self.place(Segment { filled: self.size, ..segment }, "recycle").map(Some)
    }

    /// Gives it its name.
    fn place(&self, segment: Segment, what: &'static str) -> Result<Segment, Error> {
        let path = Name::Segment(segment.id).within(&self.directory);
        storage::rename(&segment.path, &path, what)?;
        Ok(Segment { path: path.into(), ..segment })
    }
}
