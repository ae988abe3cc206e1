//! Threads that are pinned to one core.

use disruptor_syntax::{Body, Expr, Report};
use proc_macro2::Ident;

use super::Lowered;

/// Two threads on one core wait for each other's time slices.
pub(super) fn check(body: &Body, lowered: &Lowered, report: &mut Report) {
    let id = |name: &Ident| lowered.graph.stage_named(&name.to_string());
    let mut pinned: Vec<(&Ident, &Expr, u128)> = vec![];
    for clause in &body.stages {
        // A fused stage has no core of its own, and is told so elsewhere; the workers of a shard need several.
        let stage = id(&clause.name);
        let fused = lowered.fused.iter().any(|(_, second, _)| Some(*second) == stage);
        if let Some(place) = &clause.options.core
            && let Some(core) = place.number()
            && !fused
            && !clause.is_polled()
            && lowered.shards.workers(&clause.name).is_none()
        {
            pinned.push((&clause.name, place, core));
        }
    }
    for (at, (name, place, core)) in pinned.iter().enumerate() {
        let Some((other, ..)) = pinned[..at].iter().find(|(.., taken)| taken == core) else { continue };
        let edge = |from, to| {
            let (from, to) = (id(from), id(to));
            lowered.graph.edges().any(|(_, a, b)| Some(a) == from && Some(b) == to)
        };
        let fuse = match (edge(other, name), edge(name, other)) {
            (true, _) => format!(", or run both on one thread, `{other} + {name}`"),
            (_, true) => format!(", or run both on one thread, `{name} + {other}`"),
            _ => String::new(),
        };
        let text = format!("`{other}` and `{name}` are both pinned to core {core}");
        report.error(Expr::place(place), text, format!("give `{name}` another core{fuse}"));
    }
}
