//! The project's aims, each cell met or not.

use super::{head, row};
use crate::contenders::{DISRUPTOR_RS, DISRUPTOR_RS_SPIN, LIMIT, LMAX, OWN};
use crate::figures::{Figures, Latency, LatencySeries, Reading, Section};
use crate::plan::{Aim, PING_PONG, THROUGHPUT};
use crate::statistics::{Ratio, better, median, ratio};
use crate::text::number;

/// The rounds that it takes to say so.
const ROUNDS: usize = 7;
const MET: &str = "✓";

/// The table of the aims.
pub(super) fn table(figures: &Figures) -> String {
    let mut text = head(
        ["", "against LMAX (Java)", "against disruptor-rs", "against the hand-written loop"]
            .map(str::to_owned),
    );
    for aim in &THROUGHPUT {
        let cell = |peer: &str, wanted: f64| match &figures.throughput {
            None => "not measured".to_owned(),
            Some(section) => throughput(section, aim, peer, wanted),
        };
        text += &row([
            format!("`{}`", aim.shape),
            cell(LMAX, aim.lmax),
            cell(DISRUPTOR_RS, aim.disruptor_rs),
            cell(LIMIT, aim.limit),
        ]);
    }
    for (name, pick) in [("p50", (|it| it.p50) as fn(&Latency) -> f64), ("p99", |it| it.p99)] {
        let cell = |peer: &str, wanted: f64| match &figures.latency {
            None => "not measured".to_owned(),
            Some(section) => ping_pong(&section.series, peer, pick, wanted),
        };
        text += &row([
            format!("`{}` {name}", PING_PONG.shape),
            cell(LMAX, PING_PONG.lmax),
            cell(DISRUPTOR_RS, PING_PONG.disruptor_rs),
            cell(LIMIT, PING_PONG.limit),
        ]);
    }
    let cells = 3 * (THROUGHPUT.len() + 2);
    text += &format!("\n{} of {cells} are met.", text.matches(MET).count());
    let rounds = [
        figures.throughput.as_ref().map(|it| &it.conditions),
        figures.latency.as_ref().map(|it| &it.conditions),
    ];
    if let Some(few) =
        rounds.into_iter().flatten().map(|it| it.rounds).filter(|rounds| *rounds < ROUNDS).min()
    {
        text += &format!(" These are figures of fewer than {ROUNDS} rounds ({few}): they decide nothing.");
    }
    text + "\n"
}

/// The readings of a contender; of disruptor-rs, those of the better wait.
pub(super) fn readings(section: &Section, shape: &str, value: u64, contender: &str) -> Vec<Reading> {
    let of = |contender: &str| {
        let mut all = section.series.iter();
        let found = all.find(|series| {
            (series.group.as_str(), series.value, series.contender.as_str()) == (shape, value, contender)
        });
        found.map(|series| series.rounds.clone()).unwrap_or_default()
    };
    if contender == DISRUPTOR_RS { better(&of(DISRUPTOR_RS), &of(DISRUPTOR_RS_SPIN)) } else { of(contender) }
}

fn throughput(section: &Section, aim: &Aim, peer: &str, wanted: f64) -> String {
    let own = readings(section, aim.shape, 0, OWN);
    let Some(ratio) = ratio(&own, &readings(section, aim.shape, 0, peer)) else {
        return format!("no figure (≥ {})", number(wanted));
    };
    let met = ratio.best >= wanted && ratio.median >= wanted / 2.0;
    format!("{} (≥ {}) {}", shown(ratio), number(wanted), verdict(met))
}

/// The best against the best, and the median of the rounds.
pub(super) fn shown(ratio: Ratio) -> String {
    let least = if ratio.at_least { "> " } else { "" };
    format!("{least}{}, median {least}{}", number(ratio.best), number(ratio.median))
}

fn verdict(met: bool) -> &'static str {
    if met { MET } else { "**missed**" }
}

/// Lower is better here: the lowest of the rounds counts. The wait decides most of a latency, so that waits of one kind are
/// compared: all yield.
fn ping_pong(series: &[LatencySeries], peer: &str, pick: fn(&Latency) -> f64, wanted: f64) -> String {
    let of = |contender: &str| {
        let found = series.iter().find(|series| series.rate.is_none() && series.contender == contender);
        found.map_or_else(Vec::new, |series| series.rounds.iter().map(pick).collect())
    };
    let (own, peer): (Vec<f64>, Vec<f64>) = (of(OWN), of(peer));
    let lowest = |values: &[f64]| values.iter().copied().min_by(f64::total_cmp);
    let (Some(own_best), Some(peer_best)) = (lowest(&own), lowest(&peer)) else {
        return format!("no figure (≤ {})", number(wanted));
    };
    let best = own_best / peer_best;
    let middle = median(own.iter().zip(&peer).map(|(own, peer)| own / peer).collect()).unwrap_or(f64::NAN);
    let met = best <= wanted && middle <= wanted * 2.0;
    format!("{}, median {} (≤ {}) {}", number(best), number(middle), number(wanted), verdict(met))
}
