//! A journal that is being written.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use disruptor_runtime::{BoxError, Sequence};

use crate::encode::{Encode, Encoder};
use crate::error::Error;
use crate::format::frame::Kind;
use crate::format::names::{LOCK, Name};
use crate::format::segment::SegmentHead;
use crate::options::{Options, SyncPolicy};
use crate::recover::{self, Listing, Survey, Surveyed, Torn};
use crate::replay::{Replay, Resuming};
use crate::retention::Full;
use crate::snapshot::Snapshots;
use crate::storage;
use crate::writer::{Helper, Mould, Place, Segment, Shared, Style, Writer};

/// A journal that is being written: the first stage of a pipeline, as a [`Handler`](disruptor_runtime::Handler) or by
/// [`stage`](Self::stage).
///
/// There is one writer; a lock keeps others out. It ends with [`close`](Self::close), or when it is dropped.
#[derive(Debug)]
pub struct Journal {
    pub(crate) writer: Writer,
    directory: PathBuf,
    journal: u64,
    /// What it failed on: it takes nothing more then.
    failed: Option<String>,
    closed: bool,
    torn: Option<Torn>,
    /// What was there when it was opened, and the sequence that came next then.
    history: Vec<Surveyed>,
    opened: Sequence,
    pub(crate) resuming: Option<Resuming>,
    pub(crate) turn: crate::stage::Turn,
    _lock: File,
}

impl Options {
    /// Opens the journal in this directory, or begins one there. A torn tail is cut off: see [`Journal::torn`].
    ///
    /// # Errors
    /// [`Error`]: [`Error::Locked`] if somebody else writes it, [`Error::Damaged`] if it ends otherwise than a crash may have it end.
    /// Nothing was changed then.
    pub fn open(self, directory: impl AsRef<Path>) -> Result<Journal, Error> {
        self.verify()?;
        open(&self, directory.as_ref())
    }
}

impl Journal {
    /// Opens the journal in this directory with the usual [`Options`], or begins one there.
    ///
    /// # Errors
    /// As [`Options::open`].
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, Error> {
        Options::new().open(directory)
    }

    /// Where it is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The sequence that the next event gets. Events are numbered from 0, without gaps.
    #[must_use]
    pub fn next_sequence(&self) -> Sequence {
        self.writer.next()
    }

    /// Everything below this sequence is on the disk.
    #[must_use]
    pub fn durable(&self) -> Sequence {
        self.writer.shared().durable()
    }

    /// Where it was torn by a crash, if it was when it was opened: what stood behind was never durable, and was cut off.
    #[must_use]
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// Its snapshots: a handle for whatever thread.
    ///
    /// # Errors
    /// [`Error::Helper`] if the journal is closed.
    pub fn snapshots(&self) -> Result<Snapshots, Error> {
        let (directory, shared) = (self.directory.clone(), Arc::clone(self.writer.shared()));
        Ok(Snapshots::of_writer(directory, self.journal, shared, self.writer.helper().line()?))
    }

    /// Begins to replay the events from a sequence on into the pipeline that this journal is the first stage of.
    ///
    /// The journal knows these events again when they come to its stage: it compares each with what it holds, does not write it a second
    /// time, and lets it pass. When all have come it goes on with what is new. So
    ///
    /// 1. open the journal, and load a snapshot if there is one;
    /// 2. `let mut replay = journal.resume(sequence)?;`
    /// 3. start the pipeline with the journal in it;
    /// 4. `replay.replay_into(&mut producer)?`, before anybody else publishes;
    /// 5. publish what is new.
    ///
    /// # Errors
    /// [`Error::Gone`] or [`Error::Beyond`] if there are no such events; [`Error::Options`] if something was written already.
    pub fn resume(&mut self, from: Sequence) -> Result<Replay, Error> {
        if self.writer.next() != self.opened || !self.writer.is_idle() {
            return Err(Error::Options("a journal is resumed before it takes new events".to_owned()));
        }
        let replay = || {
            let shared = Arc::clone(self.writer.shared());
            Replay::new(&self.history, from, self.opened, Some(shared))
        };
        let (replay, check) = (replay()?, replay()?);
        let (resuming, replay) = Resuming::new(check, replay);
        self.resuming = (from < self.opened).then_some(resuming);
        Ok(replay)
    }

