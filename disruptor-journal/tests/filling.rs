//! A segment that is written while the journal's own thread still fills it with zeroes, and disks that are full before it is filled.

mod common;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use common::segments;
use disruptor_journal::{Error, Journal, Options, Reader, SyncPolicy, faults};

const ENOSPC: i32 = 28;

/// Four pieces, of which a new journal is opened with one.
const SIZE: u64 = 16 << 20;

/// Writes of zeroes of a piece.
const WRITES: u64 = 64;

/// Bytes of an event: so large that a writer would overtake who fills.
const LARGE: usize = 100_000;

fn options() -> Options {
    Options::new().segment_size(SIZE)
}

fn event(sequence: i64) -> Vec<u8> {
    vec![sequence as u8 | 1; LARGE]
}

/// Appends events, each a batch, up to this sequence or until one fails.
fn append(journal: &mut Journal, end: i64) -> Result<(), Error> {
    (journal.next_sequence()..end).try_for_each(|sequence| journal.append(&event(sequence), true))
}

/// Reads all, and gives how many there are.
fn read(directory: &Path) -> i64 {
    let mut replay = Reader::open(directory).expect("whole").replay(0).expect("from the start");
    let mut next = 0;
    while let Some(found) = replay.next_event().expect("whole") {
        assert_eq!((found.sequence, found.bytes), (next, &event(next)[..]));
        next += 1;
    }
    next
}

/// Bytes of the disk that the first segment has.
fn room(directory: &Path) -> u64 {
    segments(directory)[0].metadata().expect("there").blocks() * 512
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "hung: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn no_zeroes_overwrite_what_is_written_meanwhile() {
    for sync in [SyncPolicy::Batch, SyncPolicy::Interval(Duration::from_millis(1)), SyncPolicy::None] {
        for batch in [1, 30] {
            let scratch = common::scratch();
            let mut journal = options().sync(sync).open(scratch.path()).expect("opened");
            for sequence in 0..300 {
                journal.append(&event(sequence), sequence % batch == batch - 1).expect("appended");
            }
            journal.close().expect("closed");
            assert_eq!(read(scratch.path()), 300, "{sync:?}");
            assert!(segments(scratch.path()).len() >= 2);
        }
    }
}

#[test]
fn a_new_journal_is_filled_and_has_the_next_segment_made() {
    let scratch = common::scratch();
    let journal = options().open(scratch.path()).expect("opened");
    until("it is filled", || room(scratch.path()) >= SIZE);
    until("the next is made", || segments(scratch.path()).len() == 2);
    journal.close().expect("closed");
}

/// The journal can be closed at once, and goes on where it was when it is opened again.
#[test]
fn one_that_was_closed_before_it_was_filled_is_filled_by_the_next() {
    let scratch = common::scratch();
    faults::fail(scratch.path(), "zeroes.write.before", WRITES, ENOSPC);
    let mut journal = options().open(scratch.path()).expect("a piece has room");
    append(&mut journal, 10).expect("there is room");
    journal.close().expect("closed");
    faults::mend(scratch.path());
    assert!(room(scratch.path()) < SIZE, "it was not filled");

    let mut journal = options().open(scratch.path()).expect("opened");
    assert_eq!((journal.next_sequence(), journal.torn()), (10, None));
    until("it is filled", || room(scratch.path()) >= SIZE);
    append(&mut journal, 300).expect("appended");
    journal.close().expect("closed");
    assert_eq!(read(scratch.path()), 300);
}

