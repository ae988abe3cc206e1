//! The example `flights` as its users run it: a process, its arguments, its output and its exit code.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use disruptor_journal::{Check, Reader, tools};

const JANUARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/flights-2013-01.csv");
const JANUARYS_LAST_LINE: &str =
    "events=27004 journaled=27004 replicated=27004 standby_agrees=true cancelled=521 mean_dep_delay=10.0367";

/// A directory of its own for a test; the program's temporary directory, too.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let name = format!("flights-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("a scratch directory");
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("a Unicode path").to_owned()
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).expect("a scratch file");
        path
    }

    /// A copy of a journal, with another content of its one segment.
    fn journal_with(&self, journal: &str, segment: &[u8]) -> String {
        let (copy, from) = (self.path("changed"), segment_of(journal));
        fs::create_dir_all(&copy).expect("a directory");
        fs::write(Path::new(&copy).join(from.file_name().expect("a name")), segment).expect("a segment");
        copy
    }

    /// The journals in the temporary directory.
    fn fresh_journals(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).expect("the scratch directory");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "journal")).collect()
    }

    /// Runs the example, which must end by itself within two minutes.
    fn run(&self, arguments: &[&str]) -> Ran {
        // The test runs from target/PROFILE/deps.
        let test = std::env::current_exe().expect("this test's path");
        let name = format!("flights{}", std::env::consts::EXE_SUFFIX);
        let example = test.ancestors().nth(2).expect("target/PROFILE").join("examples").join(name);
        assert!(example.exists(), "{} is not built: cargo build --example flights", example.display());
        self.run_command(Command::new(example).args(arguments))
    }

    fn run_command(&self, command: &mut Command) -> Ran {
        command.env("TMPDIR", &self.0).env("TMP", &self.0).stdin(Stdio::null());
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the example starts");
        let (out, err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let (out, err) = (thread::spawn(|| text(out)), thread::spawn(|| text(err)));
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child") {
                break status;
            }
            if begun.elapsed() > Duration::from_secs(120) {
                child.kill().expect("killed");
                panic!("{command:?} has not ended");
            }
            thread::sleep(Duration::from_millis(5));
        };
        Ran { code: status.code(), out: out.join().expect("text"), err: err.join().expect("text") }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The one segment of January's journal that has events.
fn segment_of(journal: &str) -> PathBuf {
    tools::list(Path::new(journal), |_| {}).expect("a journal").segments[0].path.clone()
}

/// The frames of January's journal: where each begins and ends, and how many lines there are up to its end; the header is the first.
fn frames(journal: &str) -> Vec<(usize, usize, usize)> {
    let mut frames = Vec::new();
    let is_whole = tools::inspect(Path::new(journal), |_, offset, frame| {
        frames.push((offset as usize, (offset + frame.size()) as usize, frame.end() as usize));
    });
    assert_eq!(is_whole.expect("a journal"), None);
    frames
}

fn text(mut from: impl Read) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).expect("UTF-8");
    text
}

/// What came of a run.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    /// The table as it is printed, and the last line; of a run that went well.
    fn table_and_last_line(&self) -> (&str, &str) {
        assert_eq!(self.code, Some(0), "{self:?}");
        let (rest, last) = self.out.trim_end().rsplit_once('\n').expect("several lines");
        (&rest[rest.find("carrier ").expect("a table")..], last)
    }

    /// The one line on standard error of a run that ended with this code.
    fn complaint(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:?}");
        let line = self.err.strip_suffix('\n').expect("a line");
        assert!(line.starts_with("flights: ") && !line.contains('\n'), "{self:?}");
        line
    }
}

fn january() -> String {
    fs::read_to_string(JANUARY).expect("the data of January")
}

/// The rows that the table must have: counted here as naively as can be.
fn rows<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut carriers = BTreeMap::<&str, [i64; 3]>::new();
    for line in lines {
        let fields: Vec<_> = line.split(',').collect();
        for carrier in [fields[9], "total"] {
            let [flights, cancelled, delay] = carriers.entry(carrier).or_default();
            *flights += 1;
            match fields[5].parse::<i64>() {
                Ok(minutes) => *delay += minutes,
                Err(_) => *cancelled += 1,
            }
        }
    }
    // Sorted: "total" stands behind the codes, which are upper case.
    let row = |(carrier, [flights, cancelled, delay]): (_, [i64; 3])| {
        let mean = if flights > cancelled {
            format!("{:.2}", delay as f64 / (flights - cancelled) as f64)
        } else {
            "NA".into()
        };
        format!("{carrier} {flights} {cancelled} {mean}")
    };
    carriers.into_iter().map(row).collect()
}

