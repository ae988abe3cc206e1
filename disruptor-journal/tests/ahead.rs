//! Batches that are written in pieces before they end, on a disk: directly, where its file system takes that.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::{Flaky, append, copy, event, events, read, restore, segments, small};
use disruptor_journal::{Check, Error, Journal, Options, Reader, Retention, Sequence, faults, tools};
use disruptor_pipeline::{All, Handler, disruptor};
use tempfile::TempDir;

const EIO: i32 = 5;

/// On a disk, where memory and places must be at blocks.
fn disk() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory")
}

/// A piece as soon as there is a block.
fn pieces() -> Options {
    small().frame_size(700).piece_size(1)
}

#[test]
fn what_is_written_is_read_over_segments_and_openings() {
    for (frame_size, piece) in [(1, 1), (700, 1), (700, 5000), (100_000, 1)] {
        let scratch = disk();
        let mut written = 0;
        for opening in 1..=3 {
            let options = small().frame_size(frame_size).piece_size(piece);
            let mut journal = options.open(scratch.path()).expect("opened");
            assert_eq!((journal.next_sequence(), journal.torn()), (written, None));
            for batch in [1, 100, 3000, 20, opening * 500] {
                append(&mut journal, written..written + batch).expect("appended");
                written += batch;
                assert_eq!(journal.durable(), written);
            }
            journal.close().expect("closed");
            assert_eq!(read(scratch.path()).expect("whole"), events(0..written), "{frame_size} {piece}");
            let reader = Reader::open_checked(scratch.path(), Check::Tail).expect("whole");
            assert_eq!((reader.next_sequence(), reader.torn()), (written, None));
        }
    }
}

/// Files that are used again, and none of them while it is written: a batch goes through more of them than are kept.
#[test]
fn segments_are_used_again_when_their_batch_has_ended() {
    let scratch = disk();
    let mut journal = pieces().retention(Retention::Size(0)).open(scratch.path()).expect("opened");
    let mut written = 0;
    for round in 0..60 {
        let batch = if round % 5 == 4 { 2000 } else { 150 };
        append(&mut journal, written..written + batch).expect("appended");
        written += batch;
    }
    drop(journal);
    let contents = tools::list(scratch.path(), |_| {}).expect("listed");
    assert!(contents.segments.iter().any(|segment| segment.recycled), "{contents:?}");
    let first = Reader::open(scratch.path()).expect("whole").first_sequence();
    assert!(first > 0);
    assert_eq!(read(scratch.path()).expect("whole"), events(first..written));
}

/// What is durable before a batch stands in its first segment: that one stays until the batch is durable too, however many the batch goes
/// through.
#[test]
fn retention_leaves_the_segments_of_a_batch_that_is_not_durable() {
    let scratch = disk();
    let mut journal = pieces().retention(Retention::Size(0)).open(scratch.path()).expect("opened");
    append(&mut journal, 0..50).expect("appended");
    faults::fail(scratch.path(), "frame.sync.before", 0, EIO);
    append(&mut journal, 50..2500).expect_err("it cannot be synced");
    faults::mend(scratch.path());
    // The journal's own thread has done by then what it was asked.
    drop(journal);
    assert!(segments(scratch.path()).len() > 5);
    let reader = Reader::open(scratch.path()).expect("whole");
    assert_eq!(reader.first_sequence(), 0);
    assert!(read(scratch.path()).expect("whole").starts_with(&events(0..50)));
}

/// However far it was written.
#[test]
fn a_batch_that_does_not_end_is_not_in_it() {
    for size in [10, 150, 400, 2500] {
        let scratch = disk();
        let mut written = 0;
        for _ in 0..3 {
            let mut journal = pieces().open(scratch.path()).expect("opened");
            assert_eq!((journal.next_sequence(), journal.torn()), (written, None), "{size}");
            append(&mut journal, written..written + 77).expect("appended");
            written += 77;
            for sequence in written..written + size {
                journal.append(&event(sequence), false).expect("appended");
            }
            assert_eq!((journal.durable(), journal.next_sequence()), (written, written + size));
            drop(journal);
            assert_eq!(read(scratch.path()).expect("whole"), events(0..written), "{size}");
        }
    }
}

