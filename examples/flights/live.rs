//! A run from a file to the report: everything around the pipeline.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, process};

use disruptor_journal::Journal;

use crate::columns::Columns;
use crate::console::{Console, print};
use crate::journal;
use crate::lines::Lines;
use crate::primary::{StreamError, stream};
use crate::report;
use crate::standby::{Answer, Link, Standby};
use crate::tally::Tally;
use crate::trouble::Trouble;

/// How long the standby may keep silent before it is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Streams the CSV at `file` through the pipeline, with a journal in the new directory `journal` or in a fresh one, and prints what came of it.
///
/// # Errors
/// [`Trouble`]
pub(crate) fn run(file: &Path, journal: Option<&Path>, console: &Console) -> Result<(), Trouble> {
    let name = file.display();
    let input = File::open(file).map_err(|error| Trouble::Input(format!("cannot open {name}: {error}")))?;
    let mut lines = Lines::new(input);
    let header = match lines.next_line() {
        Err(error) => return Err(Trouble::Input(format!("cannot read {name}: {error}"))),
        Ok(None) => return Err(Trouble::Input(format!("{name} is empty: it has not even a header"))),
        Ok(Some(header)) => header,
    };
    let columns = Columns::find(header.bytes).map_err(|error| Trouble::Input(format!("{name}: {error}")))?;

    let mut journal = create_journal(journal)?;
    print(&format!("journal: {}\n", journal.directory().display()))?;
    journal::begin(&mut journal, header).map_err(|error| Trouble::Run(error.to_string()))?;
    let (standby, mut link) = Standby::start(PATIENCE)
        .map_err(|error| Trouble::Run(format!("cannot start the standby: {error}")))?;
    link.begin(header).map_err(|error| Trouble::Run(error.to_string()))?;

    let streamed = stream_all(&mut lines, &columns, journal, &mut link, console);
    drop(link);
    // A standby that failed is the reason for what the primary met.
    let (tally, journaled, answer) = match (streamed, standby.end()) {
        (Ok(done), _) => done,
        (Err(StreamError::Lines(error)), _) => {
            return Err(Trouble::Run(format!("cannot read {name}: {error}")));
        }
        (Err(error), Ok(())) => return Err(Trouble::Run(error.to_string())),
        (Err(error), Err(reason)) => return Err(Trouble::Run(format!("{error} (the standby: {reason})"))),
    };
    let last = report::stream_line(&tally, journaled, answer.applied, answer.agrees);
    print(&format!("{}{last}", report::table(&tally)))?;
    if answer.agrees { Ok(()) } else { Err(Trouble::Run("the standby has come to another table".to_owned())) }
}

/// Streams all lines, closes the journal, and hears the standby. Gives the tally, the lines that are safe on disk, and the answer.
fn stream_all(
    lines: &mut Lines<impl Read>,
    columns: &Columns,
    mut journal: Journal,
    link: &mut Link,
    console: &Console,
) -> Result<(Tally, u64, Answer), StreamError> {
    let tally = stream(lines, columns, &mut journal, link, console)?;
    let journaled = journal::journaled(&journal);
    journal.close()?;
    let answer = link.finish(&tally)?;
    Ok((tally, journaled, answer))
}

/// The journal at this path, which must be free, or at a free one in the system's temporary directory.
fn create_journal(path: Option<&Path>) -> Result<Journal, Trouble> {
    let created = match path {
        Some(path) => journal::create(path).map_err(|error| (path.to_owned(), error)),
        None => create_fresh_journal(),
    };
    created.map_err(|(path, error)| {
        let path = path.display();
        Trouble::Input(match error.kind() {
            ErrorKind::AlreadyExists => format!("{path} is there already: a journal is never overwritten"),
            _ => format!("cannot create the journal {path}: {error}"),
        })
    })
}

fn create_fresh_journal() -> Result<Journal, (PathBuf, io::Error)> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut counter = 0;
    loop {
        let path = env::temp_dir().join(format!("flights-{seconds}-{}-{counter}.journal", process::id()));
        match journal::create(&path) {
            // Somebody else's: in a shared directory names are free for all.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && counter < 1000 => counter += 1,
            created => return created.map_err(|error| (path, error)),
        }
    }
}
