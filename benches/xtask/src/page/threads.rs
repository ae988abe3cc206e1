//! Threads against cores: no shape may fall below the best peer's figure.

use super::aims::readings;
use super::throughput::rate;
use super::{Piece, conditions, contenders, head, not_measured, row};
use crate::chart::{Line, Lines};
use crate::contenders::{LIMIT, OWN};
use crate::figures::Section;
use crate::plan::{CROWDS, Crowd};
use crate::statistics::{best, ratio};
use crate::text::number;

/// The section.
pub(super) fn piece(section: Option<&Section>) -> Piece {
    let Some(section) = section else { return not_measured("threads") };
    let mut piece = Piece { text: conditions::words(&section.conditions), charts: Vec::new() };
    for crowd in &CROWDS {
        if section.series.iter().any(|series| series.group == crowd.name) {
            one(&mut piece, section, crowd);
        }
    }
    piece
}

fn one(piece: &mut Piece, section: &Section, crowd: &Crowd) {
    let of_crowd = || section.series.iter().filter(|series| series.group == crowd.name);
    let contenders = contenders(of_crowd());
    let mut values: Vec<u64> = of_crowd().map(|series| series.value).collect();
    values.dedup();
    let along: Vec<(f64, String)> = values
        .iter()
        .map(|value| (((value + crowd.others) as f64).log2(), (value + crowd.others).to_string()))
        .collect();
    let lines: Vec<Line> = contenders
        .iter()
        .map(|contender| {
            let of_one = of_crowd().filter(|series| series.contender == *contender);
            let points = of_one.filter_map(|series| {
                Some((values.iter().position(|value| *value == series.value)?, best(&series.rounds)?.rate()?))
            });
            Line { contender: (*contender).to_owned(), points: points.collect() }
        })
        .collect();
    let title = format!("Threads: {}", crowd.title);
    let chart = Lines {
        title: &title,
        across: "threads in all",
        up: "M events/s",
        along: &along,
        lines: &lines,
        shown: number,
    };
    piece.show(&format!("threads-{}", crowd.name), &title, chart.svg());
    piece.text += &head(
        std::iter::once(format!("{}: threads", crowd.name))
            .chain(contenders.iter().map(|name| format!("`{name}`")))
            .chain(["against the best peer".to_owned()]),
    );
    for value in values {
        let cells = contenders.iter().map(|contender| {
            let mut found =
                of_crowd().filter(|series| series.value == value && series.contender == *contender);
            found.next().map_or_else(|| "–".to_owned(), |series| rate(&series.rounds))
        });
        let own = readings(section, crowd.name, value, OWN);
        let peers = contenders.iter().filter(|peer| **peer != OWN && **peer != LIMIT);
        let ratios = peers.filter_map(|peer| ratio(&own, &readings(section, crowd.name, value, peer)));
        let lowest = ratios.min_by(|a, b| a.best.total_cmp(&b.best)).map_or_else(
            || "–".to_owned(),
            |ratio| {
                let least = if ratio.at_least { "> " } else { "" };
                let verdict = if ratio.best >= 1.0 { "✓" } else { "**below**" };
                format!("{least}{}, median {least}{} {verdict}", number(ratio.best), number(ratio.median))
            },
        );
        piece.text += &row(std::iter::once((value + crowd.others).to_string()).chain(cells).chain([lowest]));
    }
    piece.text.push('\n');
}