#[test]
fn an_error_in_the_middle_takes_back_what_was_written() {
    for size in [150, 400, 2500] {
        let scratch = disk();
        let mut journal = pieces().open(scratch.path()).expect("opened");
        append(&mut journal, 0..50).expect("appended");
        for sequence in 50..50 + size {
            journal.append(&event(sequence), false).expect("appended");
        }
        let failed = journal.append_with(true, |_| Err("no".into())).expect_err("it cannot be encoded");
        assert!(matches!(failed, Error::Encode { .. }), "{failed}");
        assert_eq!(journal.durable(), 50);
        assert!(matches!(journal.append(b"more", true), Err(Error::Failed(_))));
        drop(journal);
        assert_eq!(read(scratch.path()).expect("whole"), events(0..50), "{size}");
        assert_eq!(pieces().open(scratch.path()).expect("opened").next_sequence(), 50);
    }
}

/// Ends no batch the first time: the pipeline that had it is gone, and another one begins.
#[test]
fn a_journal_that_another_pipeline_goes_on_with() {
    for size in [10, 150, 2500] {
        let scratch = disk();
        let mut journal = pieces().open(scratch.path()).expect("opened");
        append(&mut journal, 0..50).expect("appended");
        Handler::<Vec<u8>>::on_start(&mut journal);
        Handler::<Vec<u8>>::on_batch_start(&mut journal, 1, 1);
        for sequence in 50..50 + size {
            journal.on_event(&event(sequence), sequence - 50, false).expect("appended");
        }
        Handler::<Vec<u8>>::on_start(&mut journal);
        assert_eq!(journal.next_sequence(), 50);
        // The same events, of which the last is another one: nothing of the first time is left behind it.
        for (sequence, is_last) in [(50, false), (51, true)] {
            journal.on_event(&event(sequence), sequence - 50, is_last).expect("appended");
        }
        let image = common::scratch();
        copy(scratch.path(), image.path());
        assert_eq!(journal.durable(), 52, "{size}");
        assert!(read(image.path()).expect("whole") == events(0..52), "{size}");
        let reader = Reader::open(image.path()).expect("whole");
        assert_eq!(reader.torn(), None, "{size}");
        append(&mut journal, 52..3000).expect("appended");
        journal.close().expect("closed");
        assert!(read(scratch.path()).expect("whole") == events(0..3000), "{size}");
    }
}

/// What is written of it comes again, and is not written again; its end makes it durable, wherever that comes.
#[test]
fn a_batch_that_is_rewound_is_written_once() {
    const BATCH: u64 = 2000;
    for (number, flaky) in (0..2 * BATCH as Sequence).step_by(61).chain([BATCH as Sequence - 1]).enumerate() {
        let scratch = disk();
        // Of one frame, or of many, of which the segment has room for some.
        let piece = [1, 3000][number % 2];
        let journal = small().frame_size(200).piece_size(piece).open(scratch.path()).expect("opened");
        let handlers = All((journal, Flaky(Some(flaky))));
        let pipeline = disruptor! {
            event: u64;
            ring: 4096;
            on_error: retry(3);
            both { batch: 2000 } = handlers;
            < both >
        };
        let (mut producer, running) = pipeline.spawn().expect("started");
        for batch in 0..2 {
            let fill = |events: disruptor_pipeline::Batch<'_, u64>| {
                for (event, value) in events.zip(batch * BATCH..) {
                    *event = value;
                }
            };
            producer.publish_batch(BATCH as usize, fill).expect("open");
        }
        drop(producer);
        let All((journal, _)) = running.join().expect("it was retried").both;
        assert_eq!(journal.durable(), 2 * BATCH as Sequence);
        drop(journal);
        let expected: Vec<_> = (0..2 * BATCH).map(|value| value.to_le_bytes().to_vec()).collect();
        assert_eq!(read(scratch.path()).expect("whole"), expected, "failed at {flaky}");
    }
}

