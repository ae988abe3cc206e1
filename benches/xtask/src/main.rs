//! `cargo xtask bench`: one command that measures this project beside its peers, and writes `docs/benchmarks.md`.
//!
//! It builds `benches/compare` and, where the machine has Java and LMAX's library, `benches/lmax`; runs them as processes in
//! interleaved rounds; and draws the page, with its charts, from the figures alone: `docs/benchmarks/figures.json`.
//! `cargo xtask report` draws it anew without measuring.

mod bench;
mod chart;
mod contenders;
mod figures;
mod java;
mod line;
mod machine;
mod options;
mod others;
mod page;
mod plan;
mod process;
mod rounds;
mod statistics;
mod text;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use crate::bench::Bench;
use crate::contenders::Contenders;
use crate::figures::Figures;
use crate::options::{Options, Task};

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let done = match options::parse(std::env::args().skip(1)) {
        Ok(Task::Bench(options)) => bench(&root, &options),
        Ok(Task::Report) => report(&root),
        Err(wrong) => {
            eprintln!("xtask: {wrong}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("xtask: {wrong}");
            ExitCode::FAILURE
        }
    }
}

fn bench(root: &Path, options: &Options) -> Result<(), String> {
    let contenders = Contenders::build(root)?;
    if let Err(missing) = &contenders.java {
        eprintln!("LMAX's Disruptor takes no part: {missing}");
    }
    let lmax = contenders.java.as_ref().ok().map(|java| java.version.clone());
    let bench = Bench { options, contenders: &contenders, machine: machine::describe(root, lmax) };
    // What is not measured now keeps the figures that it has, with the conditions of their own.
    let mut figures = if options.write { kept(root)?.unwrap_or_default() } else { Figures::default() };
    bench.measure(&mut figures)?;
    if options.write {
        page::write(root, &figures)?;
        let text = serde_json::to_string_pretty(&figures).map_err(|error| error.to_string())?;
        let place = root.join(page::FIGURES);
        fs::write(&place, text + "\n").map_err(|error| format!("{}: {error}", place.display()))?;
        println!("written: {}", root.join(page::PAGE).display());
    } else if !options.quick {
        println!("{}", page::tables(&figures));
    }
    let wrong = bench::wrong(&figures);
    if !wrong.is_empty() {
        return Err(format!("not as it should be:\n  {}", wrong.join("\n  ")));
    }
    if options.quick {
        println!(
            "everything runs, and every result is right; a quick run's figures say nothing, and are not shown"
        );
    }
    Ok(())
}

fn report(root: &Path) -> Result<(), String> {
    let figures = kept(root)?.ok_or_else(|| {
        format!(
            "there is no {}: `cargo xtask bench` measures, and writes it",
            root.join(page::FIGURES).display()
        )
    })?;
    page::write(root, &figures)?;
    println!("written: {}", root.join(page::PAGE).display());
    Ok(())
}

/// The figures of the last run, if there are any.
fn kept(root: &Path) -> Result<Option<Figures>, String> {
    let place = root.join(page::FIGURES);
    match fs::read_to_string(&place) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| {
            format!("{}: {error}; remove it, or take the last version from git", place.display())
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", place.display())),
    }
}
