//! Steps that fail: a full disk, a disk that fails, directories that are gone or may not be written.

mod common;

use std::fs;
use std::time::Duration;

use common::{append, events, read, segments, small};
use disruptor_journal::{Error, Journal, SyncPolicy, faults};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// Writes batches until one fails. Gives the error, and how many events were acknowledged before.
fn write_until_it_fails(journal: &mut Journal) -> (Error, i64) {
    let mut written = journal.next_sequence();
    for _ in 0..10_000 {
        match append(journal, written..written + 10) {
            Ok(()) => written += 10,
            Err(error) => return (error, written),
        }
    }
    panic!("nothing has failed");
}

#[test]
fn every_step_that_fails_is_an_error_and_loses_nothing_durable() {
    for (step, errno, action) in [
        ("frame.write.before", ENOSPC, "write"),
        ("frame.write.half", ENOSPC, "write"),
        ("frame.write.half", EIO, "write"),
        ("frame.write.after", EIO, "write"),
        ("frame.sync.before", EIO, "sync"),
        ("frame.sync.after", EIO, "sync"),
        ("segment.create.before", ENOSPC, "create"),
        ("zeroes.write.half", ENOSPC, "write"),
        ("segment.write.before", EIO, "write"),
        ("segment.sync.before", EIO, "sync"),
        ("segment.rename.before", EIO, "rename"),
        ("segment.directory.after", EIO, "sync the directory"),
        ("segment.changed", EIO, "go on to"),
    ] {
        let scratch = common::scratch();
        let mut journal = small().open(scratch.path()).expect("opened");
        append(&mut journal, 0..30).expect("appended");
        faults::fail(scratch.path(), step, 3, errno);
        let (error, acknowledged) = write_until_it_fails(&mut journal);
        let Error::Io { action: failed, source, .. } = &error else { panic!("{step}: {error}") };
        assert_eq!((*failed, source.raw_os_error()), (action, Some(errno)), "{step}");
        // It is never tried again.
        faults::mend(scratch.path());
        assert!(matches!(journal.append(b"more", true), Err(Error::Failed(_))), "{step}");
        assert!(journal.close().is_err(), "{step}");
        let found = read(scratch.path()).unwrap_or_else(|error| panic!("{step}: {error}"));
        let all = acknowledged..=acknowledged + 10;
        assert!(all.contains(&(found.len() as i64)), "{step}: {} of {acknowledged}", found.len());
        assert_eq!(found, events(0..found.len() as i64), "{step}");
        // When the disk is whole again it goes on.
        let mut journal = small().open(scratch.path()).unwrap_or_else(|error| panic!("{step}: {error}"));
        let next = journal.next_sequence();
        append(&mut journal, next..next + 400).expect("appended");
        drop(journal);
        assert_eq!(read(scratch.path()).expect("whole"), events(0..next + 400), "{step}");
    }
}

#[test]
fn a_sync_that_fails_in_the_background_fails_the_journal() {
    for sync in [SyncPolicy::Interval(Duration::from_millis(1)), SyncPolicy::None] {
        let scratch = common::scratch();
        let mut journal = small().sync(sync).open(scratch.path()).expect("opened");
        faults::fail(scratch.path(), "frame.sync.before", 0, EIO);
        let (error, _) = write_until_it_fails(&mut journal);
        assert!(matches!(error, Error::Io { action: "sync", .. }), "{error}");
        faults::mend(scratch.path());
        let durable = journal.durable();
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(journal.durable(), durable, "nothing counts as durable any more");
    }
}

#[test]
fn a_snapshot_that_fails_leaves_the_one_before() {
    for step in
        ["snapshot.create.before", "snapshot.write.half", "snapshot.sync.before", "snapshot.rename.before"]
    {
        let scratch = common::scratch();
        let mut journal = small().open(scratch.path()).expect("opened");
        append(&mut journal, 0..30).expect("appended");
        let snapshots = journal.snapshots().expect("open");
        snapshots.save(10, b"ten").expect("saved");
        faults::fail(scratch.path(), step, 0, ENOSPC);
        snapshots.save(20, b"twenty").expect_err("no room");
        faults::mend(scratch.path());
        assert_eq!(snapshots.latest().expect("whole").map(|snapshot| snapshot.sequence), Some(10), "{step}");
        append(&mut journal, 30..40).expect("a snapshot is none of the journal's steps");
        snapshots.save(20, b"twenty").expect("saved");
        drop(journal);
        assert_eq!(read(scratch.path()).expect("whole"), events(0..40));
    }
}

#[test]
fn a_directory_that_is_removed_under_it_is_an_error() {
    for sync in [SyncPolicy::Batch, SyncPolicy::None] {
        let scratch = common::scratch();
        let directory = scratch.path().join("day");
        let mut journal = small().sync(sync).open(&directory).expect("opened");
        append(&mut journal, 0..30).expect("appended");
        // Again where the helper thread has just made a segment there.
        while let Err(error) = fs::remove_dir_all(&directory) {
            assert_eq!(error.kind(), std::io::ErrorKind::DirectoryNotEmpty, "{error}");
        }
        let error = append(&mut journal, 30..40).expect_err("what is written there is lost");
        assert!(error.to_string().contains("it was removed while it was being written"), "{error}");
    }
}

#[test]
fn a_directory_that_may_not_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = common::scratch();
    let directory = scratch.path().join("day");
    drop(small().open(&directory).expect("opened"));
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o555)).expect("changed");
    fs::set_permissions(directory.join("lock"), fs::Permissions::from_mode(0o444)).expect("changed");
    let opened = small().open(&directory);
    if rustix::process::geteuid().is_root() {
        // Nothing keeps root from writing: the system's own refusal is made here.
        drop(opened.expect("root may"));
        faults::fail(&directory, "frame.write.before", 0, 30);
        let refused = small().open(&directory).expect_err("read-only").to_string();
        faults::mend(&directory);
        assert!(refused.contains("cannot write ") && refused.contains("Read-only"), "{refused}");
    } else {
        assert!(matches!(opened, Err(Error::Io { .. })), "{opened:?}");
    }
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).expect("changed");
    assert_eq!(read(&directory).expect("reading is free"), events(0..0));
    assert!(!segments(&directory).is_empty());
}