/// The batch that comes again may be shorter: what is written of it is durable at its end, also where that is written already.
#[test]
fn a_batch_that_comes_again_ends_sooner() {
    let scratch = disk();
    let mut journal = pieces().open(scratch.path()).expect("opened");
    Handler::<Vec<u8>>::on_start(&mut journal);
    Handler::<Vec<u8>>::on_batch_start(&mut journal, 1, 1);
    for sequence in 0..400 {
        journal.on_event(&event(sequence), sequence, false).expect("appended");
    }
    for (from, end) in [(0, 100), (100, 700)] {
        Handler::<Vec<u8>>::on_batch_start(&mut journal, 1, 1);
        for sequence in from..end {
            journal.on_event(&event(sequence), sequence, sequence + 1 == end).expect("appended");
        }
        assert!(journal.durable() >= end, "{} of {end}", journal.durable());
    }
    drop(journal);
    assert!(read(scratch.path()).expect("whole") == events(0..700));
}

/// Though all of it is written.
#[test]
fn a_batch_whose_end_was_missed_is_an_error_and_taken_back() {
    let scratch = disk();
    let mut journal = small().frame_size(1).piece_size(1).open(scratch.path()).expect("opened");
    Handler::<Vec<u8>>::on_start(&mut journal);
    Handler::<Vec<u8>>::on_batch_start(&mut journal, 1, 1);
    for sequence in 0..90 {
        journal.on_event(&event(sequence), sequence, false).expect("appended");
    }
    Handler::<Vec<u8>>::on_batch_start(&mut journal, 1, 1);
    let missed = journal.on_event(&event(90), 90, true).expect_err("the end did not come");
    assert!(missed.to_string().contains("ended without a word to the journal"), "{missed}");
    assert_eq!(journal.durable(), 0);
    drop(journal);
    assert_eq!(read(scratch.path()).expect("whole").len(), 0);
}

/// The files of a journal, by their names.
fn files(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = segments(directory).into_iter();
    files.map(|path| (path.file_name().expect("a name").into(), fs::read(&path).expect("there"))).collect()
}

/// Pieces that came to the disk in any order, over two segments: any subset of their pages.
#[test]
fn any_subset_of_unsynced_pages_of_two_segments() {
    const PAGE: usize = 4096;
    let scratch = disk();
    let mut journal = pieces().open(scratch.path()).expect("opened");
    append(&mut journal, 0..60).expect("appended");
    let begun = Instant::now();
    while segments(scratch.path()).len() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(60), "hung: the next segment is not made");
        std::thread::sleep(Duration::from_millis(1));
    }
    let before = files(scratch.path());
    append(&mut journal, 60..400).expect("appended");
    let after = files(scratch.path());
    let pristine = common::scratch();
    copy(scratch.path(), pristine.path());
    drop(journal);
    let work = common::scratch();
    let pages: Vec<(usize, usize)> = (0..2)
        .flat_map(|file| (0..before[file].1.len()).step_by(PAGE).map(move |at| (file, at)))
        .filter(|(file, at)| before[*file].1[*at..at + PAGE] != after[*file].1[*at..at + PAGE])
        .collect();
    assert!((4..=7).contains(&pages.len()) && pages.iter().any(|(file, _)| *file == 1), "{pages:?}");
    let mut outcomes = BTreeSet::new();
    for subset in 0..1_u32 << pages.len() {
        for check in [Check::All, Check::Tail] {
            restore(pristine.path(), work.path());
            let mut image = before.clone();
            for (number, (file, at)) in pages.iter().enumerate() {
                if subset & 1 << number != 0 {
                    image[*file].1[*at..at + PAGE].copy_from_slice(&after[*file].1[*at..at + PAGE]);
                }
            }
            for (name, bytes) in &image[..2] {
                fs::write(work.path().join(name), bytes).expect("written");
            }
            let opened = pieces().check(check).open(work.path());
            let mut journal = opened.unwrap_or_else(|error| panic!("{check:?}, {subset:b}: {error}"));
            let next = journal.next_sequence();
            assert!((60..=400).contains(&next), "{subset:b}: {next}");
            append(&mut journal, next..next + 300).expect("appended");
            drop(journal);
            assert_eq!(read(work.path()).expect("whole"), events(0..next + 300), "{check:?}, {subset:b}");
            outcomes.insert(next);
        }
    }
    assert!(outcomes.contains(&60) && outcomes.contains(&400) && outcomes.len() >= 4, "{outcomes:?}");
}

