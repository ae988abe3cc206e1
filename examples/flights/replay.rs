//! The table from a journal alone.

use std::fs;
use std::path::Path;

use disruptor_journal::{Error, Torn};
use disruptor_pipeline::Closed;

use crate::columns::Columns;
use crate::console::{Console, print};
use crate::journal::Lines;
use crate::lines::RawLine;
use crate::rebuild::rebuild;
use crate::report;
use crate::trouble::Trouble;

/// Rebuilds the table from the journal at `path`, and prints it. A torn tail is reported; damage is an error.
///
/// # Errors
/// [`Trouble`]
pub(crate) fn replay(path: &Path, console: &Console) -> Result<(), Trouble> {
    let name = path.display();
    let found = fs::metadata(path).map_err(|error| Trouble::Input(format!("cannot open {name}: {error}")))?;
    let is_none = || Trouble::Input(format!("{name} is no journal of flights"));
    if !found.is_dir() {
        return Err(is_none());
    }
    let mut journal = Lines::open(path).map_err(|error| match error {
        Error::NoJournal { .. } => is_none(),
        Error::Version { .. } | Error::Io { .. } => Trouble::Input(error.to_string()),
        error => Trouble::Run(error.to_string()),
    })?;
    let unreadable = |error: Error| Trouble::Run(error.to_string());
    let Some(header) = journal.next_line().map_err(unreadable)? else {
        return Err(Trouble::Run(format!("{name} ends before its first line")));
    };
    let columns = Columns::find(header.bytes).map_err(|error| Trouble::Run(format!("{name}: {error}")))?;

    let malformed = |number, reason: crate::record::Malformed<'_>| console.malformed(number, reason);
    let (fed, tally) = rebuild(&columns, malformed, |publish| feed(&mut journal, console, publish))
        .map_err(|error| Trouble::Run(error.to_string()))?;
    fed.map_err(|error| match error {
        FeedError::Journal(error) => unreadable(error),
        FeedError::Closed(closed) => Trouble::Run(closed.to_string()),
    })?;
    if let Some(Torn { path, offset, bytes, .. }) = &journal.end {
        let (lines, path) = (tally.events(), path.display());
        console.note(&match bytes {
            0 => format!("{name} was not closed: {lines} lines are whole, nothing else is there"),
            _ => format!("{path} is torn at offset {offset}: {lines} lines before it are whole, {bytes} bytes after it are lost"),
        });
    }
    let lost = journal.end.as_ref().map(|torn| torn.bytes);
    print(&format!("{}{}", report::table(&tally), report::replay_line(&tally, lost)))
}

/// Why not the whole journal went through the pipeline.
enum FeedError {
    Journal(Error),
    /// A stage has failed; the run itself tells which, and why.
    Closed(Closed),
}

/// Publishes every line of the journal.
fn feed(
    journal: &mut Lines,
    console: &Console,
    publish: &mut dyn FnMut(RawLine<'_>) -> Result<(), Closed>,
) -> Result<(), FeedError> {
    let mut progress = console.progress();
    let mut events = 0;
    while let Some(line) = journal.next_line().map_err(FeedError::Journal)? {
        publish(line).map_err(FeedError::Closed)?;
        events += 1;
        progress.show(events);
    }
    Ok(())
}
