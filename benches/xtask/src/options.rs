//! What stands behind `cargo xtask`.

use std::time::Duration;

pub(crate) const USAGE: &str = "\
usage: cargo xtask bench [OPTION …]     measures, and writes docs/benchmarks.md
       cargo xtask report               writes the page anew from docs/benchmarks/figures.json
options:
  --rounds N          interleaved rounds (default 7)
  --events N          events a round of a throughput (default 9000000)
  --seconds N         seconds a round of a load (default 5)
  --timeout SECONDS   after which a process is stopped (default 20)
  --sections LIST     of throughput, threads, growth, latency (default: all); of the others the page keeps the figures it has
  --only SHAPE[,..]   these shapes or dimensions alone; prints the tables, and writes nothing
  --quick             few events, one round, the ends of each dimension: looks whether all results are right; shows and writes nothing
  --no-write          prints the tables, and writes nothing";

/// A part of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Throughput,
    Threads,
    Growth,
    Latency,
}

impl Part {
    pub(crate) const ALL: [Self; 4] = [Self::Throughput, Self::Threads, Self::Growth, Self::Latency];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::Threads => "threads",
            Self::Growth => "growth",
            Self::Latency => "latency",
        }
    }
}

/// What is asked for.
#[derive(Debug, PartialEq)]
pub(crate) enum Task {
    Bench(Options),
    Report,
}

/// How to measure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) rounds: usize,
    pub(crate) events: u64,
    pub(crate) seconds: u64,
    pub(crate) limit: Duration,
    pub(crate) parts: Vec<Part>,
    /// Empty: all.
    pub(crate) only: Vec<String>,
    pub(crate) quick: bool,
    pub(crate) write: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rounds: 7,
            events: 9_000_000,
            seconds: 5,
            limit: Duration::from_secs(20),
            parts: Part::ALL.to_vec(),
            only: Vec::new(),
            quick: false,
            write: true,
        }
    }
}

impl Options {
    /// Whether a shape or a dimension is asked for.
    pub(crate) fn wants(&self, group: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == group)
    }

    /// Looks whether all that is asked for is there.
    ///
    /// # Errors
    /// What is not, and what is.
    pub(crate) fn known<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names.dedup();
        match self.only.iter().find(|only| !names.contains(&only.as_str())) {
            None => Ok(()),
            Some(other) => Err(format!("`--only`: there is no `{other}`; there are {}", names.join(", "))),
        }
    }
}

/// Reads the arguments.
///
/// # Errors
/// What was not understood, and what could stand there.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Task, String> {
    let mut arguments = arguments.into_iter();
    match arguments.next().as_deref() {
        Some("bench") => {}
        Some("report") => {
            return match arguments.next() {
                None => Ok(Task::Report),
                Some(more) => Err(format!("`report` takes no `{more}`\n{USAGE}")),
            };
        }
        Some(other) => return Err(format!("there is no task `{other}`\n{USAGE}")),
        None => return Err(format!("what is to be done?\n{USAGE}")),
    }
    // `--quick` sets defaults, wherever it stands.
    let arguments: Vec<String> = arguments.collect();
    let mut options = Options::default();
    if arguments.iter().any(|argument| argument == "--quick") {
        options.quick = true;
        (options.rounds, options.events, options.seconds, options.write) = (1, 20_000, 1, false);
    }
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments.next().ok_or_else(|| format!("`{argument}` is followed by what it is to be\n{USAGE}"))
        };
        match argument.as_str() {
            "--rounds" => options.rounds = number(&argument, &value()?, 1..=1_000)? as usize,
            "--events" => options.events = number(&argument, &value()?, 1_000..=1 << 40)?,
            "--seconds" => options.seconds = number(&argument, &value()?, 1..=3_600)?,
            "--timeout" => {
                options.limit = Duration::from_secs(number(&argument, &value()?, 1..=86_400)?);
            }
            "--sections" => options.parts = parts(&value()?)?,
            "--only" => {
                options.only = value()?.split(',').map(str::to_owned).collect();
                options.write = false;
            }
            "--quick" => {}
            "--no-write" => options.write = false,
            other => return Err(format!("there is no option `{other}`\n{USAGE}")),
        }
    }
    Ok(Task::Bench(options))
}

fn number(option: &str, text: &str, within: std::ops::RangeInclusive<u64>) -> Result<u64, String> {
    text.replace('_', "").parse().ok().filter(|number| within.contains(number)).ok_or_else(|| {
        format!("`{option} {text}`: it is a number from {} to {}", within.start(), within.end())
    })
}

fn parts(list: &str) -> Result<Vec<Part>, String> {
    list.split(',')
        .map(|name| {
            Part::ALL.into_iter().find(|part| part.name() == name).ok_or_else(|| {
                let known = Part::ALL.map(Part::name).join(", ");
                format!("`--sections {list}`: there is no section `{name}`; there are {known}")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Task, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    fn bench(line: &str) -> Options {
        match read(line) {
            Ok(Task::Bench(options)) => options,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn what_is_not_said_is_the_default() {
        assert_eq!(bench("bench"), Options::default());
        assert_eq!(read("report"), Ok(Task::Report));
    }

    #[test]
    fn options_are_read() {
        let options = bench("bench --rounds 3 --events 1_000_000 --timeout 5 --sections growth,latency");
        assert_eq!((options.rounds, options.events), (3, 1_000_000));
        assert_eq!((options.limit.as_secs(), options.write), (5, true));
        assert_eq!(options.parts, [Part::Growth, Part::Latency]);
    }

    #[test]
    fn a_part_of_the_shapes_and_a_quick_run_write_nothing() {
        let only = bench("bench --only unicast,diamond");
        assert!(only.wants("diamond") && !only.wants("pipeline") && !only.write);
        let quick = bench("bench --events 1000 --quick");
        assert_eq!((quick.events, quick.rounds, quick.write), (1_000, 1, false));
    }

    #[test]
    fn a_shape_that_is_not_there_is_told_of() {
        let only = bench("bench --only unicast,dimond");
        let said = only.known(["unicast", "diamond", "unicast"].into_iter()).expect_err("there is none");
        assert_eq!(said, "`--only`: there is no `dimond`; there are diamond, unicast");
        assert_eq!(bench("bench --only diamond").known(["diamond"].into_iter()), Ok(()));
    }

    #[test]
    fn mistakes_are_named() {
        for (line, named) in [
            ("", "what is to be done"),
            ("bunch", "`bunch`"),
            ("bench --rounds", "`--rounds`"),
            ("bench --rounds 0", "from 1 to 1000"),
            ("bench --events many", "`--events many`"),
            ("bench --sections speed", "throughput, threads, growth, latency"),
            ("bench --fast", "`--fast`"),
            ("report now", "`now`"),
        ] {
            let said = read(line).expect_err(line);
            assert!(said.contains(named), "{line}: {said}");
        }
    }
}