#[test]
fn a_piece_that_fails_fails_its_batch() {
    for step in ["piece.write.before", "piece.write.half", "piece.write.after"] {
        for passes in [0, 1, 5] {
            let scratch = disk();
            let mut journal = pieces().open(scratch.path()).expect("opened");
            append(&mut journal, 0..300).expect("appended");
            faults::fail(scratch.path(), step, passes, EIO);
            let mut written = 300;
            let error = loop {
                match append(&mut journal, written..written + 300) {
                    Ok(()) => written += 300,
                    Err(error) => break error,
                }
            };
            assert!(
                matches!(&error, Error::Io { action: "write", source, .. } if source.raw_os_error() == Some(EIO)),
                "{step}: {error}"
            );
            assert_eq!(journal.durable(), written);
            faults::mend(scratch.path());
            assert!(matches!(journal.append(b"more", true), Err(Error::Failed(_))), "{step}");
            drop(journal);
            let mut journal = pieces().open(scratch.path()).unwrap_or_else(|error| panic!("{step}: {error}"));
            let next = journal.next_sequence();
            assert!((written..=written + 300).contains(&next), "{step}: {next} of {written}");
            append(&mut journal, next..next + 400).expect("appended");
            drop(journal);
            assert_eq!(read(scratch.path()).expect("whole"), events(0..next + 400), "{step}");
        }
    }
}

/// Reads what is in the system's memory for files, beside writes that go past it.
#[test]
fn a_journal_is_read_while_it_is_written() {
    static IS_WRITTEN: AtomicBool = AtomicBool::new(false);
    let scratch = disk();
    let open = || -> Journal {
        let options = Options::new().segment_size(1 << 20).frame_size(20_000).piece_size(40_000);
        options.retention(Retention::Size(8 << 20)).open(scratch.path()).expect("opened")
    };
    let mut journal = open();
    let directory = scratch.path().to_owned();
    let reads = std::thread::spawn(move || {
        let (mut reads, mut found) = (0, 0);
        while !IS_WRITTEN.load(Ordering::Relaxed) {
            let events =
                match Reader::open(&directory).and_then(|reader| reader.replay(reader.first_sequence())) {
                    Ok(replay) => replay,
                    // Retention has taken it meanwhile.
                    Err(Error::Gone { .. } | Error::Io { .. }) => continue,
                    Err(error) => panic!("never damaged: {error}"),
                };
            for next in events {
                match next {
                    Ok((sequence, bytes)) => {
                        assert_eq!(bytes, event(sequence), "never another event");
                        found = found.max(sequence);
                    }
                    Err(Error::Gone { .. }) => break,
                    Err(error) => panic!("never damaged: {error}"),
                }
            }
            reads += 1;
        }
        (reads, found)
    });
    let begun = Instant::now();
    let mut written = 0;
    while begun.elapsed() < Duration::from_millis(1500) && !reads.is_finished() {
        for batch in [3000, 10, 20_000] {
            append(&mut journal, written..written + batch).expect("appended");
            written += batch;
        }
    }
    IS_WRITTEN.store(true, Ordering::Relaxed);
    let (reads, found) = reads.join().expect("never damaged");
    assert!(reads > 0 && found < written, "{reads} reads, {found} of {written}");
    drop(journal);
    let first = Reader::open(scratch.path()).expect("whole").first_sequence();
    assert_eq!(read(scratch.path()).expect("whole"), events(first..written));
}
