//! What can be said of a journal when it is opened.

use std::time::Duration;

use crate::error::Error;
use crate::format::{frame, segment};
use crate::retention::Retention;

/// When events are made durable, and so what a later stage may rely on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncPolicy {
    /// With one `fdatasync` at the end of each batch: a later stage sees no event that a power failure could take away. The batch
    /// grows while the disk works, so that the rate holds.
    #[default]
    Batch,
    /// Every so often, by the journal's own thread; the stage does not wait. A crash of the process takes nothing away; a power failure at
    /// most what was journaled for as long, and while the last sync was at work. What is left begins at the start and has no gap.
    Interval(Duration),
    /// When the system likes, and when a segment is full or the journal is closed. A crash of the process takes nothing away; a
    /// power failure any number of the last events. What is left begins at the start and has no gap.
    None,
}

/// How much of a journal is read when it is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Check {
    /// All of it: whatever is damaged is found before anything is written.
    #[default]
    All,
    /// The heads of all segments, and the last ones whole: from where all before was durable. For journals too large to be read at each
    /// start; damage elsewhere is found by `verify`, or by the replay that comes upon it.
    Tail,
}

/// How a journal is opened: `Options::new().sync(SyncPolicy::None).open("day")`.
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) sync: SyncPolicy,
    pub(crate) segment_size: u64,
    pub(crate) retention: Retention,
    pub(crate) snapshots_kept: usize,
    pub(crate) check: Check,
    pub(crate) frame_size: usize,
    /// From how many bytes on a batch that has not ended is written as far as it is.
    pub(crate) piece: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sync: SyncPolicy::default(),
            segment_size: 256 << 20,
            retention: Retention::default(),
            snapshots_kept: 2,
            check: Check::default(),
            frame_size: 256 << 10,
            piece: 1 << 20,
        }
    }
}

impl Options {
    /// The least that a segment may have: 16 KiB.
    pub const SMALLEST_SEGMENT: u64 = 16 << 10;

    /// The most that a segment may have: 1 GiB.
    pub const LARGEST_SEGMENT: u64 = 1 << 30;

    /// A sync a batch, segments of 256 MiB, everything kept, everything checked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// When events are made durable.
    #[must_use]
    pub fn sync(mut self, sync: SyncPolicy) -> Self {
        self.sync = sync;
        self
    }

    /// How many bytes a segment has: a multiple of 4,096 from 16 KiB to 1 GiB. Segments that are there stay as they are.
    #[must_use]
    pub fn segment_size(mut self, bytes: u64) -> Self {
        self.segment_size = bytes;
        self
    }

    /// What is kept.
    #[must_use]
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// How many snapshots are kept, at least one; 2 unless it is said.
    #[must_use]
    pub fn snapshots_kept(mut self, snapshots: usize) -> Self {
        self.snapshots_kept = snapshots;
        self
    }

    /// How much is read when the journal is opened.
    #[must_use]
    pub fn check(mut self, check: Check) -> Self {
        self.check = check;
        self
    }

    /// From how many bytes on a batch is split into several frames (it stays one sync); 256 KiB unless it is said. With a sync a batch, frames
    /// that come to 1 MiB are written while the batch goes on: with frames as large as the batch nothing is.
    #[must_use]
    pub fn frame_size(mut self, bytes: usize) -> Self {
        self.frame_size = bytes;
        self
    }

    /// From how many bytes on a batch that has not ended is written as far as it is: small, so that tests come to it.
    #[cfg(feature = "faults")]
    #[doc(hidden)]
    #[must_use]
    pub fn piece_size(mut self, bytes: usize) -> Self {
        self.piece = bytes;
        self
    }

    pub(crate) fn verify(&self) -> Result<(), Error> {
        let (size, smallest, largest) = (self.segment_size, Self::SMALLEST_SEGMENT, Self::LARGEST_SEGMENT);
        if !(smallest..=largest).contains(&size) || !size.is_multiple_of(segment::HEAD) {
            return Err(Error::Options(format!(
                "a segment cannot have {size} bytes: take a multiple of {} from {smallest} to {largest}",
                segment::HEAD
            )));
        }
        if self.snapshots_kept == 0 {
            return Err(Error::Options("at least one snapshot is kept: `snapshots_kept(1)`".to_owned()));
        }
        match self.sync {
            SyncPolicy::Interval(Duration::ZERO) => Err(Error::Options(
                "an interval of no time: take `SyncPolicy::Batch`, or an interval of a millisecond or more"
                    .to_owned(),
            )),
            _ => Ok(()),
        }
    }

    /// The most bytes of an event.
    pub(crate) fn most(&self) -> usize {
        (self.segment_size - segment::HEAD - frame::HEAD) as usize - frame::EVENT_HEAD - 8
    }
}
