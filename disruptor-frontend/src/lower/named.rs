//! What must be written in a named pipeline so that its types can be: those of fields, and of waits that its producer or a poller knows.

use disruptor_syntax::{Arg, Body, Expr, Report, StageClause};
use disruptor_topology::{Plan, StageId};

use super::{Clauses, Lowered, clauses};

pub(super) fn check(body: &Body, lowered: &Lowered, plan: &Plan, report: &mut Report) {
    let Some(named) = &body.named else { return };
    if body.settings.event.is_none() {
        let text = format!("`{}` is a type, and what its events are cannot be inferred", named.name);
        report.error(named.name.span(), text, "say what they are: `event: YourType;`");
    }
    for clause in &body.stages {
        if clause.handler.is_none() {
            fields(clause, report);
        }
    }
    typed(body.settings.wait.as_ref(), report);
    typed(body.settings.producer_wait.as_ref(), report);
    for id in waking(lowered, plan, clauses(body)) {
        typed(
            clauses(body).get(lowered.graph.name(id)).and_then(|clause| clause.options.wait.as_ref()),
            report,
        );
    }
}

/// The stages that the producer wakes, as they wait on it or may come to, and those that are polled.
fn waking(lowered: &Lowered, plan: &Plan, clauses: Clauses<'_>) -> Vec<StageId> {
    let clause = |id: StageId| clauses.get(lowered.graph.name(id));
    let (mut found, mut open) = (vec![], plan.first_stages().to_vec());
    while let Some(id) = open.pop() {
        if !found.contains(&id) {
            found.push(id);
            if clause(id).is_some_and(|clause| clause.options.poll == Some("Release")) {
                open.extend_from_slice(plan.followers(id));
            }
        }
    }
    for id in lowered.graph.stages() {
        if !found.contains(&id) && clause(id).is_some_and(StageClause::is_polled) {
            found.push(id);
        }
    }
    found
}

/// The handler is given elsewhere, and must fit what can be read here.
fn fields(clause: &StageClause, report: &mut Report) {
    for arg in clause.args().iter() {
        if let Arg::Access { access, field: Some(_), kind: None, place } = arg {
            let text = format!(
                "`{access}` must say its type, as the handler of `{}` is given elsewhere",
                clause.name
            );
            report.error(*place, text, format!("write `{access}: Type`"));
        }
    }
}

fn typed(wait: Option<&Expr>, report: &mut Report) {
    if let Some(wait) = wait
        && wait.kind().is_none()
    {
        let text = "the type of this wait, which is a part of the producer's, cannot be read off";
        report.error(wait.place(), text, "write `wait: Type = value`");
    }
}
