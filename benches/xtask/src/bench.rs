//! The measurement, section by section.

use std::process::Command;
use std::time::Duration;

use crate::contenders::{Contenders, LMAX, OWN};
use crate::figures::{
    Conditions, Figures, Latency, LatencySection, LatencySeries, Machine, Reading, Section,
};
use crate::java::Java;
use crate::options::{Options, Part};
use crate::others::Look;
use crate::plan::{self, CROWDS, GROWTH, LOADS, THREADS};
use crate::process::{Ended, run};
use crate::rounds::{Case, measure};
use crate::statistics::{best, rotated};
use crate::{line, machine};

/// A JVM warms up in its own process, on rounds that do not count.
const WARM_UP: u32 = 4;

/// How the latencies say it of a round.
const OUT_OF_TIME: &str = "out of time";

/// What all sections share.
pub(crate) struct Bench<'a> {
    pub(crate) options: &'a Options,
    pub(crate) contenders: &'a Contenders,
    pub(crate) machine: Machine,
}

impl Bench<'_> {
    /// Measures what is asked for, and puts it in place of what was there.
    ///
    /// # Errors
    /// What keeps it from measuring at all. Contenders that fail are kept in the figures.
    pub(crate) fn measure(&self, figures: &mut Figures) -> Result<(), String> {
        if !self.options.only.is_empty() {
            let list = self.contenders.list("contender", self.options.limit)?;
            self.options.known(list.iter().map(|(_, shape)| shape.as_str()).chain(plan::names()))?;
        }
        for part in &self.options.parts {
            eprintln!("{}: {} rounds", part.name(), self.options.rounds);
            match part {
                Part::Throughput => figures.throughput = self.section(self.throughput()?),
                Part::Threads => figures.threads = self.section(self.threads()?),
                Part::Growth => figures.growth = self.section(self.growth()?),
                Part::Latency => figures.latency = self.latency(figures.throughput.as_ref())?,
            }
        }
        Ok(())
    }

    fn section(&self, cases: Vec<Case>) -> Option<Section> {
        if cases.is_empty() {
            return None;
        }
        let (before, look) = (machine::load(), Look::now());
        let (series, lines) = measure(&cases, self.options.rounds, self.options.limit);
        Some(Section { conditions: self.conditions(before, &look, lines), series })
    }

    fn conditions(&self, load_before: Option<[f64; 3]>, look: &Look, line: Vec<f64>) -> Conditions {
        let missing = self.contenders.java.as_ref().err();
        Conditions {
            machine: self.machine.clone(),
            date: machine::today(),
            rounds: self.options.rounds,
            events: self.options.events,
            limit: self.options.limit.as_secs_f64(),
            load_before,
            load_after: machine::load(),
            line,
            others: look.until_now(),
            absent: missing.map(|why| (LMAX.to_owned(), why.clone())).into_iter().collect(),
        }
    }

    fn throughput(&self) -> Result<Vec<Case>, String> {
        let list = self.contenders.list("contender", self.options.limit)?;
        let mut shapes: Vec<&str> = Vec::new();
        for (_, shape) in list.iter().filter(|(_, shape)| self.options.wants(shape)) {
            if !shapes.contains(&shape.as_str()) {
                shapes.push(shape);
            }
        }
        let cases = shapes.iter().flat_map(|shape| {
            let can = list.iter().filter(move |(_, can)| can == shape);
            let events = plan::shape_events(shape, self.options.events);
            can.map(move |(contender, _)| self.case(contender, "contender", shape, 0, events))
        });
        Ok(cases.collect())
    }

    fn growth(&self) -> Result<Vec<Case>, String> {
        let list = self.contenders.list("growth", self.options.limit)?;
        let mut cases = Vec::new();
        for dimension in GROWTH.iter().filter(|dimension| self.options.wants(dimension.name)) {
            for value in plan::ends(dimension.values, self.options.quick) {
                let threads = if dimension.threads { value + 1 } else { 2 };
                // LMAX's figures stand in the other sections: a JVM warms up for seconds at each of these points.
                let can = list.iter().filter(|(contender, can)| can == dimension.name && contender != LMAX);
                let events = plan::events(Part::Growth, self.options.events, threads);
                cases.extend(
                    can.map(|(contender, _)| self.case(contender, "growth", dimension.name, value, events)),
                );
            }
        }
        Ok(cases)
    }

    fn threads(&self) -> Result<Vec<Case>, String> {
        let list = self.contenders.list("growth", self.options.limit)?;
        let mut cases = Vec::new();
        for crowd in CROWDS.iter().filter(|crowd| self.options.wants(crowd.name)) {
            for threads in plan::ends(&THREADS, self.options.quick) {
                let Some(value) = threads.checked_sub(crowd.others).filter(|value| *value > 0) else {
                    continue;
                };
                let can = list.iter().filter(|(_, can)| can == crowd.name);
                let events = plan::events(Part::Threads, self.options.events, threads);
                cases.extend(
                    can.map(|(contender, _)| self.case(contender, "growth", crowd.name, value, events)),
                );
            }
        }
        Ok(cases)
    }

    /// `PROGRAM` is that of `benches/compare`; LMAX's are called alike.
    fn case(&self, contender: &str, program: &'static str, group: &str, value: u64, events: u64) -> Case {
        let mut arguments = vec![group.to_owned()];
        if program == "growth" {
            arguments.push(value.to_string());
        }
        arguments.push(events.to_string());
        let (start, patience): (Box<dyn Fn() -> Command>, u32) = match &self.contenders.java {
            Ok(java) if contender == LMAX => (java_command(java, program), WARM_UP),
            _ => {
                // `contender` has the contender first, `growth` last.
                let place = if program == "growth" { arguments.len() } else { 0 };
                arguments.insert(place, contender.to_owned());
                let path = self.contenders.command(program).get_program().to_owned();
                (Box::new(move || Command::new(&path)), 1)
            }
        };
        let command = move || {
            let mut command = start();
            command.args(&arguments);
            command
        };
        Case {
            group: group.to_owned(),
            value,
            contender: contender.to_owned(),
            events,
            patience,
            command: Box::new(command),
        }
    }

    fn latency(&self, throughput: Option<&Section>) -> Result<Option<LatencySection>, String> {
        if !self.options.only.is_empty() && !self.options.wants("ping-pong") && !self.options.wants("load") {
            return Ok(None);
        }
        let list = self.contenders.list("latency", self.options.limit)?;
        // Who asks for round trips alone needs no throughput.
        let (base_of, base) =
            if self.options.wants("load") { self.base(throughput, &list)? } else { (String::new(), 0.0) };
        let mut tasks: Vec<(LatencySeries, String)> = Vec::new();
        for (kind, percent) in
            std::iter::once(("ping-pong", None)).chain(LOADS.map(|part| ("load", Some(part))))
        {
            if !self.options.wants(kind) || self.options.quick && percent.is_some_and(|percent| percent > 10)
            {
                continue;
            }
            for (contender, _) in list.iter().filter(|(_, can)| can == kind) {
                let rate = percent.map(|percent| (base * 1e6 * f64::from(percent) / 100.0).round());
                let series = LatencySeries {
                    contender: contender.clone(),
                    rate,
                    percent,
                    rounds: Vec::new(),
                    without: Vec::new(),
                };
                tasks.push((series, kind.to_owned()));
            }
        }
        let (before, look) = (machine::load(), Look::now());
        let mut lines = Vec::new();
        for round in 0..self.options.rounds {
            lines.extend(line::latency());
            eprintln!("round {} of {}", round + 1, self.options.rounds);
            for group in tasks.chunk_by_mut(|a, b| a.0.rate == b.0.rate) {
                for place in rotated(group.len(), round) {
                    let (series, kind) = &mut group[place];
                    match self.distribution(series, kind) {
                        Ok(latency) => series.rounds.push(latency),
                        Err(why) => series.without.push(why),
                    }
                    let last = series.rounds.last().map(|latency| (latency.p50, latency.p99));
                    eprintln!(
                        "  {kind:<10} {:>10.0} {:<18} {last:?}",
                        series.rate.unwrap_or(0.0),
                        series.contender
                    );
                }
            }
        }
        let series = tasks.into_iter().map(|(series, _)| series).collect();
        Ok(Some(LatencySection { conditions: self.conditions(before, &look, lines), base, base_of, series }))
    }

    /// The slowest of those who take part, and its throughput in `unicast`: every contender is asked for the same events a second,
    /// which all of them can take.
    fn base(&self, throughput: Option<&Section>, list: &[(String, String)]) -> Result<(String, f64), String> {
        if self.options.quick {
            return Ok((String::new(), 0.1));
        }
        let series = throughput.map_or(&[][..], |section| &section.series);
        let unicast = series.iter().filter(|series| series.group == "unicast");
        let taking_part = unicast.filter(|series| {
            list.iter().any(|(contender, kind)| *contender == series.contender && kind == "load")
        });
        let rates =
            taking_part.filter_map(|series| Some((series.contender.clone(), best(&series.rounds)?.rate()?)));
        rates.min_by(|a, b| a.1.total_cmp(&b.1)).ok_or_else(|| {
            "the loads are parts of the throughput of `unicast`, which is not known: measure it first, or in the same run \
             (`--sections throughput,latency`)"
                .to_owned()
        })
    }

    fn distribution(&self, series: &LatencySeries, kind: &str) -> Result<Latency, String> {
        let mut command = match &self.contenders.java {
            Ok(java) if series.contender == LMAX => java.command("Latency"),
            _ => {
                let mut command = self.contenders.command("latency");
                command.arg(&series.contender);
                command
            }
        };
        command.arg(kind);
        let seconds = self.options.seconds;
        match series.rate {
            Some(rate) => command.args([rate.to_string(), seconds.to_string()]),
            // A ping-pong takes about a microsecond and its pause.
            None => command.arg((self.options.events / 20).clamp(1_000, 500_000).to_string()),
        };
        let limit = (self.options.limit + Duration::from_secs(2 * seconds))
            * if series.contender == LMAX { 2 } else { 1 };
        match run(&mut command, limit) {
            Ended::Printed(text) => text
                .lines()
                .last()
                .and_then(|line| serde_json::from_str(line).ok())
                .ok_or_else(|| format!("no figures in its last line: {text:?}")),
            Ended::OutOfTime => Err(format!("{OUT_OF_TIME} after {} s", limit.as_secs())),
            Ended::Failed(said) => Err(said),
        }
    }
}

