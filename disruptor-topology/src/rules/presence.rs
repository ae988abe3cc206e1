//! Whether there are stages, not too many, each declared once and each in a chain.

use crate::{
    check::MAX_STAGES,
    finding::{Code, Concern, Finding},
    graph::{Graph, StageId},
};

/// Every finding about the stages as such.
pub(crate) fn check(graph: &Graph) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut idle = Vec::new();
    for stage in graph.stages() {
        if !graph.is_placed(stage) {
            idle.push(stage);
        }
    }
    if idle.len() == graph.len() {
        findings.push(empty(graph, &idle));
    } else {
        for stage in idle {
            findings.push(unreachable(graph, stage));
        }
    }
    findings.extend(too_many(graph));
    for stage in graph.stages() {
        match graph.stage_named(graph.name(stage)) {
            Some(first) if first != stage => findings.push(duplicate(graph, first, stage)),
            _ => {}
        }
    }
    findings
}

/// The stages are all that there are, and stand in no chain.
fn empty(graph: &Graph, stages: &[StageId]) -> Finding {
    let Some(&first) = stages.first() else {
        let help = "name at least one stage, as in `< journal -> business >`";
        return Finding::error(Code::EmptyTopology, "the pipeline has no stage", help, vec![]);
    };
    let text = "no stage stands in a chain, so nothing would ever handle an event";
    let help = format!("write the order of the stages in a chain, as in `< {} >`", graph.name(first));
    let mut concerns = Vec::new();
    for &stage in stages {
        concerns.push(Concern::Stage(stage));
    }
    Finding::error(Code::EmptyTopology, text, help, concerns)
}

fn unreachable(graph: &Graph, stage: StageId) -> Finding {
    let name = graph.name(stage);
    let text = format!("the stage `{name}` is declared but stands in no chain, so it would never run");
    let help = format!(
        "write `{name}` into a chain where it belongs, give it one of its own (`< {name} >`), \
         or remove its declaration"
    );
    Finding::error(Code::Unreachable, text, help, vec![Concern::Stage(stage)])
}

/// The concern is the first stage that is too many.
fn too_many(graph: &Graph) -> Option<Finding> {
    let beyond = graph.stages().nth(MAX_STAGES)?;
    let text = format!("the pipeline has {} stages, and at most {MAX_STAGES} are supported", graph.len());
    let help =
        "let one handler do the work of several neighbours, or let a stage publish into a second pipeline";
    Some(Finding::error(Code::TooManyStages, text, help, vec![Concern::Stage(beyond)]))
}

fn duplicate(graph: &Graph, first: StageId, second: StageId) -> Finding {
    let name = graph.name(second);
    let text = format!("the stage `{name}` is declared twice");
    let help = "give the second one a name of its own, or remove it: a stage may be written several times in \
        chains, but is declared once";
    Finding::error(Code::DuplicateStage, text, help, vec![Concern::Stage(second), Concern::Stage(first)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stage() {
        let found = check(&Graph::new());
        let help = "name at least one stage, as in `< journal -> business >`";
        assert_eq!(found, [Finding::error(Code::EmptyTopology, "the pipeline has no stage", help, vec![])]);
    }

    #[test]
    fn no_chain() {
        let mut graph = Graph::new();
        let (a, b) = (graph.add_stage("a"), graph.add_stage("b"));
        let found = check(&graph);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text, "no stage stands in a chain, so nothing would ever handle an event");
        assert_eq!(found[0].help, "write the order of the stages in a chain, as in `< a >`");
        assert_eq!(found[0].concerns, [Concern::Stage(a), Concern::Stage(b)]);
    }

    #[test]
    fn a_stage_in_no_chain() {
        let mut graph = Graph::new();
        let (a, idle) = (graph.add_stage("a"), graph.add_stage("idle"));
        graph.place(a);
        let found = check(&graph);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].code, Code::Unreachable);
        assert_eq!(
            found[0].text,
            "the stage `idle` is declared but stands in no chain, so it would never run"
        );
        assert_eq!(
            found[0].help,
            "write `idle` into a chain where it belongs, give it one of its own (`< idle >`), \
             or remove its declaration"
        );
        assert_eq!(found[0].concerns, [Concern::Stage(idle)]);
    }

    #[test]
    fn too_many_stages() {
        let mut graph = Graph::new();
        let stages: Vec<_> = (0..70).map(|index| graph.add_stage(format!("s{index}"))).collect();
        stages.iter().for_each(|&stage| graph.place(stage));
        let found = check(&graph);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].code, Code::TooManyStages);
        assert_eq!(found[0].text, "the pipeline has 70 stages, and at most 64 are supported");
        assert_eq!(
            found[0].help,
            "let one handler do the work of several neighbours, or let a stage publish into a second pipeline"
        );
        assert_eq!(found[0].concerns, [Concern::Stage(stages[64])]);
    }

    #[test]
    fn two_stages_of_one_name() {
        let mut graph = Graph::new();
        let (first, second) = (graph.add_stage("a"), graph.add_stage("a"));
        graph.add_edge(first, second);
        let found = check(&graph);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].code, Code::DuplicateStage);
        assert_eq!(found[0].text, "the stage `a` is declared twice");
        assert_eq!(
            found[0].help,
            "give the second one a name of its own, or remove it: a stage may be written several times in \
             chains, but is declared once"
        );
        assert_eq!(found[0].concerns, vec![Concern::Stage(second), Concern::Stage(first)]);
    }
}