/// The rows of a printed table, their columns one blank apart.
fn printed_rows(table: &str) -> Vec<String> {
    table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn january_is_counted_and_its_replay_is_the_same() {
    let scratch = Scratch::new();
    let ran = scratch.run(&[]);
    let (table, last) = ran.table_and_last_line();
    assert_eq!(last, JANUARYS_LAST_LINE);
    assert_eq!(printed_rows(table), rows(january().lines().skip(1)));
    assert_eq!(ran.err, "", "nothing but complaints when it is no terminal");

    let journal =
        ran.out.lines().next().and_then(|line| line.strip_prefix("journal: ")).expect("the journal's path");
    assert_eq!(scratch.fresh_journals(), [PathBuf::from(journal)]);
    let replayed = scratch.run(&["--replay", journal]);
    assert_eq!(replayed.table_and_last_line(), (table, "events=27004 cancelled=521 mean_dep_delay=10.0367"));
    assert_eq!(replayed.err, "");

    let named = scratch.run(&[JANUARY]);
    assert_eq!(named.table_and_last_line(), (table, last));
    assert_eq!(scratch.fresh_journals().len(), 2, "each run has a journal of its own");
}

#[test]
fn other_ways_to_write_the_same_file() {
    let scratch = Scratch::new();
    let plain = january();
    let quoted: Vec<_> = plain.lines().map(|line| format!("\"{}\"", line.replace(',', "\",\""))).collect();
    let crlf = plain.replace('\n', "\r\n");
    let reference = scratch.run(&[]);
    for (way, content) in [
        ("crlf", crlf.clone()),
        ("crlf, no final line end", crlf.trim_end().to_owned()),
        ("no final line end", plain.trim_end().to_owned()),
        ("byte order mark", format!("\u{feff}{plain}")),
        ("blank lines", format!("\n{}\n\r\n", plain.replace('\n', "\n\n"))),
        ("quoted", quoted.join("\n")),
        (
            "quoted commas and quotes",
            plain.replace(",UA,", ",\"UA\",").replace("EWR", "\"Newark, \"\"NJ\"\"\""),
        ),
    ] {
        let ran = scratch.run(&[&scratch.file("way.csv", content)]);
        assert_eq!(ran.table_and_last_line(), reference.table_and_last_line(), "{way}");
        assert_eq!(ran.err, "", "{way}");
    }
}

#[test]
fn a_year_of_flights() {
    const YEAR: usize = 336_776;
    let scratch = Scratch::new();
    let january = january();
    let lines: Vec<_> = january.lines().skip(1).cycle().take(YEAR).collect();
    let content = format!("{}\n{}\n", january.lines().next().expect("a header"), lines.join("\n"));
    let (file, journal) = (scratch.file("year.csv", content), scratch.path("year"));
    let ran = scratch.run(&[&file, "--journal", &journal]);
    let (table, last) = ran.table_and_last_line();
    assert!(
        last.starts_with("events=336776 journaled=336776 replicated=336776 standby_agrees=true cancelled="),
        "{last}"
    );
    assert_eq!(printed_rows(table), rows(lines));
    assert_eq!(scratch.run(&["--replay", &journal]).table_and_last_line().0, table);
}

#[test]
fn no_flights() {
    let scratch = Scratch::new();
    let header = january().lines().next().expect("a header").to_owned();
    for content in [header.clone(), format!("{header}\n"), format!("{header}\r\n\r\n")] {
        let (file, journal) = (scratch.file("none.csv", content), scratch.path("none"));
        let ran = scratch.run(&[&file, "--journal", &journal]);
        let (table, last) = ran.table_and_last_line();
        assert_eq!(
            last,
            "events=0 journaled=0 replicated=0 standby_agrees=true cancelled=0 mean_dep_delay=NA"
        );
        assert_eq!(printed_rows(table), ["total 0 0 NA"]);
        let replayed = scratch.run(&["--replay", &journal]);
        assert_eq!(replayed.table_and_last_line(), (table, "events=0 cancelled=0 mean_dep_delay=NA"));
        fs::remove_dir_all(journal).expect("the journal");
    }
}

#[test]
fn malformed_lines_are_named_and_the_run_goes_on() {
    let scratch = Scratch::new();
    let file =
        "dep_delay,carrier,x\n4,UA,\nlate,UA,\n\n-2,AA,\nUA\nNA,AA,\n3,,\n1,UA,\"a\nb\"\n2,AA,,,\n5,UA,";
    let (file, journal) = (scratch.file("partly.csv", file), scratch.path("partly"));
    let ran = scratch.run(&[&file, "--journal", &journal]);
    let (table, last) = ran.table_and_last_line();
    let figures = "cancelled=1 mean_dep_delay=2.3333 malformed=6";
    assert_eq!(last, format!("events=10 journaled=10 replicated=10 standby_agrees=true {figures}"));
    assert_eq!(printed_rows(table), ["AA 2 1 -2.00", "UA 2 0 4.50", "total 4 1 2.33"]);
    let named = "\
line 3 is malformed: dep_delay \"late\" is no whole number of minutes
line 6 is malformed: 1 column where the header has 3
line 8 is malformed: carrier is empty
line 9 is malformed: a quoted field is not closed (a record may not go on in the next line)
line 10 is malformed: a quote stands inside a field that does not begin with one
line 11 is malformed: 5 columns where the header has 3
";
    assert_eq!(ran.err, named);
    let replayed = scratch.run(&["--replay", &journal]);
    assert_eq!(replayed.table_and_last_line(), (table, &*format!("events=10 {figures}")));
    assert_eq!(replayed.err, named);
}

#[test]
fn what_will_not_do_is_told_in_a_line() {
    let scratch = Scratch::new();
    let (missing, directory) = (scratch.path("nowhere.csv"), scratch.path(""));
    let (empty, blank) = (scratch.file("empty.csv", ""), scratch.file("blank.csv", "\n\r\n"));
    let other = scratch.file("other.csv", "year,month,carrier\n2013,1,UA\n");
    let beneath_nothing = scratch.path("nowhere/journal");
    for (arguments, complaint) in [
        (&[&*missing][..], "cannot open "),
        (&["--replay", &missing], "cannot open "),
        (&[&directory], "cannot "),
        (&[&empty], " is empty"),
        (&[&blank], " is empty"),
        (&[&other], ": the header has no column `dep_delay`"),
        (&["--replay", &other], " is no journal of flights"),
        (&["--replay", &empty], " is no journal of flights"),
        (&["--replay", &directory], " is no journal of flights"),
        (&["--journal", &beneath_nothing], "cannot create the journal "),
        (&["--fast"], "unknown option --fast (--help "),
        (&["--journal"], "--journal needs a path"),
        (&[JANUARY, "--replay", &other], "--replay reads its journal alone"),
    ] {
        let ran = scratch.run(arguments);
        let line = ran.complaint(2);
        assert!(line.contains(complaint), "{arguments:?}: {line}");
        assert_eq!(ran.out, "", "{arguments:?}");
    }
    assert!(scratch.fresh_journals().is_empty(), "nothing was begun");
    let help = scratch.run(&["--help"]);
    assert_eq!((help.code, &*help.err), (Some(0), ""));
    assert!(help.out.contains("usage: flights [FILE.csv]"));
}

#[test]
fn a_line_without_end_ends_the_run() {
    let scratch = Scratch::new();
    let file = scratch.file("long.csv", format!("carrier,dep_delay\nUA,1\n{}\n", "x".repeat(1 << 20)));
    assert!(
        scratch
            .run(&[&file])
            .complaint(1)
            .ends_with("line 3 is longer than 65536 bytes: this is no CSV of flights")
    );
}

#[test]
fn a_journal_is_never_overwritten() {
    let scratch = Scratch::new();
    let journal = scratch.file("precious", "not to be lost");
    let line = format!("flights: {journal} is there already: a journal is never overwritten");
    assert_eq!(scratch.run(&["--journal", &journal]).complaint(2), line);
    assert_eq!(fs::read(journal).expect("still there"), b"not to be lost");
}

#[test]
fn a_flipped_byte_in_a_journal_is_an_error() {
    let scratch = Scratch::new();
    let journal = scratch.path("journal");
    scratch.run(&["--journal", &journal]).table_and_last_line();
    let bytes = fs::read(segment_of(&journal)).expect("the segment");
    let frames = frames(&journal);
    // In the segment's head, in the header line, in a length, in the middle, in the last line.
    let (header, middle, last) = (frames[1].0, frames[frames.len() / 2].0, frames[frames.len() - 2]);
    for at in [20, header + 70, header + 12, middle + 57, last.1 - 9] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        let ran = scratch.run(&["--replay", &scratch.journal_with(&journal, &flipped)]);
        assert!(ran.complaint(1).contains(" is damaged at offset "), "{at}: {}", ran.err);
        assert_eq!(ran.out, "", "{at}");
    }
}