    /// Appends an event. At the end of a batch all of it is written, a large one with a sync a batch in pieces before that, and synced once,
    /// as the [`SyncPolicy`] says; when this comes back it is as durable as that.
    ///
    /// For those who write without a pipeline. A stage of a pipeline that may be rewound is better off with the journal as a handler, which
    /// knows an event that comes again.
    ///
    /// # Errors
    /// [`Error`]; the batch does not count as written then, and the journal takes nothing more.
    #[inline(always)]
    pub fn append<T: Encode + ?Sized>(&mut self, event: &T, end_of_batch: bool) -> Result<(), Error> {
        self.append_with(end_of_batch, |into| event.encode(into))
    }

    /// The same with a function that encodes the event.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    #[inline(always)]
    pub fn append_with(
        &mut self,
        end_of_batch: bool,
        encode: impl FnOnce(&mut Encoder<'_>) -> Result<(), BoxError>,
    ) -> Result<(), Error> {
        if self.failed.is_some() || self.resuming.is_some() {
            self.passes(encode)?;
        } else if let Err(error) = self.writer.push(encode) {
            return Err(self.fails(error));
        }
        if end_of_batch { self.commit() } else { Ok(()) }
    }

    /// Ends the batch.
    pub(crate) fn commit(&mut self) -> Result<(), Error> {
        self.writer.commit().map_err(|error| self.fails(error))
    }

    /// An event of a journal that has failed, or of one that is being resumed: it is there, and need not be written.
    #[cold]
    fn passes(&mut self, encode: impl FnOnce(&mut Encoder<'_>) -> Result<(), BoxError>) -> Result<(), Error> {
        if let Some(reason) = &self.failed {
            return Err(Error::Failed(reason.clone()));
        }
        match self.resuming.as_mut().map_or(Ok(true), |resuming| resuming.compare(encode)) {
            Ok(false) => Ok(()),
            Ok(true) => {
                self.resuming = None;
                Ok(())
            }
            Err(error) => Err(self.fails(error)),
        }
    }

    /// Nothing more is taken, and nothing of the batch counts.
    #[cold]
    pub(crate) fn fails(&mut self, error: Error) -> Error {
        self.failed.get_or_insert_with(|| error.to_string());
        self.writer.discard();
        if matches!(error, Error::Encode { .. } | Error::TooLarge { .. } | Error::EndMissed { .. }) {
            // The disk has done nothing wrong. If it does now, some of the batch's events are found there when it is opened.
            let _ = self.writer.take_back();
        }
        error
    }

    /// Closes the journal: all that was journaled is durable, and a mark says so. Events whose batch has not ended are not in it.
    ///
    /// Dropping it does the same, but says nothing where it fails.
    ///
    /// # Errors
    /// [`Error`]; also [`Error::Failed`] if it had failed before.
    pub fn close(mut self) -> Result<(), Error> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Error> {
        if std::mem::replace(&mut self.closed, true) {
            return Ok(());
        }
        match &self.failed {
            Some(reason) => Err(Error::Failed(reason.clone())),
            None => self.writer.close(),
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // What failed was said to those who could act on it; without the mark the journal is recovered when it is opened.
        let _ = self.end();
    }
}

fn open(options: &Options, directory: &Path) -> Result<Journal, Error> {
    let lock = lock(directory)?;
    for unfinished in Listing::of(directory)?.unfinished {
        storage::remove(&unfinished, "unfinished")?;
    }
    // What is synced when the system likes is left to its memory.
    let (filled, direct) = (options.sync != SyncPolicy::None, options.sync == SyncPolicy::Batch);
    let size = options.segment_size;
    let mut mould = Mould { directory: directory.to_owned(), journal: 0, size, filled, direct };
    let mut begun = None;
    let survey = if Listing::of(directory)?.segments.is_empty() {
        mould.journal = random();
        Survey::of_new(&begun.insert(mould.begin()?).path)?
    } else {
        recover::survey(directory, options.check)?
    };
    mould.journal = survey.journal;
    let next = survey.chain.next();
    let mut prepared = cut(&survey, directory, &mould)?;
    for surveyed in survey.segments.iter().filter(|surveyed| surveyed.end >= survey.chain.durable) {
        // What a process that was killed has written may be in the system's memory alone, and is about to count as durable.
        storage::sync(&storage::open(&surveyed.path)?, &surveyed.path, "recovered")?;
    }
    let (last, before) = survey.segments.split_last().expect("a survey has a segment");
    let full = before.iter().map(full).collect();
    let segment = match begun {
        Some(segment) => segment,
        None if mould.filled => Segment::open_filled(&last.path, &last.head, last.end_offset, direct)?,
        None => Segment::open(&last.path, &last.head, direct)?,
    };
    let shared = Arc::new(Shared::new(next));
    let helper = Helper::start(options, mould, &shared, &segment, full, prepared.take())?;
    let place = Place { at: last.end_offset, index: last.index.clone(), next, segment };
    let style = Style {
        journal: survey.journal,
        epoch: survey.chain.epoch + 1,
        sync: options.sync,
        frame_size: options.frame_size,
        most: options.most(),
        piece: options.piece,
    };
    let mut writer = Writer::new(&style, place, helper, shared)?;
    writer.mark(Kind::Opened)?;
    Ok(Journal {
        writer,
        directory: directory.to_owned(),
        journal: survey.journal,
        failed: None,
        closed: false,
        torn: survey.torn,
        history: survey.segments,
        opened: next,
        resuming: None,
        turn: crate::stage::Turn::default(),
        _lock: lock,
    })
}

/// What retention knows of a segment that was full when the journal was opened.
fn full(surveyed: &Surveyed) -> Full {
    let SegmentHead { id, size, made, .. } = surveyed.head;
    let written = fs::metadata(&surveyed.path).and_then(|metadata| metadata.modified());
    Full { id, size, end: surveyed.end, ended: written.unwrap_or(made).min(SystemTime::now()) }
}

/// Takes the journal for this writer, in a directory that is made if it is not there.
pub(crate) fn lock(directory: &Path) -> Result<File, Error> {
    if !directory.exists() {
        fs::create_dir_all(directory).map_err(Error::io("create", directory))?;
        if let Some(parent) = directory.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            storage::sync_directory(parent, "parent")?;
        }
    }
    let path = directory.join(LOCK);
    let file = File::options().write(true).create(true).truncate(false).open(&path);
    let file = file.map_err(Error::io("lock", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked { path: directory.to_owned() }),
        Err(TryLockError::Error(error)) => Err(Error::io("lock", &path)(error)),
    }
}

/// Cuts off what was never durable. Gives the segment that was made ahead, if there is one.
fn cut(survey: &Survey, directory: &Path, mould: &Mould) -> Result<Option<Segment>, Error> {
    let last = survey.segments.last().expect("a survey has a segment");
    let keeps_first = survey.torn.as_ref().is_none_or(|torn| torn.segments == 0);
    // Backwards, so that there is never a gap.
    for (place, beyond) in survey.beyond.iter().enumerate().rev() {
        if place > 0 || !keeps_first || !beyond.is_blank {
            storage::rename(&beyond.path, &Name::Spare(beyond.head.id).within(directory), "spare")?;
        }
    }
    if let Some(torn) = &survey.torn
        && torn.bytes > 0
    {
        let file = storage::open(&last.path)?;
        let zeroes = vec![0; torn.bytes as usize];
        storage::write_at(&file, &last.path, "cut", &zeroes, torn.offset)?;
        storage::sync(&file, &last.path, "cut")?;
    }
    match survey.beyond.first() {
        // One that is to have another size is made again, in its place.
        Some(beyond) if keeps_first && beyond.is_blank && beyond.head.size == mould.size => {
            Segment::open(&beyond.path, &beyond.head, mould.direct).map(Some)
        }
        _ => Ok(None),
    }
}

/// A number that no other journal has.
fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one((std::process::id(), SystemTime::now()))
}