fn java_command(java: &Java, program: &str) -> Box<dyn Fn() -> Command> {
    let java = java.clone();
    let class = if program == "growth" { "Growth" } else { "Throughput" };
    Box::new(move || java.command(class))
}

/// What went wrong: results that were not what they must be, and own runs that did not end in time.
pub(crate) fn wrong(figures: &Figures) -> Vec<String> {
    let mut wrong = Vec::new();
    let sections = [&figures.throughput, &figures.threads, &figures.growth];
    for series in sections.into_iter().flatten().flat_map(|section| &section.series) {
        let name = format!("{} {} {}", series.contender, series.group, series.value);
        for reading in &series.rounds {
            match reading {
                Reading::Wrong(said) => wrong.push(format!("{name}: {said}")),
                Reading::Below(_) if series.contender == OWN => wrong.push(format!("{name}: out of time")),
                Reading::Rate(_) | Reading::Below(_) | Reading::Skipped => {}
            }
        }
    }
    for series in figures.latency.iter().flat_map(|section| &section.series) {
        let load =
            series.percent.map_or_else(|| "ping-pong".to_owned(), |percent| format!("load {percent} %"));
        // A peer that does not keep up is a finding, and shown.
        let wrongs =
            series.without.iter().filter(|why| series.contender == OWN || !why.starts_with(OUT_OF_TIME));
        wrong.extend(wrongs.map(|why| format!("{} {load}: {why}", series.contender)));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Series;

    fn with(contender: &str, reading: Reading) -> Figures {
        let series = Series {
            group: "unicast".to_owned(),
            value: 0,
            contender: contender.to_owned(),
            events: 1,
            rounds: vec![Reading::Rate(1.0), reading],
        };
        let section = Section { conditions: Conditions::default(), series: vec![series] };
        Figures { growth: Some(section), ..Figures::default() }
    }

    #[test]
    fn a_wrong_result_is_never_passed_over_and_a_peer_may_run_out_of_time() {
        assert_eq!(wrong(&with("rtrb", Reading::Wrong("sum".to_owned()))), ["rtrb unicast 0: sum"]);
        assert_eq!(wrong(&with(OWN, Reading::Below(0.5))).len(), 1);
        assert!(wrong(&with("rtrb", Reading::Below(0.5))).is_empty());
        assert!(wrong(&with(OWN, Reading::Rate(0.5))).is_empty());
    }

    #[test]
    fn latencies_that_are_missing_are_told_of() {
        let series = |contender: &str, why: &str| LatencySeries {
            contender: contender.to_owned(),
            rate: None,
            percent: None,
            rounds: Vec::new(),
            without: vec![why.to_owned()],
        };
        let series = vec![
            series("rtrb", "out of time after 20 s"),
            series("rtrb", "panicked"),
            series(OWN, "out of time"),
        ];
        let section =
            LatencySection { conditions: Conditions::default(), base: 1.0, base_of: String::new(), series };
        let told = wrong(&Figures { latency: Some(section), ..Figures::default() });
        assert_eq!(told, ["rtrb ping-pong: panicked", "disruptor! ping-pong: out of time"]);
    }
}