/// As a crash in the middle of a write leaves it: zeroes where nothing was written yet.
#[test]
fn a_torn_journal_gives_what_is_whole() {
    let scratch = Scratch::new();
    let journal = scratch.path("journal");
    scratch.run(&["--journal", &journal]).table_and_last_line();
    let bytes = fs::read(segment_of(&journal)).expect("the segment");
    let frames = frames(&journal);
    let (header, middle, last) = (frames[1], frames[frames.len() / 2], frames[frames.len() - 2]);
    let january = january();
    let torn_at = |cut: usize| {
        let mut torn = bytes.clone();
        torn[cut..].fill(0);
        scratch.run(&["--replay", &scratch.journal_with(&journal, &torn)])
    };
    for cut in
        [header.1, header.1 + 1, header.1 + 60, middle.0 + 100, middle.1 - 9, middle.1, last.1 - 9, last.1]
    {
        let (_, end, whole) =
            *frames.iter().rev().find(|(_, end, _)| *end <= cut).expect("the header is whole");
        let whole: Vec<_> = january.lines().skip(1).take(whole - 1).collect();
        let ran = torn_at(cut);
        let (table, last) = ran.table_and_last_line();
        assert!(last.starts_with(&format!("events={} ", whole.len())), "{cut}: {last}");
        let lost: usize = last.rsplit_once(" torn_bytes=").expect("lost").1.parse().expect("a number");
        assert!(lost <= cut - end && (lost > 0) == (cut > end), "{cut}: {lost}");
        let expected = if whole.is_empty() { vec!["total 0 0 NA".to_owned()] } else { rows(whole) };
        assert_eq!(printed_rows(table), expected, "{cut}");
        let told =
            if lost > 0 { format!(" is torn at offset {end}: ") } else { " was not closed: ".to_owned() };
        assert!(ran.err.contains(&told) && ran.err.lines().count() == 1, "{}", ran.err);
    }
    for cut in [frames[0].0, header.0, header.1 - 9] {
        let ran = torn_at(cut);
        assert!(ran.complaint(1).contains(" before its first line"), "{cut}: {}", ran.err);
    }
}

