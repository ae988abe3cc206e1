//! What the command `journal` does, as a library: list, inspect, verify, dump, truncate.
//!
//! Nothing but [`Truncation`] changes anything, or needs the lock.

mod dump;
mod truncate;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use disruptor_runtime::Sequence;

pub use dump::{Format, dump};
pub use truncate::{Cut, Truncation};

use crate::error::{Damage, Error};
use crate::format::frame::{Frame, split_event};
use crate::format::reader::SegmentReader;
use crate::format::segment::HEAD;
use crate::options::Check;
use crate::recover::{self, Chain, Torn};
use crate::replay::Reader;

/// What `ls` shows of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentInfo {
    /// Its number: from 1, without gaps.
    pub id: u64,
    /// The file.
    pub path: PathBuf,
    /// Bytes of the file.
    pub size: u64,
    /// Bytes up to the end of its last frame.
    pub used: u64,
    /// The sequence of its first event, or of the next one if it has none.
    pub first: Sequence,
    /// The sequence behind its last event.
    pub end: Sequence,
    /// How many frames it has, marks included.
    pub frames: u64,
    /// When it was made.
    pub made: SystemTime,
    /// True if the file was another segment before.
    pub recycled: bool,
}

/// What `ls` shows of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The segments with events.
    pub segments: Vec<SegmentInfo>,
    /// Segments that were made ahead.
    pub ahead: usize,
    /// The sequences of the snapshots.
    pub snapshots: Vec<Sequence>,
    /// True if its writer has closed it.
    pub closed: bool,
    /// Where it is torn, if it is.
    pub torn: Option<Torn>,
    /// Where it is damaged, if it is.
    pub damage: Option<Damage>,
}

/// Lists a journal, up to where it is damaged. `progress` is told the bytes of each segment that is read.
///
/// # Errors
/// [`Error`]
pub fn list(directory: &Path, mut progress: impl FnMut(u64)) -> Result<Contents, Error> {
    let survey = recover::survey_settled(directory, Check::All, &mut progress)?;
    let segments = survey.segments.into_iter().map(|segment| SegmentInfo {
        id: segment.head.id,
        path: segment.path,
        size: segment.head.size,
        used: segment.end_offset,
        first: segment.first,
        end: segment.end,
        frames: segment.frames,
        made: segment.head.made,
        recycled: segment.head.recycled,
    });
    Ok(Contents {
        segments: segments.collect(),
        ahead: survey.beyond.iter().filter(|beyond| beyond.is_blank).count(),
        snapshots: crate::snapshot::Snapshots::of_reader(directory.to_owned(), survey.journal).list()?,
        closed: survey.chain.is_closed,
        torn: survey.torn,
        damage: survey.damage.map(|damage| *damage),
    })
}

/// Shows every frame of a journal, up to where it is damaged: file, offset, and what its head says.
///
/// # Errors
/// [`Error`]
pub fn inspect(directory: &Path, mut each: impl FnMut(&Path, u64, &Frame)) -> Result<Option<Damage>, Error> {
    let survey = recover::survey_settled(directory, Check::All, &mut |_| {})?;
    let mut chain = Chain::default();
    for segment in &survey.segments {
        let mut reader = SegmentReader::open(&segment.path, segment.head.id)?;
        recover::follow(&mut reader, HEAD, &mut chain, |at, frame| each(&segment.path, at, frame))?;
    }
    Ok(survey.damage.map(|damage| *damage))
}

/// What [`verify`] has found to be whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Segments read.
    pub segments: u64,
    /// Frames whose checksum is right, marks included.
    pub frames: u64,
    /// Events.
    pub events: u64,
    /// Snapshots.
    pub snapshots: u64,
    /// Where the journal is torn, if it is: no damage, but a writer that opens it will cut something off.
    pub torn: Option<Torn>,
}

/// Reads all of a journal: every frame, every event's length, every snapshot.
///
/// # Errors
/// [`Error::Damaged`] with the first damage; [`Error`].
pub fn verify(directory: &Path, mut progress: impl FnMut(u64)) -> Result<Verified, Error> {
    let survey = recover::survey_settled(directory, Check::All, &mut progress)?.whole()?;
    let mut verified = Verified { torn: survey.torn, ..Verified::default() };
    let mut chain = Chain::default();
    for segment in &survey.segments {
        verified.segments += 1;
        let mut reader = SegmentReader::open(&segment.path, segment.head.id)?;
        let mut frames = Vec::new();
        recover::follow(&mut reader, HEAD, &mut chain, |at, frame| frames.push((at, *frame)))?;
        for (at, frame) in frames {
            verified.frames += 1;
            let mut rest = reader.body(at, &frame)?;
            for _ in 0..frame.count {
                let Some((_, behind)) = split_event(rest) else {
                    return Err(Error::damaged(&segment.path, at, "events", "a length that no event has"));
                };
                rest = behind;
                verified.events += 1;
            }
            if !rest.is_empty() {
                return Err(Error::damaged(
                    &segment.path,
                    at,
                    "the end of a frame",
                    "more events than it counts",
                ));
            }
        }
    }
    let snapshots = Reader::open_checked(directory, Check::Tail)?.snapshots();
    for sequence in snapshots.list()? {
        snapshots.load(sequence)?;
        verified.snapshots += 1;
    }
    Ok(verified)
}
