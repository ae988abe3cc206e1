//! The journal's own thread: it makes segments ahead of need, syncs what is not synced by the stage, and lets go of what is not needed
//! any more.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use disruptor_runtime::Sequence;

use super::segment::{Mould, Segment};
use super::shared::Shared;
use crate::error::Error;
use crate::format::names::Name;
use crate::options::{Options, SyncPolicy};
use crate::recover::{Index, Listing};
use crate::replay::index_file;
use crate::retention::Full;
use crate::storage;

/// How many segments that are not needed are kept to be used again.
const SPARES: usize = 2;

/// What the helper is asked.
enum Task {
    /// Make the segment with this id.
    Make(u64),
    /// Fill the segment that is written up to this place at least, and answer with how far it is filled.
    Fill(u64, SyncSender<Result<u64, Error>>),
    /// This segment is full, and another is written now.
    Full { full: Full, index: Index, current: Segment },
    /// Sync all that is written, and answer.
    Sync(SyncSender<Result<(), Error>>),
    /// A snapshot was taken: something may not be needed any more.
    Retain,
    /// There is nothing more to do.
    End,
}

/// A way to ask the helper, for those who have not the journal.
#[derive(Clone, Debug)]
pub(crate) struct Line(Sender<Task>);

impl std::fmt::Debug for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Task")
    }
}

impl Line {
    /// Has all that is written synced.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        let (answer, answered) = mpsc::sync_channel(1);
        self.0.send(Task::Sync(answer)).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }

    /// Lets go of what is not needed any more.
    pub(crate) fn retain(&self) {
        // A helper that is gone keeps everything.
        let _ = self.0.send(Task::Retain);
    }
}

/// The thread, and the lines to it. It ends when it is dropped, and is waited for.
#[derive(Debug)]
pub(crate) struct Helper {
    line: Option<Line>,
    ready: Receiver<Result<Segment, Error>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

fn gone() -> Error {
    Error::Helper("it has panicked, or the journal is closed".to_owned())
}

impl Helper {
    /// Starts the thread. `current` is written now, and filled as far as it is not; `full` are the segments before it; `prepared` is the one
    /// behind it, which is made if it is not there.
    pub(crate) fn start(
        options: &Options,
        mould: Mould,
        shared: &Arc<Shared>,
        current: &Segment,
        full: Vec<Full>,
        prepared: Option<Segment>,
    ) -> Result<Self, Error> {
        let (line, tasks) = mpsc::channel();
        let (made, ready) = mpsc::sync_channel(1);
        let filling = match current.filled < current.size {
            // With a file of its own: of a failure that the system has to tell, each open file is told once, and the stage's must be.
            true => Some(Segment { file: storage::open(&current.path)?.into(), ..current.clone() }),
            false => None,
        };
        let then = match prepared {
            Some(segment) => {
                made.send(Ok(segment)).map_err(|_| gone())?;
                None
            }
            None => Some(current.id + 1),
        };
        let work = Work {
            options: options.clone(),
            mould,
            shared: Arc::clone(shared),
            made,
            unsynced: Vec::new(),
            current: current.clone(),
            prepares: filling.is_some() || then.is_some(),
            filling,
            then,
            full,
            failed: false,
            ended: false,
        };
        let thread = thread::Builder::new().name("journal-helper".to_owned());
        let thread =
            thread.spawn(move || work.run(&tasks)).map_err(|error| Error::Helper(error.to_string()))?;
        Ok(Self { line: Some(Line(line)), ready, thread: Some(thread), shared: Arc::clone(shared) })
    }

    /// A line to it.
    pub(crate) fn line(&self) -> Result<Line, Error> {
        self.line.clone().ok_or_else(gone)
    }

    /// Asks for the segment with this id ahead of need.
    pub(crate) fn ask(&self, id: u64) -> Result<(), Error> {
        self.line()?.0.send(Task::Make(id)).map_err(|_| gone())
    }

