//! What a journal's files hold: the chain of its frames, where it ends, and whether it ends as it may.
//!
//! A frame continues the chain if its first sequence is the one that is due and its epoch is not below the one before. Where the
//! chain ends, what follows is a *torn tail*, unless a whole frame follows that shows that something durable is missing: one
//! before which more was durable than the chain holds, or one of a later epoch, whose mark was durable before it. That is
//! *damage*, and nothing is changed.

mod index;
mod listing;

use std::path::{Path, PathBuf};

use disruptor_runtime::Sequence;

pub(crate) use index::Index;
pub(crate) use listing::Listing;

use crate::error::{Damage, Error};
use crate::format::frame::{Frame, Kind};
use crate::format::reader::{SegmentReader, Stand};
use crate::format::segment::{self, SegmentHead};
use crate::options::Check;

/// Where a journal was torn by a crash: behind its last whole frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The file.
    pub path: PathBuf,
    /// Where its last whole frame ends.
    pub offset: u64,
    /// Bytes behind it that were not zero: a part of a batch that was never durable. In a file that is used again, 0 where they cannot be told
    /// from what stood there before.
    pub bytes: u64,
    /// Whole segments behind it with events that were never durable.
    pub segments: usize,
}

/// A segment of the chain.
#[derive(Clone, Debug)]
pub(crate) struct Surveyed {
    pub(crate) path: PathBuf,
    pub(crate) head: SegmentHead,
    /// The sequence of its first event, or of the next one if it has none.
    pub(crate) first: Sequence,
    /// The sequence behind its last event.
    pub(crate) end: Sequence,
    /// Where its last frame ends; where it was not looked for, the end of the file.
    pub(crate) end_offset: u64,
    /// Its frames, as far as they were looked at.
    pub(crate) frames: u64,
    pub(crate) index: Index,
}

/// What a journal's files hold.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) journal: u64,
    /// The segments of the chain; the last is where it ends.
    pub(crate) segments: Vec<Surveyed>,
    /// Segments behind it: made ahead, or with what was never durable.
    pub(crate) beyond: Vec<Beyond>,
    pub(crate) chain: Chain,
    pub(crate) torn: Option<Torn>,
    /// Where it is damaged. The chain ends before it.
    pub(crate) damage: Option<Box<Damage>>,
}

/// A segment behind the end of the chain.
#[derive(Debug)]
pub(crate) struct Beyond {
    pub(crate) path: PathBuf,
    pub(crate) head: SegmentHead,
    /// True if it has no frame at its start.
    pub(crate) is_blank: bool,
}

/// Where a chain of frames stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Chain {
    pub(crate) epoch: u64,
    /// What comes next; not known before the first frame.
    next: Option<Sequence>,
    /// True if the last frame says that the journal was closed.
    pub(crate) is_closed: bool,
    /// Everything below was durable when the last frame was written.
    pub(crate) durable: Sequence,
}

impl Chain {
    /// The sequence that comes next.
    pub(crate) fn next(&self) -> Sequence {
        self.next.unwrap_or(0)
    }

    /// True if this frame continues it.
    pub(crate) fn takes(&self, frame: &Frame) -> bool {
        frame.epoch >= self.epoch
            && self.next.is_none_or(|next| frame.first == next)
            && (0..=frame.first).contains(&frame.durable)
            && (frame.count == 0) == (frame.kind != Kind::Events)
    }

    pub(crate) fn take(&mut self, frame: &Frame) {
        self.epoch = frame.epoch;
        self.next = Some(frame.end());
        self.is_closed = frame.kind == Kind::Closed;
        self.durable = frame.durable;
    }

    /// True if a whole frame behind the end of the chain shows that something durable is missing.
    fn is_broken_by(&self, frame: &Frame) -> bool {
        frame.epoch > self.epoch || frame.durable > self.next()
    }
}

/// What to call after each segment, with its bytes: for progress bars.
pub(crate) type Progress<'a> = &'a mut dyn FnMut(u64);

/// Reads what a journal's files hold, and changes nothing.
///
/// # Errors
/// [`Error`]; [`Error::Damaged`] where it ends otherwise than a crash may have it end.
pub(crate) fn survey(directory: &Path, check: Check) -> Result<Survey, Error> {
    survey_up_to_damage(directory, check, &mut |_| {})?.whole()
}

