//! A file system that is full, really. In a process of its own: a child that is being started holds, for a moment, what every other
//! thread of its parent has open, the lock of a journal too.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::large::{ENOSPC, append, options, read};
use disruptor_journal::Error;

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