/// The system lets no file grow or be written beyond 1 MiB any more, in the middle of the run: the journal fails, and what was synced of it is
/// good.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_run_and_leaves_a_good_journal() {
    use std::io::Write;
    let scratch = Scratch::new();
    let (journal, feed) = (scratch.path("journal"), scratch.path("feed"));
    assert!(Command::new("mkfifo").arg(&feed).status().expect("it starts").success());
    let test = std::env::current_exe().expect("this test's path");
    let example = test.ancestors().nth(2).expect("target/PROFILE").join("examples/flights");
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "echo $$ > \"$3\"; trap '' XFSZ; exec \"$0\" \"$1\" --journal \"$2\""])
        .arg(example)
        .args([&feed, &journal, &scratch.path("pid")]);
    let (pid, fed_journal) = (scratch.path("pid"), journal.clone());
    let feeder = thread::spawn(move || {
        let january = january();
        let (before, after) = january.split_at(january.len() / 8);
        let mut feed = fs::File::options().write(true).open(feed).expect("the example reads");
        feed.write_all(before.as_bytes()).expect("it reads");
        let begun = Instant::now();
        let journaled = || {
            Reader::open_checked(&fed_journal, Check::Tail).is_ok_and(|found| found.next_sequence() > 1000)
        };
        while !journaled() {
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing is journaled");
            thread::sleep(Duration::from_millis(5));
        }
        let pid = fs::read_to_string(pid).expect("the process");
        let limited = Command::new("prlimit").args(["--fsize=1048576:1048576", "--pid", pid.trim()]).status();
        assert!(limited.expect("it starts").success());
        // The example may have ended before it has read all.
        let _ = feed.write_all(after.as_bytes());
    });
    let ran = scratch.run_command(&mut limited);
    feeder.join().expect("the feeder");
    assert!(ran.complaint(1).contains("stage `journal` failed at sequence "), "{}", ran.err);
    let replayed = scratch.run(&["--replay", &journal]);
    let (table, _) = replayed.table_and_last_line();
    let january = january();
    let whole: u64 =
        printed_rows(table).last().and_then(|row| row.split(' ').nth(1)?.parse().ok()).expect("a total");
    assert!(whole > 1000);
    assert_eq!(printed_rows(table), rows(january.lines().skip(1).take(whole as usize)));
}
