//! What must hold of stages that are fused on one thread: `a + b`.

use disruptor_syntax::{Body, Expr, Options, Report};
use disruptor_topology::Plan;

use super::{Lowered, clauses};
use crate::parse::not_fused;

/// A fused stage waits on the one before it and on nobody else, as its thread cannot wait in two places; and what is said of a
/// thread is said at its first stage.
pub(super) fn check(body: &Body, lowered: &Lowered, plan: &Plan, report: &mut Report) {
    let clauses = clauses(body);
    let name = |id| lowered.graph.name(id);
    for (at, (first, second, place)) in lowered.fused.iter().enumerate() {
        let before = &lowered.fused[..at];
        if before.iter().any(|(a, b, _)| (a, b) == (first, second)) {
            continue;
        }
        // That it is a shard may be said in another chain.
        let mut shards = [first, second].into_iter().map(|id| &lowered.stages[id.index()]);
        if let Some(shard) = shards.find(|stage| lowered.shards.workers(stage).is_some()) {
            let (text, help) = not_fused(shard);
            report.error(*place, text, help);
            continue;
        }
        let (first_name, second_name) = (name(*first), name(*second));
        if let Some((_, other, _)) = before.iter().find(|(a, ..)| a == first) {
            let text = format!("`{first_name}` is fused to both `{}` and `{second_name}`", name(*other));
            report.error(
                *place,
                text,
                format!("put them in a row: `{first_name} + {} + {second_name}`", name(*other)),
            );
        } else if let Some(other) = plan.upstreams(*second).iter().find(|other| *other != first) {
            let text = format!(
                "`{second_name}` runs on the thread of `{first_name}`, and also waits on `{}`",
                name(*other)
            );
            let help = format!(
                "let `{first_name}` wait on it, `{} -> {first_name} + {second_name}`, or give `{second_name}` a thread of its \
                 own, `{first_name} -> {second_name}`",
                name(*other)
            );
            report.error(*place, text, help);
        }
        if let Some(clause) = clauses.get(second_name).filter(|clause| !clause.is_polled()) {
            for (option, value) in of_a_thread(&clause.options) {
                let Some(value) = value else { continue };
                let text = format!(
                    "`{second_name}` runs on the thread of `{first_name}`, and can have no `{option}` of its own"
                );
                report.error(
                    value.place(),
                    text,
                    format!("give the `{option}` to the first stage of the thread"),
                );
            }
        }
    }
}

/// The options that say something of a stage's thread.
pub(super) fn of_a_thread(options: &Options) -> [(&'static str, &Option<Expr>); 4] {
    [("core", &options.core), ("wait", &options.wait), ("batch", &options.batch), ("name", &options.name)]
}
