//! Whether what the stages have seen is what they had to see.

use std::collections::BTreeMap;

use crate::drive::Seen;
use crate::oracle::{Checker, Findings, Log};
use crate::scenario::{End, Scenario, Trouble};

/// Adds what is wrong.
pub(crate) fn check(scenario: &Scenario, seen: &Seen, findings: &Findings) {
    order_of_producers(&seen.published, findings);
    let stops = scenario.stops().filter(|_| seen.failure.is_some());
    if let Some(failure) = &seen.failure
        && stops.is_none_or(|at| failure.stage() != format!("s{at}"))
    {
        findings.add(format!("the pipeline ended with {failure}"));
    }
    let logs: Vec<Log> =
        seen.stages.iter().enumerate().map(|(at, workers)| joined(at, workers, findings)).collect();
    for (at, log) in logs.iter().enumerate() {
        let is_cut = stops.is_some_and(|stopped| stopped == at || scenario.before(at).contains(&stopped))
            || scenario.stages[at].may_leave();
        let must = must_be_seen(scenario, seen, stops.is_some());
        let skipped: Vec<_> = seen.stages[at].iter().flat_map(|checker| &checker.skipped).collect();
        let workers = seen.stages[at].len().max(1);
        for (worker, checker) in seen.stages[at].iter().enumerate() {
            // Where they are halted, each stops for itself; they take turns.
            let own = |sequence: i64| sequence % workers as i64 == worker as i64;
            prefix(at, &checker.log(), &seen.published, (&skipped, &own), findings);
        }
        if !is_cut
            && let Some((missing, _)) =
                must.iter().find(|(sequence, _)| !log.contains_key(sequence) && !skipped.contains(sequence))
        {
            findings.add(format!("s{at}: {missing} was published and is lost"));
        }
        if !skipped.is_empty() && !matches!(scenario.stages[at].trouble, Some(Trouble::Skips(_))) {
            findings.add(format!("s{at}: skipped without being told to"));
        }
        for before in scenario.before(at).into_iter().filter(|before| !scenario.stages[*before].may_leave()) {
            // Whatever a stage has handled, those before it have.
            let skipped: Vec<_> = seen.stages[before].iter().flat_map(|checker| &checker.skipped).collect();
            if let Some((early, _)) = log
                .iter()
                .find(|(sequence, _)| !logs[before].contains_key(sequence) && !skipped.contains(sequence))
            {
                findings.add(format!("s{at}: {early}, which s{before} has not handled"));
            }
        }
    }
    for (from, guest) in &seen.guests {
        guest_saw_all(*from, &guest.log(), &seen.published, findings);
    }
}

/// The events that every stage must have handled: all of a stream that came to its end, and those of before where somebody ended
/// it.
fn must_be_seen<'a>(scenario: &Scenario, seen: &'a Seen, failed: bool) -> Vec<(&'a i64, &'a (u64, u64))> {
    if failed || matches!(scenario.end, End::Halt(_)) {
        return vec![];
    }
    let before =
        |(_, (producer, number)): &(&i64, &(u64, u64))| *number < seen.before_end[*producer as usize];
    seen.published.iter().filter(before).collect()
}

/// Each producer's events are published in its order.
fn order_of_producers(published: &Log, findings: &Findings) {
    let mut next = BTreeMap::new();
    for (sequence, (producer, number)) in published {
        let next = next.entry(producer).or_insert(0);
        if number != next {
            findings.add(format!("producer {producer}: {number} at {sequence}, and not {next}"));
        }
        *next = number + 1;
    }
}

/// What all workers of a stage have handled, each event by one.
fn joined(at: usize, workers: &[Checker], findings: &Findings) -> Log {
    let mut all = Log::new();
    for (sequence, event) in workers.iter().flat_map(Checker::log) {
        if all.insert(sequence, event).is_some() {
            findings.add(format!("s{at}: {sequence} was handled twice"));
        }
    }
    all
}

/// A stage handles what was published, from the first on and without a gap: each of its workers does of what is its `own`.
fn prefix(
    at: usize,
    log: &Log,
    published: &Log,
    (skipped, own): (&[&i64], &dyn Fn(i64) -> bool),
    findings: &Findings,
) {
    for (sequence, event) in log {
        match published.get(sequence) {
            Some(known) if known == event && own(*sequence) => {}
            Some(known) => {
                findings.add(format!("s{at}: {event:?} at {sequence}, where {known:?} was published"))
            }
            None => findings.add(format!("s{at}: {event:?} at {sequence}, where nothing was published")),
        }
    }
    let Some((last, _)) = log.last_key_value() else { return };
    if let Some((gap, _)) = published
        .range(..last)
        .find(|(sequence, _)| own(**sequence) && !log.contains_key(sequence) && !skipped.contains(sequence))
    {
        findings.add(format!("s{at}: {gap} is left out, before {last}"));
    }
}

/// One that came while events flowed has seen everything from its first sequence on to where it left.
fn guest_saw_all(from: i64, log: &Log, published: &Log, findings: &Findings) {
    let Some((last, _)) = log.last_key_value() else { return };
    for (sequence, event) in published.range(from..=*last) {
        if log.get(sequence) != Some(event) {
            findings.add(format!("a guest from {from} to {last} has not seen {sequence}"));
            return;
        }
    }
    if let Some((early, _)) = log.first_key_value().filter(|(first, _)| **first < from) {
        findings.add(format!("a guest from {from} has seen {early}"));
    }
}
