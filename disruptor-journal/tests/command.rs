//! The command `journal` as its users run it.

mod common;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{append, events, read, segments, small};

fn run(directory: &Path, arguments: &[&str], input: &str) -> Output {
    // The test runs from target/PROFILE/deps.
    let test = std::env::current_exe().expect("this test's path");
    let example = test.ancestors().nth(2).expect("target/PROFILE").join("examples/journal");
    let (command, rest) = arguments.split_first().expect("a command");
    let mut child = Command::new(example)
        .arg(command)
        .arg(directory)
        .args(rest)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the example is built with the tests");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it listens");
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn a_whole_journal_and_a_damaged_one() {
    let scratch = common::scratch();
    let directory = scratch.path();
    let mut journal = small().open(directory).expect("opened");
    append(&mut journal, 0..10).expect("appended");
    append(&mut journal, 10..20).expect("appended");
    journal.snapshots().expect("open").save(15, b"state").expect("saved");
    journal.close().expect("closed");

    let listed = run(directory, &["ls"], "");
    let out = text(&listed.stdout);
    assert_eq!(listed.status.code(), Some(0), "{listed:?}");
    assert!(out.contains("sequences          0 to         20        4 frames"), "{out}");
    assert!(out.contains("snapshot of sequence 15") && out.ends_with("1 snapshots, closed\n"), "{out}");
    let inspected = text(&run(directory, &["inspect"], "").stdout);
    assert_eq!(inspected.lines().count(), 4);
    assert!(
        inspected.contains("10 events") && inspected.lines().last().expect("a line").ends_with("closed"),
        "{inspected}"
    );
    let verified = run(directory, &["verify"], "");
    assert_eq!(text(&verified.stdout), "whole: 20 events in 4 frames in 1 segments, 1 snapshots\n");
    let dumped = text(&run(directory, &["dump", "--from", "3", "--to", "5", "--json"], "").stdout);
    let lines: Vec<serde_json::Value> =
        dumped.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((lines.len(), lines[0]["sequence"].as_i64()), (2, Some(3)));
    assert_eq!(text(&run(directory, &["dump", "--from", "19"], "").stdout).lines().count(), 1);
    assert_eq!(run(directory, &["dump", "--from", "x"], "").status.code(), Some(2));
    assert_eq!(run(&directory.join("none"), &["ls"], "").status.code(), Some(1));

    // In the second batch.
    let segment = segments(directory)[0].clone();
    let offset: usize = inspected
        .lines()
        .nth(2)
        .and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .expect("an offset");
    let mut bytes = std::fs::read(&segment).expect("there");
    bytes[offset + 70] ^= 4;
    std::fs::write(&segment, bytes).expect("written");
    let verified = run(directory, &["verify"], "");
    assert_eq!(verified.status.code(), Some(1));
    assert!(
        text(&verified.stderr)
            .contains(&format!("is damaged at offset {offset}: a frame whose checksum is wrong"))
    );
    let dumped = run(directory, &["dump"], "");
    assert_eq!((dumped.status.code(), text(&dumped.stdout).lines().count()), (Some(1), 10));

    let refused = run(directory, &["truncate"], "n\n");
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stdout).ends_with("nothing was changed\n"), "{refused:?}");
    assert!(read(directory).is_err());
    let cut = run(directory, &["truncate"], "y\n");
    assert_eq!(cut.status.code(), Some(0), "{cut:?}");
    assert_eq!(read(directory).expect("whole again"), events(0..10));
    assert!(text(&cut.stdout).contains("kept: "), "{cut:?}");
}
