//! Stages that are polled by a thread of the caller's: what can be said of them, and what cannot.

use disruptor_syntax::{Arg, Body, Place, Report, StageClause};
use disruptor_topology::{Access, Mode, Target};

use super::Lowered;

/// A polled stage has no handler and no thread of its own, and reads.
pub(super) fn check(body: &Body, lowered: &Lowered, report: &mut Report) {
    for clause in body.stages.iter().filter(|clause| clause.is_polled()) {
        let name = &clause.name;
        let driven = format!("`{name}` is driven by its poller, and");
        if let Some(handler) = &clause.handler {
            let help =
                format!("leave out `= …`: its events are handled by the closure of `pollers.{name}.poll(…)`");
            report.error(handler.place(), format!("{driven} has a handler"), help);
        }
        for (option, place) in of_a_thread(clause) {
            let help = "leave it out: of a polled stage, `poll` and `wait` can be said";
            report.error(place, format!("{driven} can have no `{option}`"), help);
        }
        if let Some(workers) = lowered.shards.workers(name) {
            report.error(
                workers.place,
                format!("{driven} has no workers"),
                format!("write `{name}` in the chain"),
            );
        }
        let id = lowered.graph.stage_named(&name.to_string());
        let fused = lowered.fused.iter().find(|(first, second, _)| Some(*first) == id || Some(*second) == id);
        if let Some((.., place)) = fused {
            report.error(*place, format!("{driven} shares no thread"), "write `->` in the place of `+`");
        }
        if !clause.spoilt {
            list(clause, report);
        }
    }
}

/// What is said of a stage's handler or thread: the option, and where its value is.
fn of_a_thread(clause: &StageClause) -> Vec<(&'static str, Place)> {
    let options = &clause.options;
    let mut said = vec![];
    for (option, value) in [
        ("core", &options.core),
        ("batch", &options.batch),
        ("on_error", &options.on_error),
        ("name", &options.name),
        ("start", &options.start),
        ("stop", &options.stop),
        ("timeout", &options.timeout),
    ] {
        if let Some(value) = value {
            said.push((option, value.place()));
        }
    }
    if let Some(key) = &options.shard {
        said.push(("shard", key.span().into()));
    }
    said
}

/// A poller sees all of an event, or one field.
fn list(clause: &StageClause, report: &mut Report) {
    let (name, Some(args)) = (&clause.name, &clause.args) else { return };
    for arg in args {
        if let Arg::Access { access, place, .. } = arg
            && access.mode == Mode::Write
        {
            let to_read = Access { mode: Mode::Read, ..access.clone() };
            let text = format!("a poller only reads, and the list of `{name}` says `{access}`");
            report.error(*place, text, format!("list it as `{to_read}`"));
            return;
        }
    }
    let fits = matches!(&args[..], [Arg::Access { access, .. }] if !matches!(access.target, Target::Batch));
    if !fits {
        let text = format!(
            "a poller sees one field of an event, or all of it, and the list of `{name}` says otherwise"
        );
        let help = format!(
            "write `{name}(&field)`, or `{name}` without a list; the closure of `poll` gets the sequence and the end of the batch beside it"
        );
        report.error(clause.list.unwrap_or(name.span()), text, help);
    }
}
