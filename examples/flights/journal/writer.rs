//! Writing a journal.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use disruptor_pipeline::Sequence;

use super::frame::Head;
use super::{HEADER_SEQUENCE, MAGIC, VERSION};
use crate::event::Line;
use crate::lines::RawLine;

/// A journal that is being written. What is not sealed reads as torn.
pub(crate) struct Writer {
    file: File,
    path: PathBuf,
    /// The frames of a batch that has not ended.
    pending: Vec<u8>,
    pending_lines: u64,
    /// Lines that are safe on disk.
    synced: u64,
}

/// The system did not take what was to be journaled.
#[derive(Debug)]
pub(crate) struct WriteError {
    path: PathBuf,
    source: io::Error,
}

impl Writer {
    /// Begins a journal in a new file.
    ///
    /// # Errors
    /// What the system says; that there is such a file already among it: a journal is never overwritten.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(Self { file, path: path.to_owned(), pending: Vec::new(), pending_lines: 0, synced: 0 })
    }

    /// Where the journal is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes what stands before the lines, the header line of the CSV at the end of it.
    ///
    /// # Errors
    /// [`WriteError`]
    pub(crate) fn begin(&mut self, header: RawLine<'_>) -> Result<(), WriteError> {
        self.pending.extend_from_slice(MAGIC);
        self.pending.extend_from_slice(&VERSION.to_le_bytes());
        self.push(Head::of_line(HEADER_SEQUENCE, header.number, header.bytes), header.bytes);
        self.sync()
    }

    /// Appends a line. At the end of a batch all its lines are written at once and synced.
    ///
    /// # Errors
    /// [`WriteError`]; no line of the batch counts as journaled then.
    pub(crate) fn append(
        &mut self,
        line: &Line,
        sequence: Sequence,
        end_of_batch: bool,
    ) -> Result<(), WriteError> {
        self.push(Head::of_line(sequence, line.number(), line.bytes()), line.bytes());
        self.pending_lines += 1;
        if end_of_batch { self.sync() } else { Ok(()) }
    }

    /// Ends the journal, after the last batch.
    ///
    /// # Errors
    /// [`WriteError`]
    pub(crate) fn seal(&mut self) -> Result<(), WriteError> {
        self.push(Head::of_seal(self.synced as i64), &[]);
        self.sync()
    }

    /// Lines that are safe on disk.
    pub(crate) fn synced(&self) -> u64 {
        self.synced
    }

    fn push(&mut self, head: Head, line: &[u8]) {
        self.pending.extend_from_slice(&head.to_bytes());
        self.pending.extend_from_slice(line);
    }

    fn sync(&mut self) -> Result<(), WriteError> {
        let written = self.file.write_all(&self.pending).and_then(|()| self.file.sync_data());
        written.map_err(|source| WriteError { path: self.path.clone(), source })?;
        self.pending.clear();
        self.synced += std::mem::take(&mut self.pending_lines);
        Ok(())
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write the journal {}: {}", self.path.display(), self.source)
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
