//! A process that is killed at every step that touches the disk: what it acknowledged as durable is there, in order, once, and nothing
//! that was never published.
//!
//! The test runs itself as a child, which does a fixed piece of work and acknowledges on standard output. A recording run lists the steps
//! with how often each is reached; then a child is killed at each (step, pass). The parent keeps the oracle: what it has read from the child's
//! output.

mod common;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{append, event, events, read, small};
use disruptor_journal::{Reader, Retention, Sequence, SyncPolicy, tools};

/// Where the child works.
const DIRECTORY: &str = "JOURNAL_KILL_DIRECTORY";

/// The most events of a batch.
const MOST: Sequence = 290;

/// Says that everything below is durable.
fn acknowledge(durable: Sequence) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "durable {durable}").and_then(|()| out.flush()).expect("the parent listens");
}

/// The child's work: batches over several segments, snapshots that let go of segments, a second opening, a cut. It is passed over unless
/// a parent asks for it.
#[test]
fn child() {
    let Ok(directory) = env::var(DIRECTORY) else { return };
    let directory = Path::new(&directory);
    // The largest batches are written in pieces.
    let options = || small().frame_size(700).piece_size(1).retention(Retention::Snapshot).snapshots_kept(1);
    let mut written = 0;
    for round in 0..3 {
        let mut journal = options().open(directory).expect("opened");
        assert_eq!(journal.next_sequence(), written);
        let snapshots = journal.snapshots().expect("open");
        for batch in 0..12 {
            let size = [1, 40, MOST][batch % 3];
            append(&mut journal, written..written + size).expect("appended");
            written += size;
            acknowledge(written);
        }
        snapshots.save(written - 5, &written.to_le_bytes()).expect("saved");
        // The helper's part: it is the same in every run.
        until("old snapshots go", || snapshots.list().expect("listed").len() == 1);
        until("old segments go", || {
            let segments = tools::list(directory, |_| {}).map(|contents| contents.segments);
            segments.is_ok_and(|segments| segments.len() <= 2 || segments[0].end > written - 5)
        });
        until("a segment is ahead", || {
            tools::list(directory, |_| {}).is_ok_and(|contents| contents.ahead == 1)
        });
        append(&mut journal, written..written + 3).expect("appended");
        written += 3;
        acknowledge(written);
        if round < 2 {
            journal.close().expect("closed");
        } else {
            // Without its mark, as if it had died.
            std::mem::forget(journal);
        }
    }
    // Said before it is done: from here on the end may be either.
    let mut out = std::io::stdout().lock();
    writeln!(out, "cutting {}", written - 3).and_then(|()| out.flush()).expect("the parent listens");
    drop(out);
    // The journal that was forgotten still holds its lock: another process would not be kept out, and this one works on a copy.
    let copied = directory.join("copied");
    common::copy(directory, &copied);
    tools::Truncation::plan(&copied, Some(written - 3)).expect("planned").apply().expect("cut");
    // The process ends here, without a word to those that were forgotten.
    std::process::exit(0);
}

/// Waits until the helper has brought it about.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "hung: {what}");
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// What a child has said, and how it ended.
struct Ran {
    durable: Sequence,
    cutting: Option<Sequence>,
    signal: Option<i32>,
    code: Option<i32>,
}

fn run(directory: &Path, faults: &str) -> Ran {
    let mut child = Command::new(env::current_exe().expect("this test"))
        .args(["child", "--exact", "--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .env("JOURNAL_FAULTS", faults)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child");
    let (mut durable, mut cutting) = (0, None);
    for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
        let line = line.expect("text");
        // The test's own harness writes to the same line before the first.
        if let Some((_, number)) = line.split_once("durable ") {
            durable = number.parse().expect("a number");
        } else if let Some((_, number)) = line.split_once("cutting ") {
            cutting = Some(number.parse().expect("a number"));
        }
    }
    let status = child.wait().expect("it ends");
    Ran { durable, cutting, signal: status.signal(), code: status.code() }
}

/// The steps of a run, with how often each was reached.
fn recorded() -> BTreeMap<String, u64> {
    let scratch = common::scratch();
    let record = scratch.path().join("record");
    let ran = run(&scratch.path().join("day"), &format!("record:{}", record.display()));
    assert_eq!((ran.code, ran.durable > 1500), (Some(0), true), "the recording run goes well");
    let mut steps = BTreeMap::new();
    for line in fs::read_to_string(record).expect("recorded").lines() {
        *steps.entry(line.to_owned()).or_default() += 1;
    }
    steps
}

/// The passes at which a child is killed: all, or a hundred of those that are many.
fn passes(count: u64) -> impl Iterator<Item = u64> {
    (1..=count).step_by(count.div_ceil(100) as usize)
}

