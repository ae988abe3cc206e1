//! A segment that is written while the journal's own thread still fills it with zeroes, and disks that are full before it is filled.

mod common;

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use common::large::{ENOSPC, SIZE, WRITES, append, event, options, read};
use common::segments;
use disruptor_journal::{Error, SyncPolicy, faults};

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
