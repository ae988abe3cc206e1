//! The table from a journal alone.

use std::fs::File;
use std::path::Path;

use disruptor_pipeline::Closed;

use crate::columns::Columns;
use crate::console::{Console, print};
use crate::journal::{self, Entry, ReadError, Torn};
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
    let file = File::open(path).map_err(|error| Trouble::Input(format!("cannot open {name}: {error}")))?;
    let unreadable = |error: ReadError| match error {
        ReadError::NoJournal | ReadError::Version(_) => Trouble::Input(format!("{name} {error}")),
        _ => Trouble::Run(format!("{name} {error}")),
    };
    let mut journal = journal::Reader::new(file).map_err(|error| match error {
        ReadError::Read(error) => Trouble::Input(format!("cannot read {name}: {error}")),
        error => unreadable(error),
    })?;
    let header = journal.header().map_err(unreadable)?;
    let columns = Columns::find(&header).map_err(|error| Trouble::Run(format!("{name}: {error}")))?;

    let malformed = |number, reason: crate::record::Malformed<'_>| console.malformed(number, reason);
    let (fed, tally) = rebuild(&columns, malformed, |publish| feed(&mut journal, console, publish))
        .map_err(|error| Trouble::Run(error.to_string()))?;
    let torn = fed.map_err(|error| match error {
        FeedError::Journal(error) => unreadable(error),
        FeedError::Closed(closed) => Trouble::Run(closed.to_string()),
    })?;
    if let Some(Torn { offset, bytes }) = torn {
        let lines = tally.events();
        console.note(&format!(
            "{name} is torn at offset {offset}: {lines} lines before it are whole, {bytes} bytes after it are lost"
        ));
    }
    print(&format!("{}{}", report::table(&tally), report::replay_line(&tally, torn.map(|torn| torn.bytes))))
}

/// Why not the whole journal went through the pipeline.
enum FeedError {
    Journal(ReadError),
    /// A stage has failed; the run itself tells which, and why.
    Closed(Closed),
}

/// Publishes every line of the journal. Says where it is torn, if it is.
fn feed(
    journal: &mut journal::Reader<File>,
    console: &Console,
    publish: &mut dyn FnMut(RawLine<'_>) -> Result<(), Closed>,
) -> Result<Option<Torn>, FeedError> {
    let mut progress = console.progress();
    let mut events = 0;
    loop {
        match journal.next_entry().map_err(FeedError::Journal)? {
            Entry::Line(line) => publish(line).map_err(FeedError::Closed)?,
            Entry::Torn(torn) => return Ok(Some(torn)),
            Entry::Seal => return Ok(None),
        }
        events += 1;
        progress.show(events);
    }
}
