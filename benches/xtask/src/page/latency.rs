//! Latencies: there and back, and under load.

use super::{Piece, conditions, head, not_measured, paragraph, row};
use crate::chart::{Line, Lines};
use crate::figures::{Latency, LatencySection, LatencySeries};
use crate::statistics::median;
use crate::text::{number, thousands, time};

const PERCENTILES: [&str; 6] = ["p50", "p90", "p99", "p99.9", "p99.99", "max"];

fn values(latency: &Latency) -> [f64; 6] {
    [latency.p50, latency.p90, latency.p99, latency.p999, latency.p9999, latency.max]
}

/// The section.
pub(super) fn piece(section: Option<&LatencySection>) -> Piece {
    let Some(section) = section else { return not_measured("latency") };
    let mut piece = Piece { text: conditions::words(&section.conditions), charts: Vec::new() };
    for series in section.series.chunk_by(|a, b| a.rate == b.rate) {
        let (name, title) = match (series[0].percent, series[0].rate) {
            (Some(percent), Some(rate)) => (
                format!("latency-load-{percent}"),
                format!("Load: {} events/s, {percent} % of the base", thousands(rate as i64)),
            ),
            _ => ("latency-ping-pong".to_owned(), "Ping-pong: there and back".to_owned()),
        };
        one(&mut piece, &name, &title, series);
        if series[0].percent.is_none() && section.series.len() > series.len() {
            let whose = match section.base_of.as_str() {
                "" => "as this is a quick run".to_owned(),
                contender => format!("the throughput of `unicast` of the slowest, `{contender}`"),
            };
            paragraph(
                &mut piece.text,
                &format!(
                    "The base of the loads is {} M events/s, {whose}. Every contender is asked for the same events a second, so that \
                     a row compares what they do with the same load.",
                    number(section.base),
                ),
            );
        }
    }
    piece
}

fn one(piece: &mut Piece, name: &str, title: &str, series: &[LatencySeries]) {
    let along: Vec<(f64, String)> =
        PERCENTILES.iter().enumerate().map(|(place, name)| (place as f64, (*name).to_owned())).collect();
    let lines: Vec<Line> = series
        .iter()
        .filter_map(|series| {
            let points = lowest(&series.rounds)?.into_iter().enumerate().collect();
            Some(Line { contender: series.contender.clone(), points })
        })
        .collect();
    let chart = Lines {
        title,
        across: "percentile",
        up: "latency, lowest of the rounds",
        shown: time,
        along: &along,
        lines: &lines,
    };
    piece.show(name, title, chart.svg());
    paragraph(&mut piece.text, &format!("{title}; each the lowest of the rounds:"));
    piece.text += &head(
        std::iter::once(String::new())
            .chain(PERCENTILES.iter().map(|name| (*name).to_owned()))
            .chain(["p50, median".to_owned(), "p99, median".to_owned()]),
    );
    for series in series {
        let cells = match lowest(&series.rounds) {
            Some(lowest) => lowest
                .into_iter()
                .map(time)
                .chain([middle(series, |it| it.p50), middle(series, |it| it.p99)])
                .collect(),
            None => vec!["–".to_owned(); PERCENTILES.len() + 2],
        };
        piece.text += &row(std::iter::once(format!("`{}`", series.contender)).chain(cells));
    }
    piece.text.push('\n');
}

/// The lowest of each percentile.
fn lowest(rounds: &[Latency]) -> Option<[f64; 6]> {
    rounds.iter().map(values).reduce(|a, b| std::array::from_fn(|place| a[place].min(b[place])))
}

fn middle(series: &LatencySeries, pick: fn(&Latency) -> f64) -> String {
    median(series.rounds.iter().map(pick).collect()).map_or_else(|| "–".to_owned(), time)
}
