//! What an event costs along each dimension.

use super::{Piece, conditions, contenders, head, not_measured, row};
use crate::chart::{Line, Lines};
use crate::figures::{Reading, Section};
use crate::plan::{Dimension, GROWTH};
use crate::statistics::best;
use crate::text::{number, thousands};

/// The conditions, under the name `growth`, and a piece a dimension, `growth-ring` and so on.
pub(super) fn pieces(section: Option<&Section>) -> Vec<(&'static str, Piece)> {
    let first = section.map_or_else(
        || not_measured("growth"),
        |section| Piece { text: conditions::words(&section.conditions), charts: Vec::new() },
    );
    let mut pieces = vec![("growth", first)];
    for dimension in &GROWTH {
        pieces.push((dimension.name, section.map_or_else(Piece::default, |section| one(section, dimension))));
    }
    pieces
}

fn one(section: &Section, dimension: &Dimension) -> Piece {
    let mut piece = Piece::default();
    let of_it = || section.series.iter().filter(|series| series.group == dimension.name);
    let contenders = contenders(of_it());
    if contenders.is_empty() {
        return piece;
    }
    let mut values: Vec<u64> = of_it().map(|series| series.value).collect();
    values.dedup();
    let along: Vec<(f64, String)> =
        values.iter().map(|value| ((*value as f64).log2(), label(dimension, *value))).collect();
    let lines: Vec<Line> = contenders
        .iter()
        .map(|contender| {
            let of_one = of_it().filter(|series| series.contender == *contender);
            let points = of_one.filter_map(|series| {
                let place = values.iter().position(|value| *value == series.value)?;
                Some((place, cost(best(&series.rounds)?.rate()?)))
            });
            Line { contender: (*contender).to_owned(), points: points.collect() }
        })
        .collect();
    let chart = Lines {
        title: dimension.title,
        across: dimension.label,
        up: "ns an event, at best",
        along: &along,
        lines: &lines,
        shown: number,
    };
    piece.show(&format!("growth-{}", dimension.name), dimension.title, chart.svg());
    piece.text += &head(
        std::iter::once(format!("{}: ns an event", dimension.label))
            .chain(contenders.iter().map(|name| format!("`{name}`"))),
    );
    for value in values {
        let cells = contenders.iter().map(|contender| {
            let mut found = of_it().filter(|series| series.value == value && series.contender == *contender);
            found.next().map_or_else(
                || "–".to_owned(),
                |series| match best(&series.rounds) {
                    Some(Reading::Rate(rate)) => number(cost(rate)),
                    Some(Reading::Below(bound)) => format!("above {}", number(cost(bound))),
                    _ => "wrong".to_owned(),
                },
            )
        });
        piece.text += &row(std::iter::once(label(dimension, value)).chain(cells));
    }
    piece.text.push('\n');
    piece
}

/// Nanoseconds an event, of M events/s.
fn cost(rate: f64) -> f64 {
    1e3 / rate
}

fn label(dimension: &Dimension, value: u64) -> String {
    if dimension.name == "ring" && value.is_power_of_two() {
        return match value {
            1..1024 => value.to_string(),
            1024..1_048_576 => format!("{} Ki", value / 1024),
            _ => format!("{} Mi", value / 1_048_576),
        };
    }
    thousands(value as i64)
}
