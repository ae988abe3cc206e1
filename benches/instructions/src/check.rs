//! Compares what the benches have counted (gungraun's summaries on the standard input) with the baseline: `check`, or makes it the
//! baseline: `check --accept`.

#![forbid(unsafe_code)]

use std::io::Read;
use std::process::{Command, ExitCode};
use std::{env, fs, io};

use instructions::{Baseline, Counts, EVENTS, Figure, compiler, figures, grown, table, with_table, written};
use serde::Deserialize;

const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/baseline.txt");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/performance.md");

fn main() -> ExitCode {
    match check() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("instructions: {error}");
            ExitCode::FAILURE
        }
    }
}

fn check() -> Result<ExitCode, String> {
    let accepts = match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [word] if word == "--accept" => true,
        words => return Err(format!("`{}`: there is `--accept`, and nothing else", words.join(" "))),
    };
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| format!("the summaries cannot be read: {error}"))?;
    let figures = figures(&counts(&text)?, EVENTS)?;
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version =
        Command::new(&rustc).arg("-vV").output().map_err(|error| format!("{rustc} -vV: {error}"))?;
    let here = compiler(&String::from_utf8_lossy(&version.stdout));
    if accepts {
        accept(&here, &figures)?;
        return Ok(ExitCode::SUCCESS);
    }
    let baseline = fs::read_to_string(BASELINE).map_err(|error| format!("{BASELINE}: {error}"))?;
    let baseline = Baseline::parse(&baseline).map_err(|error| format!("{BASELINE}: {error}"))?;
    print(&figures, &baseline);
    if baseline.compiler != here {
        println!(
            "instructions: not compared: the baseline is of {}, this is {here}, which makes other code. With `ci/instructions --accept` \
             its figures are the baseline.",
            baseline.compiler
        );
        return Ok(ExitCode::SUCCESS);
    }
    let faults = baseline.faults(&figures);
    if faults.is_empty() {
        println!("instructions: none has grown by more than {} %", instructions::TOLERANCE);
        return Ok(ExitCode::SUCCESS);
    }
    faults.iter().for_each(|fault| println!("instructions: {fault}"));
    println!(
        "instructions: allowed are {} %. Mend it; or, if it is worth it, commit what `{}` writes.",
        instructions::TOLERANCE,
        instructions::ACCEPT
    );
    Ok(ExitCode::FAILURE)
}

fn print(figures: &[Figure], baseline: &Baseline) {
    println!("{:<28}{:>10}{:>10}", "instructions", "baseline", "now");
    for (measure, is) in figures {
        let was = baseline.figure(measure.name);
        let change = match was {
            Some(was) if was != *is => format!("{:+.1} %", grown(was, *is)),
            _ => String::new(),
        };
        let was = was.map_or("none".to_owned(), |was| format!("{was:.2}"));
        let line = format!("{:<28}{was:>10}{is:>10.2}  {:<10}{change}", measure.name, measure.each);
        println!("{}", line.trim_end());
    }
}

/// Writes the baseline, and the table of the documentation.
fn accept(compiler: &str, figures: &[Figure]) -> Result<(), String> {
    let page = fs::read_to_string(PAGE).map_err(|error| format!("{PAGE}: {error}"))?;
    let page = with_table(&page, &table(figures)).map_err(|error| format!("{PAGE}: {error}"))?;
    for (path, text) in [(BASELINE, written(compiler, figures)), (PAGE, page)] {
        fs::write(path, text).map_err(|error| format!("{path}: {error}"))?;
    }
    println!(
        "instructions: benches/instructions/baseline.txt and docs/performance.md have the figures of {compiler}"
    );
    Ok(())
}

/// What of gungraun's summary of a bench is read.
#[derive(Deserialize)]
struct Summary {
    function_name: String,
    profiles: Vec<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    parts: Vec<Part>,
    total: Metered,
}

#[derive(Deserialize)]
struct Part {
    metrics: Metrics,
    tool_run: Run,
}

#[derive(Deserialize)]
struct Metered {
    metrics: Metrics,
}

#[derive(Deserialize)]
struct Metrics {
    #[serde(rename = "Ir")]
    instructions: Metric,
}

#[derive(Deserialize)]
struct Metric {
    values: New<u64>,
}

#[derive(Deserialize)]
struct Run {
    new: Thread,
}

/// What was counted now; what gungraun keeps of an earlier run is not looked at.
#[derive(Deserialize)]
struct New<T> {
    new: T,
}

#[derive(Deserialize)]
struct Thread {
    thread: usize,
}

/// One summary a line.
fn counts(summaries: &str) -> Result<Vec<Counts>, String> {
    let counts = summaries.lines().map(|line| {
        let summary: Summary = serde_json::from_str(line)
            .map_err(|error| format!("this is no summary of gungraun's: {error}: {line}"))?;
        let [Profile { data }] = summary.profiles.as_slice() else {
            return Err(format!(
                "{}: one tool counts, here are {}",
                summary.function_name,
                summary.profiles.len()
            ));
        };
        let threads = data.parts.iter();
        let threads =
            threads.map(|part| (part.tool_run.new.thread, part.metrics.instructions.values.new)).collect();
        Ok(Counts { name: summary.function_name, total: data.total.metrics.instructions.values.new, threads })
    });
    counts.collect()
}
