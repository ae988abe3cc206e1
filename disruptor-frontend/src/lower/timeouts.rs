//! A `timeout` that would never be called.

use disruptor_syntax::settings::WAITS;
use disruptor_syntax::{Body, Report};
use proc_macro2::{TokenStream, TokenTree};

use super::{Lowered, clauses};

/// Only a wait that times out has it called: the stage's own, or that of the first stage on its thread.
pub(super) fn check(body: &Body, lowered: &Lowered, report: &mut Report) {
    for clause in &body.stages {
        // A poller has none, and is told so elsewhere.
        let Some(timeout) = clause.options.timeout.as_ref().filter(|_| !clause.is_polled()) else { continue };
        let Some(mut head) = lowered.graph.stage_named(&clause.name.to_string()) else { continue };
        // As often as there are stages, lest a circle of fused ones never ends.
        for _ in 0..lowered.fused.len() {
            if let Some((first, ..)) = lowered.fused.iter().find(|(_, second, _)| *second == head) {
                head = *first;
            }
        }
        let first = lowered.graph.name(head);
        let own = clauses(body).get(first).and_then(|clause| clause.options.wait.as_ref());
        let wait = own.or(body.settings.wait.as_ref());
        if wait.is_none_or(|wait| never_times_out(wait.value().tokens)) {
            let waits = wait.map_or("PhasedBackoff".to_owned(), |wait| wait.value().tokens.to_string());
            let name = &clause.name;
            let whose = if name == first {
                String::new()
            } else {
                format!(" of `{first}`, on whose thread it runs,")
            };
            let text = format!("the `timeout` of `{name}` is never called: the wait{whose} is `{waits}`");
            let help = format!("have `{first}` wait so: `wait: TimeoutBlocking::with_limit(…)`");
            report.error(timeout.place(), text, help);
        }
    }
}

/// True for those of the runtime's waits that have no limit. Of others nothing is known.
fn never_times_out(wait: TokenStream) -> bool {
    let mut tokens = wait.into_iter();
    let Some(TokenTree::Ident(name)) = tokens.next() else { return false };
    if name == "TimeoutBlocking" || !WAITS.iter().any(|known| name == known) {
        return false;
    }
    // `PhasedBackoff::before(…)` ends as what stands in the parentheses does.
    let before = tokens.any(|token| matches!(&token, TokenTree::Ident(method) if *method == "before"));
    match tokens.next() {
        Some(TokenTree::Group(last)) if before => never_times_out(last.stream()),
        _ => true,
    }
}
