//! The thread that writes a batch's pieces while the stage encodes what follows them: the disk is at work from the first MiB on, and
//! not only when the batch has ended.

use std::ops::Range;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

use super::segment::Segment;
use crate::buffer::Buffer;
use crate::error::Error;

/// How many pieces may wait to be written: one is written meanwhile, and the stage encodes into a third buffer.
const PIECES: usize = 2;

/// Bytes to write.
pub(super) struct Piece {
    pub(super) segment: Segment,
    pub(super) bytes: Buffer,
    pub(super) range: Range<usize>,
    /// Where in the segment the range begins.
    pub(super) at: u64,
}

/// A buffer that was written, or was not.
type Written = (Buffer, Result<(), Error>);

/// The thread, from when it is first needed; and the buffers. It ends when it is dropped, and is waited for.
#[derive(Debug, Default)]
pub(super) struct Scribe {
    /// Dropped before the thread is waited for.
    line: Option<(SyncSender<Piece>, Receiver<Written>)>,
    thread: Option<JoinHandle<()>>,
    /// Buffers that are free.
    free: Vec<Buffer>,
    /// Pieces that were handed over and have not come back.
    outstanding: usize,
}

impl std::fmt::Debug for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Piece")
    }
}

fn gone() -> Error {
    Error::Helper("the one that writes has panicked".to_owned())
}

impl Scribe {
    /// A buffer to go on with, if there is one: then a piece can be handed over without a wait.
    ///
    /// # Errors
    /// What an earlier piece failed on.
    pub(super) fn buffer(&mut self) -> Result<Option<Buffer>, Error> {
        self.take_all()?;
        let buffer = self.free.pop();
        Ok(buffer.or_else(|| (self.outstanding < PIECES).then(Buffer::new)))
    }

    /// True while a piece is being written.
    ///
    /// # Errors
    /// What an earlier piece failed on.
    pub(super) fn is_busy(&mut self) -> Result<bool, Error> {
        self.take_all()?;
        Ok(self.outstanding > 0)
    }

    /// Hands a piece over.
    ///
    /// # Errors
    /// If there can be no such thread, or it is gone.
    pub(super) fn write(&mut self, piece: Piece) -> Result<(), Error> {
        if self.line.is_none() {
            let (to, pieces) = mpsc::sync_channel::<Piece>(PIECES);
            let (back, written) = mpsc::sync_channel(PIECES);
            let thread = thread::Builder::new().name("journal-scribe".to_owned());
            let work = move || {
                for Piece { segment, bytes, range, at } in pieces {
                    let done = segment.write("piece", &bytes[range], at);
                    if back.send((bytes, done)).is_err() {
                        return;
                    }
                }
            };
            self.thread = Some(thread.spawn(work).map_err(|error| Error::Helper(error.to_string()))?);
            self.line = Some((to, written));
        }
        let (line, _) = self.line.as_ref().ok_or_else(gone)?;
        // There is room: there are no more than so many that have not come back.
        line.send(piece).map_err(|_| gone())?;
        self.outstanding += 1;
        Ok(())
    }

    /// Waits until all that was handed over is written.
    ///
    /// # Errors
    /// What a piece failed on. The others have not come back then: the journal has failed, and nothing more is written.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        while self.outstanding > 0 {
            let written = self.line.as_ref().and_then(|(_, written)| written.recv().ok()).ok_or_else(gone)?;
            self.take(written)?;
        }
        Ok(())
    }

    /// Takes what has come back.
    fn take_all(&mut self) -> Result<(), Error> {
        while let Some(written) = self.line.as_ref().and_then(|(_, written)| written.try_recv().ok()) {
            self.take(written)?;
        }
        Ok(())
    }

    fn take(&mut self, (bytes, done): Written) -> Result<(), Error> {
        self.outstanding -= 1;
        self.free.push(bytes);
        done
    }
}

impl Drop for Scribe {
    fn drop(&mut self) {
        self.line = None;
        // One that has panicked has failed the journal already, or has nothing to say any more.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
