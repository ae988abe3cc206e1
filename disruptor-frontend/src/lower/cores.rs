//! Threads that are pinned to one core.

use super::Lowered;
use crate::report::Report;
use crate::syntax::{Body, Expr};

/// Two threads on one core wait for each other's time slices.
pub(super) fn check(body: &Body, lowered: &Lowered, report: &mut Report) {
    let pinned = body.stages.iter().filter_map(|clause| {
        let core = clause.options.core.as_ref()?;
        Some((&clause.name, core, core.number()?))
    });
    // A fused stage has no core of its own, and is told so elsewhere.
    let id = |name: &proc_macro2::Ident| lowered.graph.stage_named(&name.to_string());
    let fused = |name| lowered.fused.iter().any(|(_, second, _)| Some(*second) == id(name));
    // The workers of a shard need several.
    let shard = |name| lowered.shards.workers(name).is_some();
    let pinned: Vec<_> = pinned.filter(|(name, ..)| !fused(name) && !shard(name)).collect();
    for (at, (name, place, core)) in pinned.iter().enumerate() {
        let Some((other, ..)) = pinned[..at].iter().find(|(.., taken)| taken == core) else { continue };
        let edge = |from, to| lowered.graph.edges().any(|(_, a, b)| Some(a) == id(from) && Some(b) == id(to));
        let fuse = match (edge(other, name), edge(name, other)) {
            (true, _) => format!(", or run both on one thread, `{other} + {name}`"),
            (_, true) => format!(", or run both on one thread, `{name} + {other}`"),
            _ => String::new(),
        };
        let text = format!("`{other}` and `{name}` are both pinned to core {core}");
        report.error(Expr::place(place), text, format!("give `{name}` another core{fuse}"));
    }
}
