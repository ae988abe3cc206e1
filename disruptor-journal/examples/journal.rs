//! The command `journal`: looks at the files of a journal, and cuts them off.
//!
//! ```text
//! cargo run --release -p disruptor-journal --example journal -- ls DIRECTORY
//! ```
//!
//! Exit codes: 0 all is well, 1 the journal is damaged or something failed, 2 the arguments will not do.

use std::io::{self, BufRead, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use disruptor_journal::tools::{self, Format, Truncation};
use disruptor_journal::{Damage, Error, Kind};
use indicatif::{ProgressBar, ProgressStyle};

/// Looks at the files of a journal, and cuts them off.
#[derive(Parser)]
#[command(name = "journal")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lists segments and snapshots.
    Ls { directory: PathBuf },
    /// Shows the head of every frame.
    Inspect { directory: PathBuf },
    /// Reads everything, and says whether it is whole.
    Verify { directory: PathBuf },
    /// Writes the events to standard output.
    Dump {
        directory: PathBuf,
        /// The first sequence.
        #[arg(long)]
        from: Option<i64>,
        /// The sequence behind the last.
        #[arg(long)]
        to: Option<i64>,
        /// A JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Cuts the journal off, before a sequence or where it is damaged. Asks first.
    Truncate {
        directory: PathBuf,
        /// The sequence that the next event is to get, at most.
        #[arg(long)]
        to: Option<i64>,
        /// Does not ask.
        #[arg(long)]
        yes: bool,
    },
}

fn main() -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    let outcome = run(Arguments::parse().command, &mut out);
    match outcome.and_then(|good| out.flush().map(|()| good).map_err(|error| error.to_string())) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(text) => {
            eprintln!("journal: {text}");
            ExitCode::FAILURE
        }
    }
}

/// True if all is well.
fn run(command: Command, out: &mut impl Write) -> Result<bool, String> {
    let text = |error: Error| error.to_string();
    match command {
        Command::Ls { directory } => ls(&directory, out),
        Command::Inspect { directory } => {
            let damage = tools::inspect(&directory, |path, at, frame| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let what = match frame.kind {
                    Kind::Events => format!("{} events, {} bytes", frame.count, frame.length),
                    Kind::Opened => "opened".to_owned(),
                    Kind::Closed => "closed".to_owned(),
                };
                let _ = writeln!(
                    out,
                    "{name} {at:>10}  epoch {:>3}  sequence {:>10}  durable {:>10}  {what}",
                    frame.epoch, frame.first, frame.durable
                );
            });
            told(damage.map_err(text)?, out)
        }
        Command::Verify { directory } => {
            let bar = bar(&directory);
            let verified = tools::verify(&directory, |bytes| bar.inc(bytes));
            bar.finish_and_clear();
            let verified = verified.map_err(text)?;
            let _ = writeln!(
                out,
                "whole: {} events in {} frames in {} segments, {} snapshots",
                verified.events, verified.frames, verified.segments, verified.snapshots
            );
            if let Some(torn) = verified.torn {
                let (path, offset, bytes) = (torn.path.display(), torn.offset, torn.bytes);
                let _ = writeln!(out, "torn: {path} at offset {offset}, {bytes} bytes were never durable");
            }
            Ok(true)
        }
        Command::Dump { directory, from, to, json } => {
            let format = if json { Format::JsonLines } else { Format::Text };
            match tools::dump(&directory, from, to, format, out) {
                Ok((_, damage)) => told(damage, &mut io::stderr()),
                // Who reads has seen enough: `journal dump … | head`.
                Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => Ok(true),
                Err(error) => Err(error.to_string()),
            }
        }
        Command::Truncate { directory, to, yes } => truncate(&directory, to, yes, out),
    }
}

fn ls(directory: &Path, out: &mut impl Write) -> Result<bool, String> {
    let bar = bar(directory);
    let contents = tools::list(directory, |bytes| bar.inc(bytes));
    bar.finish_and_clear();
    let contents = contents.map_err(|error| error.to_string())?;
    for segment in &contents.segments {
        let name = segment.path.file_name().unwrap_or_default().to_string_lossy();
        let _ = writeln!(
            out,
            "{name}  sequences {:>10} to {:>10}  {:>7} frames  {:>10} of {:>10} bytes{}",
            segment.first,
            segment.end,
            segment.frames,
            segment.used,
            segment.size,
            if segment.recycled { "  (used again)" } else { "" }
        );
    }
    for sequence in &contents.snapshots {
        let _ = writeln!(out, "snapshot of sequence {sequence}");
    }
    let _ = writeln!(
        out,
        "{} segments, {} ahead, {} snapshots, {}",
        contents.segments.len(),
        contents.ahead,
        contents.snapshots.len(),
        if contents.closed { "closed" } else { "not closed" }
    );
    told(contents.damage, out)
}

/// Tells of damage. True if there is none.
fn told(damage: Option<Damage>, out: &mut impl Write) -> Result<bool, String> {
    if let Some(damage) = &damage {
        let _ = writeln!(out, "{damage}");
    }
    Ok(damage.is_none())
}

fn truncate(directory: &Path, to: Option<i64>, yes: bool, out: &mut impl Write) -> Result<bool, String> {
    let plan = Truncation::plan(directory, to).map_err(|error| error.to_string())?;
    let (path, offset) = plan.place();
    let _ = writeln!(
        out,
        "the journal would end with sequence {} ({} at offset {offset}); {} events that can be read are cut off",
        plan.end(),
        path.display(),
        plan.events()
    );
    if let Some(damage) = plan.damage() {
        let _ = writeln!(out, "what is cut off there: {damage}");
    }
    if !yes {
        let _ = write!(out, "cut it off? what is cut is kept in files beside it [y/N] ");
        out.flush().map_err(|error| error.to_string())?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map_err(|error| error.to_string())?;
        if !answer.trim().eq_ignore_ascii_case("y") {
            let _ = writeln!(out, "nothing was changed");
            return Ok(false);
        }
    }
    let cut = plan.apply().map_err(|error| error.to_string())?;
    for kept in cut.kept {
        let _ = writeln!(out, "kept: {}", kept.display());
    }
    Ok(true)
}

/// A progress bar over all segments of a journal, on a terminal.
fn bar(directory: &Path) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bytes = std::fs::read_dir(directory).map_or(0, |entries| {
        let files = entries.filter_map(Result::ok).map(|entry| entry.path());
        let segments = files.filter(|path| path.extension().is_some_and(|extension| extension == "segment"));
        segments.filter_map(|path| path.metadata().ok()).map(|metadata| metadata.len()).sum()
    });
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