    /// The segment that was asked for, as soon as it is made. One that could not be made is tried once more.
    pub(crate) fn take(&self, id: u64) -> Result<Segment, Error> {
        match self.ready.recv().map_err(|_| gone())? {
            Ok(segment) => Ok(segment),
            Err(_) => {
                self.ask(id)?;
                self.ready.recv().map_err(|_| gone())?
            }
        }
    }

    /// Has the segment that is written filled up to this place at least. Gives how far it is filled.
    pub(crate) fn fill(&self, to: u64) -> Result<u64, Error> {
        let (answer, answered) = mpsc::sync_channel(1);
        self.line()?.0.send(Task::Fill(to, answer)).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }

    /// A segment is full, and another one is written from now on.
    pub(crate) fn full(&self, full: Full, index: Index, current: &Segment) -> Result<(), Error> {
        self.line()?.0.send(Task::Full { full, index, current: current.clone() }).map_err(|_| gone())
    }

    /// Ends the thread when it has done what it was asked.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        self.shared.stop();
        if let Some(Line(line)) = self.line.take() {
            let _ = line.send(Task::End);
        }
        // One that it has made and nobody takes must not hold it up.
        while self.ready.recv().is_ok() {}
        match self.thread.take().map(JoinHandle::join) {
            Some(Err(_)) => Err(gone()),
            _ => Ok(()),
        }
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// The thread's own.
struct Work {
    options: Options,
    mould: Mould,
    shared: Arc<Shared>,
    made: SyncSender<Result<Segment, Error>>,
    /// Full segments that are not synced.
    unsynced: Vec<Segment>,
    current: Segment,
    /// There is something to do ahead of need, while nothing else is asked.
    prepares: bool,
    /// The segment that is written, while it is not filled to its end.
    filling: Option<Segment>,
    /// The segment to make when it is.
    then: Option<u64>,
    /// Full segments, oldest first.
    full: Vec<Full>,
    /// A sync has failed. What is on the disk is not known any more, and nothing counts as durable from here on.
    failed: bool,
    ended: bool,
}

impl Work {
    fn run(mut self, tasks: &Receiver<Task>) {
        let every = match self.options.sync {
            SyncPolicy::Interval(every) => Some(every),
            SyncPolicy::Batch | SyncPolicy::None => None,
        };
        let mut due = Instant::now();
        loop {
            let mut left = None;
            if let Some(every) = every {
                if due <= Instant::now() {
                    self.sync_and_tell(tasks);
                    due = Instant::now() + every;
                }
                left = Some(due.saturating_duration_since(Instant::now()).max(Duration::from_micros(50)));
            }
            let task = match left {
                _ if self.prepares => tasks.try_recv().map_err(|error| match error {
                    TryRecvError::Empty => RecvTimeoutError::Timeout,
                    TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
                }),
                None => tasks.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(left) => tasks.recv_timeout(left),
            };
            match task {
                Ok(Task::End) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(task) => self.act(task, tasks),
                Err(RecvTimeoutError::Timeout) if self.prepares => self.prepare(),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.ended {
                return;
            }
        }
    }

    /// A step of what is done ahead of need, where nothing else is asked: the segment that is written is filled, and then the next one
    /// made.
    fn prepare(&mut self) {
        if let Some(segment) = &mut self.filling {
            match segment.fill_piece() {
                Ok(()) if segment.filled < segment.size => return,
                Ok(()) => self.filling = None,
                // It is tried again when the writer comes to it, and asks.
                Err(_) => {}
            }
        }
        self.prepares = false;
        if let Some(id) = self.then.take() {
            self.make(id);
        }
    }

    fn make(&self, id: u64) {
        // The writer is gone if nobody takes it.
        let _ = self.made.send(self.mould.make(id, &self.shared));
    }

    /// Fills the segment that is written up to this place, or to its end.
    fn fill(&mut self, to: u64) -> Result<u64, Error> {
        let Some(segment) = &mut self.filling else { return Ok(u64::MAX) };
        while segment.filled < to {
            segment.fill_piece()?;
        }
        Ok(segment.filled)
    }

    fn act(&mut self, task: Task, tasks: &Receiver<Task>) {
        match task {
            Task::Make(id) => self.make(id),
            Task::Fill(to, answer) => {
                let _ = answer.send(self.fill(to));
            }
            Task::Full { full, index, current } => {
                let before = std::mem::replace(&mut self.current, current);
                self.filling = None;
                // Worth no error: without it the segment is read from its start.
                let _ = index_file::write(&self.mould.directory, self.mould.journal, full.id, &index);
                self.full.push(full);
                if self.options.sync != SyncPolicy::Batch {
                    self.unsynced.push(before);
                    self.sync_full();
                }
                self.retain();
            }
            Task::Sync(answer) => {
                // With a sync a batch it is the stage that syncs, and nobody else: one of two that fails would not be seen.
                if self.options.sync != SyncPolicy::Batch {
                    self.sync_and_tell(tasks);
                }
                let failed = || Err(Error::Failed("a sync has failed".to_owned()));
                let _ = answer.send(if self.failed { failed() } else { Ok(()) });
            }
            Task::Retain => self.retain(),
            Task::End => self.ended = true,
        }
    }

    /// Syncs full segments, in the background.
    fn sync_full(&mut self) {
        let end = self.full.last().map_or(0, |last| last.end);
        for segment in std::mem::take(&mut self.unsynced) {
            self.sync_to(&segment, None);
        }
        if !self.failed {
            self.shared.sync(end);
        }
    }

    /// Syncs what is written up to now. The tasks that were sent before are done first: what is written may stand in a segment that was
    /// full.
    fn sync_and_tell(&mut self, tasks: &Receiver<Task>) {
        let written = self.shared.written();
        while let Ok(task) = tasks.try_recv() {
            self.act(task, tasks);
        }
        if written > self.shared.durable() {
            self.sync_to(&self.current.clone(), Some(written));
        }
    }

    /// Syncs a segment, once: what fails is never tried again. Everything below `durable` is on the disk then.
    fn sync_to(&mut self, segment: &Segment, durable: Option<Sequence>) {
        if self.failed {
            return;
        }
        match sync(&segment.file, &segment.path) {
            Ok(()) => durable.into_iter().for_each(|durable| self.shared.sync(durable)),
            Err(error) => {
                self.failed = true;
                self.shared.fail(error);
            }
        }
    }

    /// Lets go of the segments that are not needed any more. What fails here is tried again with the next segment: it costs room, and no
    /// event.
    fn retain(&mut self) {
        let Ok(listing) = Listing::of(&self.mould.directory) else { return };
        let kept = listing.snapshots.len().saturating_sub(self.options.snapshots_kept);
        for (_, path) in &listing.snapshots[..kept] {
            let _ = storage::remove(path, "old_snapshot");
        }
        let oldest =
            listing.snapshots[kept..].first().and_then(|(sequence, _)| Sequence::try_from(*sequence).ok());
        // The newest full segment stays: while the one that is written has no frame, it alone says which sequence is next.
        let candidates = &self.full[..self.full.len().saturating_sub(1)];
        let rest = self.current.size + self.full.last().map_or(0, |segment| segment.size);
        let surplus = self.options.retention.surplus(candidates, rest, oldest, SystemTime::now());
        let mut spares = listing.spares.len();
        for _ in 0..surplus {
            let segment = self.full[0];
            if !self.shared.is_free(segment.id) || self.let_go(segment, spares < SPARES).is_err() {
                return;
            }
            spares += usize::from(spares < SPARES);
            self.full.remove(0);
        }
    }

    fn let_go(&self, segment: Full, again: bool) -> Result<(), Error> {
        let path = Name::Segment(segment.id).within(&self.mould.directory);
        let _ = std::fs::remove_file(Name::Index(segment.id).within(&self.mould.directory));
        if again && segment.size == self.mould.size {
            storage::rename(&path, &Name::Spare(segment.id).within(&self.mould.directory), "spare")
        } else {
            storage::remove(&path, "surplus")
        }
    }
}

/// Syncs a segment's frames. A file that was removed meanwhile counts as failed: what it holds is lost.
pub(super) fn sync(file: &File, path: &Path) -> Result<(), Error> {
    storage::sync(file, path, "frame")?;
    storage::is_linked(file, path)
}
