//! What must be written in a named pipeline so that its types can be: those of fields, and of waits that its producer knows.

use disruptor_topology::Plan;

use super::{Lowered, clauses};
use crate::report::Report;
use crate::syntax::{Arg, Body, Expr, StageClause};

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
    for id in plan.first_stages() {
        if let Some(clause) = clauses(body).get(lowered.graph.name(*id)) {
            typed(clause.options.wait.as_ref(), report);
        }
    }
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