#[test]
fn a_disk_that_is_full_before_the_segment_is_filled_is_an_error_when_it_is_come_to() {
    for step in ["zeroes.write.before", "zeroes.write.half", "zeroes.sync.before"] {
        let scratch = common::scratch();
        let passes = if step == "zeroes.sync.before" { 1 } else { WRITES };
        faults::fail(scratch.path(), step, passes, ENOSPC);
        let mut journal = options().open(scratch.path()).expect("a piece has room");
        let error = append(&mut journal, 300).expect_err("there is no more");
        let acknowledged = journal.durable();
        assert!(
            matches!(&error, Error::Io { source, .. } if source.raw_os_error() == Some(ENOSPC)),
            "{error}"
        );
        assert!((35..42).contains(&acknowledged), "{step}: {acknowledged}");
        assert!(matches!(journal.append(b"more", true), Err(Error::Failed(_))), "{step}");
        // As a crash leaves it.
        let image = common::scratch();
        common::copy(scratch.path(), image.path());
        assert_eq!(read(image.path()), acknowledged, "{step}");
        drop(journal);
        faults::mend(scratch.path());
        for directory in [scratch.path(), image.path()] {
            let mut journal = options().open(directory).expect("opened");
            assert_eq!(journal.next_sequence(), acknowledged, "{step}");
            append(&mut journal, 300).expect("appended");
            journal.close().expect("closed");
            assert_eq!(read(directory), 300, "{step}");
        }
    }
}

/// What failed ahead of need was no failure of the journal.
#[test]
fn a_disk_that_has_room_again_in_time_is_no_error() {
    let scratch = common::scratch();
    faults::fail(scratch.path(), "zeroes.write.before", WRITES, ENOSPC);
    let mut journal = options().open(scratch.path()).expect("a piece has room");
    append(&mut journal, 10).expect("there is room");
    std::thread::sleep(Duration::from_millis(20));
    faults::mend(scratch.path());
    append(&mut journal, 300).expect("there is room");
    journal.close().expect("closed");
    assert_eq!(read(scratch.path()), 300);
}

/// A file system in memory, of so many bytes.
struct Small(PathBuf);

impl Small {
    fn mount(at: &Path, bytes: u64) -> Option<Self> {
        fs::create_dir(at).expect("a directory");
        let options = format!("size={bytes}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(at.to_owned()))
    }

    /// Whoever may mount it may give it another size.
    fn resize(&self, bytes: u64) {
        let options = format!("remount,size={bytes}");
        let status = Command::new("mount").args(["-o", &options]).arg(&self.0).status();
        assert!(status.expect("it was there before").success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// No fault that is made up: the system's own.
#[test]
fn a_file_system_that_is_full() {
    let scratch = common::scratch();
    let Some(disk) = Small::mount(&scratch.path().join("disk"), 24 << 20) else {
        println!("SKIPPED: a small tmpfs cannot be mounted here, which takes root");
        return;
    };
    let directory = disk.0.join("day");
    // There is no room for a second segment: it is the first one's end that is come to.
    let mut journal = options().open(&directory).expect("it has room for one");
    let error = append(&mut journal, 1_000).expect_err("it has room for one");
    let acknowledged = journal.durable();
    assert!(matches!(&error, Error::Io { source, .. } if source.raw_os_error() == Some(ENOSPC)), "{error}");
    assert!((150..170).contains(&acknowledged), "{acknowledged}");
    assert!(matches!(journal.append(b"more", true), Err(Error::Failed(_))));
    drop(journal);
    assert_eq!(read(&directory), acknowledged, "what was durable can be read");
    // As it is it can be opened, to read and to write what has room; with more room it goes on.
    drop(options().open(&directory).map_err(|error| assert!(matches!(error, Error::Io { .. }), "{error}")));
    disk.resize(80 << 20);
    let mut journal = options().open(&directory).expect("opened");
    assert_eq!(journal.next_sequence(), acknowledged);
    append(&mut journal, 300).expect("there is room");
    journal.close().expect("closed");
    assert_eq!(read(&directory), 300);

    // Of one that has less than a segment, the journal has what there is.
    let tight = Small::mount(&scratch.path().join("tight"), 10 << 20).expect("as before");
    let directory = tight.0.join("day");
    let mut journal = options().open(&directory).expect("it has room for a piece");
    append(&mut journal, 1_000).expect_err("it has no room for a segment");
    let acknowledged = journal.durable();
    assert!((35..105).contains(&acknowledged), "{acknowledged}");
    drop(journal);
    assert_eq!(read(&directory), acknowledged);
    tight.resize(80 << 20);
    let mut journal = options().open(&directory).expect("opened");
    append(&mut journal, 300).expect("there is room");
    drop(journal);
    assert_eq!(read(&directory), 300);
}