impl Survey {
    /// Of a journal that has just been begun with this segment: there is nothing to look for.
    pub(crate) fn of_new(path: &Path) -> Result<Self, Error> {
        let head = *SegmentReader::open(path, 1)?.head();
        let segment = Surveyed {
            path: path.to_owned(),
            head,
            first: 0,
            end: 0,
            end_offset: segment::HEAD,
            frames: 0,
            index: Index::default(),
        };
        let chain = Chain { next: Some(0), ..Chain::default() };
        let (segments, beyond) = (vec![segment], Vec::new());
        Ok(Self { journal: head.journal, segments, beyond, chain, torn: None, damage: None })
    }

    /// Itself, unless it is damaged.
    pub(crate) fn whole(self) -> Result<Self, Error> {
        match self.damage {
            Some(damage) => Err(Error::Damaged(damage)),
            None => Ok(self),
        }
    }
}

/// The same for those who only read: somebody else may be writing meanwhile, so that what looked half written was whole a moment later.
/// Damage counts when it is found twice at the same place.
///
/// # Errors
/// [`Error`]
pub(crate) fn survey_settled(
    directory: &Path,
    check: Check,
    progress: Progress<'_>,
) -> Result<Survey, Error> {
    let mut survey = survey_up_to_damage(directory, check, progress)?;
    while let Some(before) = &survey.damage {
        let again = survey_up_to_damage(directory, check, &mut |_| {})?;
        let is_the_same = again
            .damage
            .as_ref()
            .is_some_and(|damage| (&damage.path, damage.offset) == (&before.path, before.offset));
        survey = again;
        if is_the_same {
            break;
        }
    }
    Ok(survey)
}

/// The segments, each with what stands where its first frame should; and what is wrong with the one behind them.
type Opened = (Vec<(SegmentReader, Stand)>, Option<Box<Damage>>);

/// Opens the segments up to the first that is none of this journal.
fn open(directory: &Path) -> Result<Opened, Error> {
    let listing = Listing::of(directory)?;
    let mut readers: Vec<(SegmentReader, Stand)> = Vec::with_capacity(listing.segments.len());
    for (id, path) in &listing.segments {
        let opened =
            listing.comes_next(directory, readers.len()).and_then(|()| SegmentReader::open(path, *id));
        let opened = opened.and_then(|reader| match readers.first() {
            Some((first, _)) if first.head().journal != reader.head().journal => {
                let expected = format!("a segment of journal {:016x}", first.head().journal);
                let found = format!("one of journal {:016x}", reader.head().journal);
                Err(Error::damaged(reader.path(), 16, expected, found))
            }
            _ => Ok(reader),
        });
        match opened {
            Ok(mut reader) => {
                let stand = reader.look(segment::HEAD)?;
                readers.push((reader, stand));
            }
            // Of a journal whose very first segment is none, nothing can be read.
            Err(Error::Damaged(damage)) if !readers.is_empty() => return Ok((readers, Some(damage))),
            Err(error) => return Err(error),
        }
    }
    if readers.is_empty() {
        return Err(Error::NoJournal { path: directory.to_owned() });
    }
    Ok((readers, None))
}

/// The same, where damage is told of beside what stands before it.
///
/// # Errors
/// [`Error`]
pub(crate) fn survey_up_to_damage(
    directory: &Path,
    check: Check,
    progress: Progress<'_>,
) -> Result<Survey, Error> {
    let (mut readers, mut damage) = open(directory)?;
    let (journal, first_id) = (readers[0].0.head().journal, readers[0].0.head().id);
    let mut chain = Chain::default();
    if first_id == 1 {
        chain.next = Some(0);
    }
    let mut segments = Vec::new();
    let skipped = match check {
        Check::All => 0,
        Check::Tail => skip(&readers, &mut chain, &mut segments)?,
    };
    let mut at = segment::HEAD;
    for (place, (reader, stand)) in readers.iter_mut().enumerate().skip(skipped) {
        let continues = matches!(stand, Stand::Frame(frame) if chain.takes(frame));
        if place > skipped && !continues {
            break;
        }
        let mut surveyed = Surveyed {
            path: reader.path().to_owned(),
            head: *reader.head(),
            first: chain.next(),
            end: chain.next(),
            end_offset: segment::HEAD,
            frames: 0,
            index: Index::default(),
        };
        at = follow(reader, segment::HEAD, &mut chain, |at, frame| {
            if surveyed.frames == 0 {
                surveyed.first = frame.first;
            }
            surveyed.frames += 1;
            surveyed.index.add(frame.first, at);
        })?;
        surveyed.end = chain.next();
        surveyed.end_offset = at;
        progress(surveyed.head.size);
        segments.push(surveyed);
    }
    let last = segments.len() - 1;
    let trusted = check == Check::Tail && chain.is_closed;
    let mut torn = None;
    if !trusted && damage.is_none() {
        match end(&mut readers, last, at, &chain) {
            Ok(found) => torn = found,
            Err(Error::Damaged(found)) => damage = Some(found),
            Err(error) => return Err(error),
        }
    }
    let beyond = readers.drain(last + 1..).map(|(reader, stand)| Beyond {
        path: reader.path().to_owned(),
        head: *reader.head(),
        is_blank: !matches!(stand, Stand::Frame(_)),
    });
    let beyond = beyond.collect();
    Ok(Survey { journal, segments, beyond, chain, torn, damage })
}

