//! Interleaved rounds: every contender once a round, in an order that is rotated from round to round.

use std::process::Command;
use std::time::Duration;

use crate::figures::{Reading, Series};
use crate::line;
use crate::process::{Ended, run};
use crate::statistics::rotated;

/// After so many rounds out of time a contender is not started again in that shape.
const CHANCES: usize = 2;

/// What one contender is to do in one shape.
pub(crate) struct Case {
    pub(crate) group: String,
    pub(crate) value: u64,
    pub(crate) contender: String,
    pub(crate) events: u64,
    /// A process may take so many times the limit: one that warms up first needs more.
    pub(crate) patience: u32,
    pub(crate) command: Box<dyn Fn() -> Command>,
}

/// Measures all cases. Those that stand in a row with the same group and value run side by side. Gives a series a case, in
/// the same order, and the latency of a cache line round by round.
pub(crate) fn measure(cases: &[Case], rounds: usize, limit: Duration) -> (Vec<Series>, Vec<f64>) {
    let mut series: Vec<Series> = cases.iter().map(empty).collect();
    let mut lines = Vec::new();
    for round in 0..rounds {
        lines.extend(line::latency());
        eprintln!("round {} of {rounds}", round + 1);
        let mut begin = 0;
        for group in cases.chunk_by(|a, b| (&a.group, a.value) == (&b.group, b.value)) {
            for place in rotated(group.len(), round) {
                let (case, series) = (&group[place], &mut series[begin + place]);
                let reading = if out_of_time(&series.rounds) >= CHANCES {
                    Reading::Skipped
                } else {
                    read(case, run(&mut (case.command)(), limit * case.patience), limit)
                };
                eprintln!(
                    "  {:<18} {:>7} {:<18} {}",
                    case.group,
                    case.value,
                    case.contender,
                    shown(&reading)
                );
                series.rounds.push(reading);
            }
            begin += group.len();
        }
    }
    (series, lines)
}

fn empty(case: &Case) -> Series {
    Series {
        group: case.group.clone(),
        value: case.value,
        contender: case.contender.clone(),
        events: case.events,
        rounds: Vec::new(),
    }
}

fn out_of_time(readings: &[Reading]) -> usize {
    readings.iter().filter(|reading| reading.bound().is_some()).count()
}

/// A rate is the last line of what a contender prints, in M events/s.
fn read(case: &Case, ended: Ended, limit: Duration) -> Reading {
    match ended {
        Ended::Printed(text) => match text.lines().last().and_then(|line| line.trim().parse::<f64>().ok()) {
            Some(rate) if rate.is_finite() && rate > 0.0 => Reading::Rate(rate),
            _ => Reading::Wrong(format!("no figure in its last line: {text:?}")),
        },
        Ended::OutOfTime => Reading::Below(case.events as f64 / limit.as_secs_f64() / 1e6),
        Ended::Failed(said) => Reading::Wrong(said),
    }
}

fn shown(reading: &Reading) -> String {
    match reading {
        Reading::Rate(rate) => format!("{rate:.2} M events/s"),
        Reading::Below(bound) => format!("out of time: below {bound:.2} M events/s"),
        Reading::Wrong(said) => format!("WRONG: {said}"),
        Reading::Skipped => "not started again".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(group: &str, contender: &str, script: &str) -> Case {
        let script = script.to_owned();
        Case {
            group: group.to_owned(),
            value: 0,
            contender: contender.to_owned(),
            events: 1_000_000,
            patience: 1,
            command: Box::new(move || {
                let mut command = Command::new("sh");
                command.args(["-c", &script]);
                command
            }),
        }
    }

    #[test]
    fn figures_and_failures_are_kept_apart() {
        let cases = [
            case("unicast", "a", "echo some words; echo 12.50"),
            case("unicast", "b", "echo the sum is wrong >&2; exit 1"),
            case("diamond", "a", "echo nothing"),
        ];
        let (series, _) = measure(&cases, 2, Duration::from_secs(60));
        assert_eq!(series[0].rounds, [Reading::Rate(12.5), Reading::Rate(12.5)]);
        assert!(matches!(&series[1].rounds[0], Reading::Wrong(said) if said.contains("the sum is wrong")));
        assert!(matches!(&series[2].rounds[1], Reading::Wrong(_)));
    }

    #[test]
    fn who_collapses_holds_nobody_up() {
        let cases = [case("unicast", "a", "exec sleep 600"), case("unicast", "b", "echo 1")];
        let (series, _) = measure(&cases, 4, Duration::from_millis(500));
        let below = Reading::Below(2.0);
        assert_eq!(series[0].rounds, [below.clone(), below, Reading::Skipped, Reading::Skipped]);
        assert_eq!(series[1].rounds.len(), 4);
    }

    #[test]
    fn the_order_changes_with_the_round() {
        let file = std::env::temp_dir().join(format!("xtask-order-{}", std::process::id()));
        let say = |name: &str| format!("echo {name} >>{}; echo 1", file.display());
        let cases = [case("unicast", "a", &say("a")), case("unicast", "b", &say("b"))];
        measure(&cases, 3, Duration::from_secs(60));
        let order = std::fs::read_to_string(&file).expect("they wrote it");
        std::fs::remove_file(&file).expect("it is there");
        assert_eq!(order.split_whitespace().collect::<String>(), "abbaab");
    }
}
