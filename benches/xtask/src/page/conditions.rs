//! What stands above each section: on what, when, and what else was going on.

use crate::figures::Conditions;
use crate::statistics::median;
use crate::text::{number, thousands};

/// Parts of a core from which on others are warned of.
const ACTIVE: f64 = 0.05;

/// The conditions in words, and a warning where another process was active.
pub(super) fn words(conditions: &Conditions) -> String {
    let machine = &conditions.machine;
    let cores = if machine.cores == 1 { "1 core".to_owned() } else { format!("{} cores", machine.cores) };
    let mut text = format!(
        "{} at commit {}: {} on {}, {cores}, {}, {}{}. ",
        conditions.date,
        machine.commit,
        counted(conditions.rounds, "round"),
        machine.cpu,
        machine.kernel,
        machine.rustc,
        machine.lmax.as_ref().map_or_else(String::new, |lmax| format!(", {lmax}")),
    );
    text += &match (median(conditions.line.clone()), conditions.line.iter().copied().min_by(f64::total_cmp)) {
        (Some(middle), Some(best)) => format!(
            "A cache line took {} ns from one core to another (median of the rounds: {} ns). ",
            number(best),
            number(middle)
        ),
        _ => "There is one core, and so no time of a cache line from one to another. ".to_owned(),
    };
    let load = |load: Option<[f64; 3]>| {
        load.map_or_else(|| "unknown".to_owned(), |load| load.map(|load| format!("{load:.2}")).join(", "))
    };
    text += &format!(
        "Load averages: {} before, {} after.\n\n",
        load(conditions.load_before),
        load(conditions.load_after)
    );
    text += &warning(conditions);
    for (contender, why) in &conditions.absent {
        text += &format!("`{contender}` took no part: {why}.\n\n");
    }
    text
}

fn warning(conditions: &Conditions) -> String {
    let others = &conditions.others;
    let mut said = Vec::new();
    if others.busy >= ACTIVE {
        let busiest: Vec<String> =
            others.busiest.iter().map(|(name, share)| format!("`{name}` {share:.2}")).collect();
        let named = if busiest.is_empty() { String::new() } else { format!(" ({})", busiest.join(", ")) };
        said.push(format!("other processes took {:.2} of a core{named}", others.busy));
    }
    if others.stolen >= ACTIVE {
        said.push(format!("the hypervisor withheld {:.2} of a core", others.stolen));
    }
    if said.is_empty() {
        return String::new();
    }
    format!(
        "> **Not a quiet machine:** {}. The figures are too low, and not alike for all.\n\n",
        said.join("; ")
    )
}

/// How a round of a throughput was measured.
pub(super) fn round(conditions: &Conditions) -> String {
    format!("{} events a round", thousands(conditions.events as i64))
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} interleaved {what}s") }
}
