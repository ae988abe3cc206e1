//! What the tests share.
#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod large;

use std::path::{Path, PathBuf};

use disruptor_journal::{Error, Journal, Options, Reader, Sequence};
use disruptor_pipeline::{Handler, HandlerResult};

/// Small segments, so that a test goes through many.
pub(crate) const SMALL: u64 = Options::SMALLEST_SEGMENT;

/// Fails once at an event, after the journal.
pub(crate) struct Flaky(pub(crate) Option<Sequence>);

impl Handler<u64> for Flaky {
    fn on_event(&mut self, _: &u64, sequence: Sequence, _: bool) -> HandlerResult {
        if self.0 == Some(sequence) {
            self.0 = None;
            return Err("once".into());
        }
        Ok(())
    }
}

/// A journal with small segments.
pub(crate) fn small() -> Options {
    Options::new().segment_size(SMALL)
}

/// The event with this sequence, in a test that numbers its events: of 8 to 71 bytes.
pub(crate) fn event(sequence: Sequence) -> Vec<u8> {
    let mut bytes = sequence.to_le_bytes().to_vec();
    bytes.resize(8 + (sequence as usize * 7) % 64, sequence as u8);
    bytes
}

/// Appends the events of these sequences as one batch.
pub(crate) fn append(journal: &mut Journal, sequences: std::ops::Range<Sequence>) -> Result<(), Error> {
    for sequence in sequences.clone() {
        journal.append(&event(sequence), sequence + 1 == sequences.end)?;
    }
    Ok(())
}

/// All that a reader finds.
pub(crate) fn read(directory: &Path) -> Result<Vec<Vec<u8>>, Error> {
    let reader = Reader::open(directory)?;
    let events: Result<Vec<_>, _> = reader.replay(reader.first_sequence())?.collect();
    Ok(events?.into_iter().map(|(_, bytes)| bytes).collect())
}

/// What a journal holds that has the events up to this sequence.
pub(crate) fn events(sequences: std::ops::Range<Sequence>) -> Vec<Vec<u8>> {
    sequences.map(event).collect()
}

/// The journal's segments, sorted.
pub(crate) fn segments(directory: &Path) -> Vec<PathBuf> {
    with_extension(directory, "segment")
}

/// The journal's files with this extension, sorted.
pub(crate) fn with_extension(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("the journal");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut found: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|other| other == extension)).collect();
    found.sort();
    found
}

/// Copies a journal's files, without its lock. What the journal's own thread renames meanwhile was made ahead, and is passed over.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("the journal") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        if name == "lock" || path.is_dir() {
            continue;
        }
        match std::fs::copy(&path, to.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                panic!("{}: {error}", path.display())
            }
            _ => {}
        }
    }
}

/// A directory of its own for a test; in memory where that can be had, since no machine is switched off here.
pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory")
}

/// Gives a journal the files of a copy.
pub(crate) fn restore(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(to).expect("the journal") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some() {
            std::fs::remove_file(path).expect("removed");
        }
    }
    copy(from, to);
}

/// Leaves the journal's files as they are at this moment.
pub(crate) fn crash(journal: Journal, directory: &Path) {
    let image = scratch();
    copy(directory, image.path());
    drop(journal);
    restore(image.path(), directory);
}
