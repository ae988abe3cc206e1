//! Writing, reading again, segments, retention, snapshots: without faults.

mod common;

use std::fs;
use std::time::{Duration, Instant};

use common::{append, events, read, segments, small, with_extension};
use disruptor_journal::{Check, Error, Journal, Options, Reader, Retention, Snapshots, SyncPolicy};

/// How long anything may take that another thread does.
const DEADLINE: Duration = Duration::from_secs(60);

const POLICIES: [SyncPolicy; 3] =
    [SyncPolicy::Batch, SyncPolicy::Interval(Duration::from_millis(2)), SyncPolicy::None];

#[test]
fn what_is_written_is_read_over_segments_and_openings() {
    for sync in POLICIES {
        let scratch = common::scratch();
        let mut written = 0;
        for opening in 1..=4 {
            let mut journal = small().sync(sync).open(scratch.path()).expect("opened");
            assert_eq!((journal.next_sequence(), journal.torn()), (written, None), "{sync:?}");
            for batch in [1, 7, 300, 20, opening * 11] {
                append(&mut journal, written..written + batch).expect("appended");
                written += batch;
            }
            assert_eq!(journal.next_sequence(), written);
            journal.close().expect("closed");
            assert_eq!(read(scratch.path()).expect("readable"), events(0..written), "{sync:?}");
        }
        assert!(segments(scratch.path()).len() > 3, "{sync:?}: several segments");
        assert!(Reader::open(scratch.path()).expect("readable").is_closed());
    }
}

#[test]
fn a_batch_is_durable_when_it_has_ended() {
    let scratch = common::scratch();
    let mut journal = small().open(scratch.path()).expect("opened");
    journal.append(b"first", false).expect("appended");
    assert_eq!((journal.durable(), journal.next_sequence()), (0, 1));
    journal.append(b"second", true).expect("appended");
    assert_eq!(journal.durable(), 2);
    // Without its end a batch is not in it.
    journal.append(b"third", false).expect("appended");
    drop(journal);
    assert_eq!(read(scratch.path()).expect("readable"), [&b"first"[..], b"second"]);
}