#[test]
fn killed_at_every_step() {
    let steps = recorded();
    let needed = [
        "event.claimed",
        "frame.write.before",
        "frame.write.half",
        "frame.write.after",
        "piece.write.before",
        "piece.write.half",
        "piece.write.after",
        "frame.sync.before",
        "frame.sync.after",
        "segment.create.after",
        "zeroes.write.half",
        "segment.write.half",
        "segment.sync.before",
        "segment.sync.after",
        "segment.rename.before",
        "segment.rename.after",
        "segment.directory.after",
        "segment.changed",
        "spare.rename.before",
        "spare.rename.after",
        "recycle.write.half",
        "recycle.sync.before",
        "recycle.rename.after",
        "snapshot.create.after",
        "snapshot.write.half",
        "snapshot.sync.before",
        "snapshot.rename.before",
        "snapshot.rename.after",
        "old_snapshot.remove.before",
        "old_snapshot.remove.after",
        "recovered.sync.before",
        "truncate.rename.before",
        "copy.write.half",
        "truncate.write.half",
        "truncate.sync.before",
    ];
    for step in needed {
        assert!(steps.contains_key(step), "{step} is never reached: {steps:?}");
    }
    // One sync a batch or mark, and one more where a segment is left; one write for either.
    let (batches, changes) = (3 * 13 + 5, steps["segment.changed"]);
    assert_eq!(steps["frame.sync.after"], batches + changes, "batches and marks");
    assert!((batches..=batches + changes).contains(&steps["frame.write.after"]), "{steps:?}");
    assert!(steps["piece.write.after"] >= 20, "{steps:?}");
    let (mut killed, mut missed) = (0, 0);
    for (step, count) in &steps {
        for pass in passes(*count) {
            let scratch = common::scratch();
            let directory = scratch.path().join("day");
            let ran = run(&directory, &format!("kill:{step}:{pass}"));
            let what = format!("{step}, pass {pass} of {count}");
            // How often the helper comes to a step depends on when it comes to work: the last passes may be missing.
            if ran.signal.is_none() && pass > 1 {
                missed += 1;
                continue;
            }
            assert_eq!(ran.signal, Some(9), "{what}: the step was reached");
            killed += 1;
            check(&directory, &ran, &what);
        }
    }
    println!("{killed} kills at {} steps, {missed} passes were not reached", steps.len());
    assert!(killed >= 300 && missed * 20 < killed, "{killed} kills, {missed} missed");
}

/// Opens what a killed child has left, and holds it against what it acknowledged.
fn check(directory: &Path, ran: &Ran, what: &str) {
    let journal = small().open(directory).unwrap_or_else(|error| panic!("{what}: {error}"));
    let next = journal.next_sequence();
    // At most the batch that was being written is there beyond what was acknowledged.
    assert!(
        (ran.durable..=ran.durable + MOST).contains(&next),
        "{what}: {next}, and {} was durable",
        ran.durable
    );
    if let Some(snapshot) =
        journal.snapshots().expect("open").latest().unwrap_or_else(|error| panic!("{what}: {error}"))
    {
        assert!(snapshot.sequence <= next, "{what}");
        assert_eq!(snapshot.state, (snapshot.sequence + 5).to_le_bytes(), "{what}: a whole snapshot");
    }
    drop(journal);
    let reader = Reader::open(directory).unwrap_or_else(|error| panic!("{what}: {error}"));
    let first = reader.first_sequence();
    let found = read(directory).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(found, events(first..next), "{what}: every event, in order, once");
    if first > 0 {
        let latest = reader.snapshots().latest().expect("whole").expect("what is gone was in a snapshot");
        assert!(latest.sequence >= first, "{what}");
    }
    // It goes on.
    let mut journal = small().open(directory).expect("opened");
    append(&mut journal, next..next + 200).expect("appended");
    drop(journal);
    assert_eq!(read(directory).expect("whole"), events(first..next + 200), "{what}");
    if let (Some(cut), true) = (ran.cutting, directory.join("copied").exists()) {
        check_cut(&directory.join("copied"), cut, what);
    }
}

/// A cut that was interrupted: it is done, or not, or is done when it is asked for again.
fn check_cut(copied: &Path, to: Sequence, what: &str) {
    if disruptor_journal::tools::list(copied, |_| {}).is_err() {
        // Killed while the copy was being made.
        return;
    }
    match read(copied) {
        Ok(found) => {
            let first = Reader::open(copied).expect("whole").first_sequence();
            assert_eq!(found, events(first..first + found.len() as Sequence), "{what}");
        }
        Err(error) => assert!(matches!(error, disruptor_journal::Error::Damaged(_)), "{what}: {error}"),
    }
    if let Ok(plan) = tools::Truncation::plan(copied, None) {
        plan.apply().unwrap_or_else(|error| panic!("{what}: {error}"));
        drop(small().open(copied).unwrap_or_else(|error| panic!("{what}: {error}")));
        let end = Reader::open(copied).expect("whole").next_sequence();
        assert!(end >= to - MOST, "{what}: {end}");
    }
}

/// Without a sync a batch a process that is killed loses nothing that it has written, either.
#[test]
fn a_killed_process_loses_nothing_that_is_written_without_a_sync() {
    if env::var(DIRECTORY).is_ok() {
        return;
    }
    let scratch = common::scratch();
    for sync in [SyncPolicy::None, SyncPolicy::Interval(Duration::from_secs(3600))] {
        let directory = scratch.path().join(format!("{sync:?}"));
        let mut journal = small().sync(sync).open(&directory).expect("opened");
        for sequence in 0..700 {
            journal.append(&event(sequence), sequence % 10 == 9).expect("appended");
        }
        let image = scratch.path().join("image");
        common::copy(&directory, &image);
        drop(journal);
        assert_eq!(read(&image).expect("whole"), events(0..700));
        fs::remove_dir_all(image).expect("removed");
    }
}
