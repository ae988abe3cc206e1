//! Flights: a CSV of flights, journaled, replicated and counted by one declared pipeline.
//!
//! ```text
//! cargo run --release --example flights                      # the flights from New York in January 2013
//! cargo run --release --example flights -- FILE.csv
//! cargo run --release --example flights -- --replay JOURNAL
//! ```
//!
//! Each line of the file goes, as it stands, through
//!
//! ```text
//! < journal -> (replicate, unmarshal) -> business >
//! ```
//!
//! - `journal` is that of `disruptor-journal`: a batch is written and synced at once, and only then seen by the others;
//! - `replicate` sends it over TCP to a standby: a second pipeline of its own, on threads of its own;
//! - `unmarshal` parses it in place, at the same time, without allocation;
//! - `business` counts flights, cancellations and delays by carrier: only what is journaled and replicated counts.
//!
//! In the end the standby is asked for its whole table, and the two are compared. [`primary`] has the declaration.
//!
//! # What is taken for a CSV
//! Lines end with LF or CRLF, the last one also with the file; a UTF-8 byte order mark is passed over. The first line is the
//! header: it says where the columns `carrier` and `dep_delay` stand, and how many there are. Fields may be quoted as in
//! RFC 4180, but a record stands on one line: a quoted field with a line end in it makes malformed lines. Blank lines are no
//! records: they are passed over, but counted in line numbers. A `dep_delay` of `NA`, or none, is a cancelled flight. A line is
//! malformed if it has not as many columns as the header, a quote amiss, no proper carrier or a delay that is no whole number;
//! it is named on standard error, journaled, replicated and counted among the events, and not in the table. A line of more than
//! 65,536 bytes ends the run.
//!
//! # What is printed
//! Where the journal is, the table, and a last line: `events` published, `journaled` safely, `replicated` as the standby
//! acknowledges, whether its table agrees; flights cancelled, the mean delay of those that left, in minutes (`NA` if none did);
//! and `malformed`, if there are any. A replay's last line has `events`, the figures of the table, and, if the journal is torn,
//! `torn_bytes`: how many bytes behind its last whole line are lost.

#[cfg(test)]
mod allocations;
mod arguments;
mod carrier;
mod columns;
mod console;
mod event;
mod fields;
mod journal;
mod lines;
mod live;
mod primary;
mod rebuild;
mod record;
mod replay;
mod report;
mod standby;
mod tally;
mod trouble;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use arguments::Command;
use console::Console;
use trouble::Trouble;

/// What is streamed when no file is named.
const JANUARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/flights-2013-01.csv");

fn main() -> ExitCode {
    let console = Console::new();
    match run(&console) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            console.note(&format!("flights: {trouble}"));
            trouble.exit_code()
        }
    }
}

fn run(console: &Console) -> Result<(), Trouble> {
    let command = arguments::parse(env::args_os().skip(1))
        .map_err(|complaint| Trouble::Input(format!("{complaint} (--help tells what there is)")))?;
    match command {
        Command::Help => console::print(arguments::HELP),
        Command::Replay(journal) => replay::replay(&journal, console),
        Command::Stream { file, journal } => {
            live::run(file.as_deref().unwrap_or(Path::new(JANUARY)), journal.as_deref(), console)
        }
    }
}