/// Takes the segments before the last one that has a frame as they are, as far as they were durable when it was begun. Gives how many.
fn skip(
    readers: &[(SegmentReader, Stand)],
    chain: &mut Chain,
    segments: &mut Vec<Surveyed>,
) -> Result<usize, Error> {
    let begins = |place: usize| match &readers[place].1 {
        Stand::Frame(frame) => Some(frame),
        _ => None,
    };
    let newest = (0..readers.len()).rev().find(|place| begins(*place).is_some()).unwrap_or(0);
    let durable = begins(newest).map_or(0, |frame| frame.durable);
    // What was not durable then may be torn, in an older segment, too.
    let is_later = |place: usize| begins(place).is_none_or(|frame| frame.first > durable);
    let last = (0..=newest).rev().find(|place| !is_later(*place)).unwrap_or(0);
    for (place, (reader, stand)) in readers[..newest].iter().enumerate() {
        let Stand::Frame(frame) = stand else {
            let expected = "the first frame of a segment that another one follows";
            return Err(Error::damaged(reader.path(), segment::HEAD, expected, describe(stand)));
        };
        if place >= last {
            continue;
        }
        segments.push(Surveyed {
            path: reader.path().to_owned(),
            head: *reader.head(),
            first: frame.first,
            end: frame.first,
            end_offset: reader.head().size,
            frames: 0,
            index: Index::default(),
        });
    }
    if let Stand::Frame(frame) = &readers[last].1 {
        chain.next = Some(frame.first);
        for (place, end) in (0..segments.len()).zip(1..) {
            segments[place].end = segments.get(end).map_or(frame.first, |behind| behind.first);
        }
    }
    Ok(last)
}

/// Follows the chain through a segment. Gives where it ends there.
pub(crate) fn follow(
    reader: &mut SegmentReader,
    mut at: u64,
    chain: &mut Chain,
    mut each: impl FnMut(u64, &Frame),
) -> Result<u64, Error> {
    while let Stand::Frame(frame) = reader.look(at)?
        && chain.takes(&frame)
    {
        chain.take(&frame);
        each(at, &frame);
        at += frame.size();
    }
    Ok(at)
}

/// Looks at what stands behind the end of the chain, `at` in the reader at `last`: a torn tail, if anything, or damage.
fn end(
    readers: &mut [(SegmentReader, Stand)],
    last: usize,
    at: u64,
    chain: &Chain,
) -> Result<Option<Torn>, Error> {
    let (ends, stand) = {
        let reader = &mut readers[last].0;
        (reader.path().to_owned(), reader.look(at)?)
    };
    let mut used = at;
    let mut segments = 0;
    for (place, (reader, first)) in readers.iter_mut().enumerate().skip(last) {
        let from = if place == last { at } else { segment::HEAD };
        let (survivor, behind) = reader.find(from, |frame| chain.is_broken_by(frame))?;
        if let Some(offset) = survivor {
            return Err(Error::Damaged(Box::new(Damage {
                path: ends,
                offset: at,
                expected: format!("the frame of sequence {}", chain.next()),
                found: describe(&stand),
                survivor: Some((reader.path().to_owned(), offset)),
            })));
        }
        if place == last {
            // Behind the blank at the end of a file that is used again stand old bytes.
            used = match stand {
                Stand::Frame(frame) if reader.head().recycled => at + frame.size(),
                Stand::Nothing(_) if reader.head().recycled => at + 1,
                _ if reader.head().recycled => at,
                _ => behind,
            };
        } else if matches!(first, Stand::Frame(_)) {
            segments += 1;
        }
    }
    let is_torn = used > at || segments > 0;
    Ok(is_torn.then_some(Torn { path: ends, offset: at, bytes: used - at, segments }))
}

/// What stands somewhere, in words.
pub(crate) fn describe(stand: &Stand) -> String {
    match stand {
        Stand::End => "the end of the segment".to_owned(),
        Stand::Blank => "zeroes".to_owned(),
        Stand::Nothing(what) => (*what).to_owned(),
        Stand::Frame(frame) => format!("a frame of sequence {} and epoch {}", frame.first, frame.epoch),
    }
}
