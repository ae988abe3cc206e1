//! LMAX's shapes: what each contender reaches, and how far ahead this project is.

use super::aims::{readings, shown};
use super::{Piece, conditions, contenders, head, not_measured, paragraph, row};
use crate::chart::{Dots, Row};
use crate::contenders::{DISRUPTOR_RS_SPIN, OWN};
use crate::figures::{Reading, Section};
use crate::statistics::{best, ratio};
use crate::text::number;

/// The section.
pub(super) fn piece(section: Option<&Section>) -> Piece {
    let Some(section) = section else { return not_measured("throughput") };
    let mut piece = Piece { text: conditions::words(&section.conditions), charts: Vec::new() };
    let shapes = shapes(section);
    let rows: Vec<Row> = shapes.iter().map(|shape| chart_row(section, shape)).collect();
    let chart =
        Dots { title: "Throughput: best of the rounds", unit: "M events/s, logarithmic", rows: &rows };
    piece.show("throughput", "Throughput of every shape and contender", chart.svg());
    paragraph(
        &mut piece.text,
        &format!("M events/s, best of the rounds, {}:", conditions::round(&section.conditions)),
    );
    piece.text += &rates(section, &shapes);
    paragraph(
        &mut piece.text,
        "This project against each of them: the best of the rounds against the best, and the median of the rounds' ratios. Of \
         disruptor-rs the better of its two waits counts, in every round.",
    );
    piece.text += &ratios(section, &shapes);
    piece.text.push('\n');
    piece
}

fn shapes(section: &Section) -> Vec<&str> {
    let mut shapes: Vec<&str> = Vec::new();
    for series in &section.series {
        if !shapes.contains(&series.group.as_str()) {
            shapes.push(&series.group);
        }
    }
    shapes
}

fn chart_row(section: &Section, shape: &str) -> Row {
    let of_shape = section.series.iter().filter(|series| series.group == shape);
    let values =
        of_shape.filter_map(|series| Some((series.contender.clone(), best(&series.rounds)?.rate()?)));
    Row { name: shape.to_owned(), values: values.collect() }
}

fn rates(section: &Section, shapes: &[&str]) -> String {
    let contenders = contenders(&section.series);
    let mut text =
        head(std::iter::once(String::new()).chain(contenders.iter().map(|name| format!("`{name}`"))));
    for shape in shapes {
        let cells = contenders.iter().map(|contender| {
            let all = section.series.iter();
            let mut found = all.filter(|series| series.group == *shape && series.contender == *contender);
            found.next().map_or_else(|| "–".to_owned(), |series| rate(&series.rounds))
        });
        text += &row(std::iter::once(format!("`{shape}`")).chain(cells));
    }
    text + "\n"
}

/// The best of the rounds as it is shown.
pub(super) fn rate(readings: &[Reading]) -> String {
    match best(readings) {
        Some(Reading::Rate(rate)) => number(rate),
        Some(Reading::Below(bound)) => format!("below {}", number(bound)),
        _ => "wrong".to_owned(),
    }
}

fn ratios(section: &Section, shapes: &[&str]) -> String {
    let mut peers = contenders(&section.series);
    peers.retain(|peer| *peer != OWN && *peer != DISRUPTOR_RS_SPIN);
    let mut text = head(std::iter::once(String::new()).chain(peers.iter().map(|name| format!("`{name}`"))));
    for shape in shapes {
        let own = readings(section, shape, 0, OWN);
        let cells = peers.iter().map(|peer| {
            ratio(&own, &readings(section, shape, 0, peer)).map_or_else(|| "–".to_owned(), shown)
        });
        text += &row(std::iter::once(format!("`{shape}`")).chain(cells));
    }
    text
}