#[test]
fn an_interval_makes_durable_without_a_word_of_the_stage() {
    let scratch = common::scratch();
    let sync = SyncPolicy::Interval(Duration::from_millis(1));
    let mut journal = small().sync(sync).open(scratch.path()).expect("opened");
    append(&mut journal, 0..1000).expect("appended");
    let begun = Instant::now();
    while journal.durable() < 1000 {
        assert!(begun.elapsed() < DEADLINE, "hung at {}", journal.durable());
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn replay_from_any_sequence_with_and_without_what_was_read_before() {
    let scratch = common::scratch();
    let mut journal = small().frame_size(500).open(scratch.path()).expect("opened");
    append(&mut journal, 0..1).expect("appended");
    append(&mut journal, 1..900).expect("appended");
    append(&mut journal, 900..901).expect("appended");
    drop(journal);
    let expected = events(0..901);
    for check in [Check::All, Check::Tail] {
        let reader = Reader::open_checked(scratch.path(), check).expect("readable");
        for from in 0..=901 {
            let mut replay = reader.replay(from).expect("there");
            assert_eq!(replay.next_sequence(), from);
            let next =
                replay.next_event().expect("whole").map(|event| (event.sequence, event.bytes.to_vec()));
            assert_eq!(next, expected.get(from as usize).map(|bytes| (from, bytes.clone())), "{check:?}");
        }
        let rest: Vec<_> = reader.replay(450).expect("there").map(|event| event.expect("whole").1).collect();
        assert_eq!(rest, expected[450..]);
        assert!(matches!(reader.replay(902), Err(Error::Beyond { wanted: 902, next: 901 })));
        assert!(matches!(reader.replay(-1), Err(Error::Gone { wanted: -1, first: 0 })));
    }
}

#[test]
fn events_of_every_size_up_to_a_segment() {
    let scratch = common::scratch();
    let mut journal = small().open(scratch.path()).expect("opened");
    let mut expected = Vec::new();
    for size in [0, 1, 7, 8, 9, 4095, 12_000, 12_288 - 56 - 4 - 8 - 4] {
        let event = vec![size as u8; size];
        journal.append(&event, size % 2 == 0).expect("appended");
        expected.push(event);
    }
    let too_large = journal.append(&vec![1; 12_288], true).expect_err("too large");
    assert!(matches!(too_large, Error::TooLarge { sequence: 8, bytes: 12_288, .. }), "{too_large}");
    assert!(matches!(journal.append(b"more", true), Err(Error::Failed(_))), "it takes nothing more");
    drop(journal);
    assert_eq!(read(scratch.path()).expect("readable"), expected);
}

#[test]
fn there_is_one_writer() {
    let scratch = common::scratch();
    let journal = small().open(scratch.path()).expect("opened");
    let refused = small().open(scratch.path()).expect_err("it is being written");
    assert!(matches!(&refused, Error::Locked { .. }), "{refused}");
    assert!(refused.to_string().contains("there can be one writer"), "{refused}");
    // Reading is free.
    assert_eq!(Reader::open(scratch.path()).expect("readable").next_sequence(), 0);
    drop(journal);
    small().open(scratch.path()).expect("free again");
}

#[test]
fn options_that_cannot_be() {
    let scratch = common::scratch();
    let open = |options: Options| options.open(scratch.path().join("none")).expect_err("refused").to_string();
    assert!(open(Options::new().segment_size(5000)).contains("a multiple of 4096 from 16384"));
    assert!(open(Options::new().segment_size(4096)).contains("cannot have 4096 bytes"));
    assert!(open(Options::new().sync(SyncPolicy::Interval(Duration::ZERO))).contains("`SyncPolicy::Batch`"));
    assert!(open(Options::new().snapshots_kept(0)).contains("at least one snapshot"));
    assert!(!scratch.path().join("none").exists(), "nothing was begun");
    let none = Reader::open(scratch.path()).expect_err("no journal");
    assert!(matches!(none, Error::NoJournal { .. }));
}

/// Waits until the helper has brought it about.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < DEADLINE, "hung: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn snapshots_let_go_of_segments_that_are_used_again() {
    let scratch = common::scratch();
    let open =
        || small().retention(Retention::Snapshot).snapshots_kept(1).open(scratch.path()).expect("opened");
    let mut journal = open();
    let snapshots = journal.snapshots().expect("open");
    let mut written = 0;
    for round in 1..=6 {
        for _ in 0..40 {
            append(&mut journal, written..written + 25).expect("appended");
            written += 25;
        }
        snapshots.save(written, format!("state of {written}").as_bytes()).expect("saved");
        until("old segments go", || segments(scratch.path()).len() <= 4);
        assert_eq!(snapshots.list().expect("listed").last(), Some(&written), "round {round}");
    }
    until("old snapshots go", || snapshots.list().expect("listed") == [written]);
    let ahead = snapshots.save(written + 1, b"").expect_err("not journaled");
    assert!(matches!(ahead, Error::NotDurable { .. }), "{ahead}");
    append(&mut journal, written..written + 10).expect("appended");
    drop(journal);

    let contents = disruptor_journal::tools::list(scratch.path(), |_| {}).expect("listed");
    assert!(contents.segments.iter().any(|segment| segment.recycled), "{contents:?}");
    assert!(contents.segments[0].first > 0 && contents.closed && contents.torn.is_none());
    let mut journal = open();
    let snapshot = journal.snapshots().expect("open").latest().expect("whole").expect("there is one");
    assert_eq!((snapshot.sequence, snapshot.state), (written, format!("state of {written}").into_bytes()));
    let rest: Vec<_> =
        journal.resume(snapshot.sequence).expect("there").map(|event| event.expect("whole").1).collect();
    assert_eq!(rest, events(written..written + 10));
    assert!(matches!(journal.resume(0), Err(Error::Gone { wanted: 0, .. })));
}

#[test]
fn size_and_age_let_go_of_segments() {
    for (retention, most) in [(Retention::Size(64 << 10), 5), (Retention::Age(Duration::ZERO), 3)] {
        let scratch = common::scratch();
        let mut journal = small().retention(retention).open(scratch.path()).expect("opened");
        for batch in 0..200 {
            append(&mut journal, batch * 25..(batch + 1) * 25).expect("appended");
        }
        until("old segments go", || segments(scratch.path()).len() <= most);
        assert!(with_extension(scratch.path(), "spare").len() <= 2);
        drop(journal);
        let reader = Reader::open(scratch.path()).expect("readable");
        let first = reader.first_sequence();
        assert!(first > 0 && reader.next_sequence() == 5000, "{retention:?}: {first}");
        assert_eq!(read(scratch.path()).expect("readable"), events(first..5000));
    }
}

/// Has retention come to work, and waits until it was: of a snapshot that goes it was one that had not ended, of the next another one.
fn retain(snapshots: &Snapshots, from: i64) {
    snapshots.save(from, b"").expect("saved");
    for sequence in [from + 1, from + 2] {
        snapshots.save(sequence, b"").expect("saved");
        until("the old snapshot goes", || snapshots.list().expect("listed") == [sequence]);
    }
}

/// Retention, which would keep hardly any of them, comes to work while they are read.
#[test]
fn a_replay_keeps_its_segments_until_it_has_read_them() {
    let scratch = common::scratch();
    let mut journal = small().frame_size(500).open(scratch.path()).expect("opened");
    append(&mut journal, 0..3000).expect("appended");
    drop(journal);
    let options = small().retention(Retention::Size(0)).snapshots_kept(1);
    let mut journal = options.open(scratch.path()).expect("opened");
    let snapshots = journal.snapshots().expect("open");
    let all = segments(scratch.path());
    assert!(all.len() > 8);
    let mut replay = journal.resume(0).expect("there");
    retain(&snapshots, 0);
    let left = segments(scratch.path());
    assert!(left.starts_with(&all), "none of them was read: {left:?} of {all:?}");
    // The stage gets what is replayed, and goes on beyond it into new segments.
    let mut stage = journal.stage::<[u8]>();
    while let Some(event) = replay.next_event().expect("kept") {
        stage(event.bytes, event.sequence % 100 == 99).expect("it is there");
        if event.sequence == 1500 {
            retain(&snapshots, 100);
            let left = segments(scratch.path());
            assert!(
                !left.contains(&all[0]) && left.contains(&all[all.len() / 2 + 1]),
                "half were read: {left:?}"
            );
        }
    }
    drop((stage, replay));
    append(&mut journal, 3000..6000).expect("appended");
    until("old segments go", || segments(scratch.path()).len() <= 3);
}

/// Readers of a journal that is being written: what they find is a prefix, and never damage.
#[test]
fn a_journal_is_read_while_it_is_written() {
    let scratch = common::scratch();
    let mut journal =
        Options::new().segment_size(1 << 16).frame_size(2000).open(scratch.path()).expect("opened");
    let directory = scratch.path().to_owned();
    let reads = std::thread::spawn(move || {
        let (mut reads, mut found) = (0, 0);
        while found < 20_000 {
            let events = read(&directory).expect("never damaged");
            assert!(events.len() >= found);
            found = events.len();
            assert_eq!(events.last(), (found > 0).then(|| common::event(found as i64 - 1)).as_ref());
            reads += 1;
        }
        reads
    });
    let mut written = 0;
    let begun = Instant::now();
    while written < 20_000 || !reads.is_finished() {
        if written < 20_000 {
            append(&mut journal, written..written + 100).expect("appended");
            written += 100;
        }
        std::thread::sleep(Duration::from_micros(100));
        assert!(begun.elapsed() < DEADLINE, "hung");
    }
    assert!(reads.join().expect("never damaged") > 0);
}

#[test]
fn a_journal_of_another_version_is_refused_in_words() {
    let scratch = common::scratch();
    drop(small().open(scratch.path()).expect("opened"));
    let segment = &segments(scratch.path())[0];
    let mut bytes = fs::read(segment).expect("there");
    bytes[8] = 2;
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&bytes[..12]), &bytes[16..4096]);
    bytes[12..16].copy_from_slice(&checksum.to_le_bytes());
    fs::write(segment, bytes).expect("written");
    let refused = Journal::open(scratch.path()).expect_err("another version");
    assert!(matches!(refused, Error::Version { found: 2, known: 1, .. }), "{refused}");
}

#[test]
fn a_segment_that_is_missing_or_of_another_journal_is_damage() {
    let scratch = common::scratch();
    let mut journal = small().open(scratch.path()).expect("opened");
    append(&mut journal, 0..2000).expect("appended");
    drop(journal);
    let other = common::scratch();
    let mut journal = small().open(other.path()).expect("opened");
    append(&mut journal, 0..2000).expect("appended");
    drop(journal);
    let missing = &segments(scratch.path())[2];
    let bytes = fs::read(missing).expect("there");
    fs::remove_file(missing).expect("removed");
    let refused = small().open(scratch.path()).expect_err("a segment is missing").to_string();
    assert!(refused.contains(missing.to_str().expect("Unicode")) && refused.contains("no file"), "{refused}");
    fs::copy(&segments(other.path())[2], missing).expect("copied");
    let refused = small().open(scratch.path()).expect_err("of another journal").to_string();
    assert!(refused.contains("a segment of journal"), "{refused}");
    fs::write(missing, bytes).expect("written");
    small().open(scratch.path()).expect("whole again");
}
