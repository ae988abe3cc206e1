//! All rules, one after the other.

use crate::{
    bits::Relation,
    finding::Finding,
    graph::Graph,
    plan::{self, Plan},
    rules::{conflict, cycle, input, presence},
};

/// The most stages that a topology may have: one bit each in a machine word.
pub const MAX_STAGES: usize = 64;

/// Checks everything about the graph and works out its [`Plan`].
///
/// The same graph gives the same findings in the same order. A mistake does not hide another, with two
/// exceptions, where the second would only be an echo of the first: conflicts are looked for between stages that
/// stand in a chain, and cycles and conflicts between stages only up to [`MAX_STAGES`].
///
/// # Errors
/// Every finding, if there is any.
pub fn check(graph: &Graph) -> Result<Plan, Vec<Finding>> {
    let mut findings = presence::check(graph);
    findings.extend(cycle::self_loops(graph));
    let mut plan = None;
    if graph.len() <= MAX_STAGES {
        let mut direct = Relation::empty(graph.len());
        for (_, from, to) in graph.edges() {
            if from != to {
                direct.insert(from.index(), to.index());
            }
        }
        let reach = direct.closure();
        findings.extend(cycle::cycles(graph, &direct));
        findings.extend(conflict::within(graph));
        findings.extend(conflict::between(graph, &plan::concurrent(&reach)));
        findings.extend(input::check(graph, &reach));
        plan = Plan::new(graph, &direct, reach);
    } else {
        findings.extend(conflict::within(graph));
    }
    match plan {
        Some(plan) if findings.is_empty() => Ok(plan),
        _ => Err(findings),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::{Access, Target},
        finding::Code,
        parse,
    };

    fn codes(graph: &Graph) -> Vec<Code> {
        check(graph).expect_err("findings").iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn one_mistake_does_not_hide_another() {
        let mut graph = parse("< a -> b -> a > < c -> c > < (d, e) >").unwrap();
        graph.add_stage("idle");
        for name in ["d", "e"] {
            let stage = graph.stage_named(name).unwrap();
            graph.add_access(stage, Access::write(Target::Event));
            graph.add_access(stage, Access::read(Target::Field("x".into())));
        }
        let expected = [
            Code::Unreachable,
            Code::SelfLoop,
            Code::Cycle,
            Code::SelfConflict,
            Code::SelfConflict,
            Code::Conflict,
        ];
        assert_eq!(codes(&graph), expected);
    }

    #[test]
    fn sixty_four_stages_fit_and_one_more_does_not() {
        let mut graph = Graph::new();
        let mut last = graph.add_stage("s0");
        for index in 1..MAX_STAGES {
            let next = graph.add_stage(format!("s{index}"));
            graph.add_edge(last, next);
            last = next;
        }
        let plan = check(&graph).expect("64 stages");
        assert_eq!(plan.gates(), [last]);
        assert_eq!(plan.order().len(), MAX_STAGES);

        let idle = graph.add_stage("s64");
        graph.add_edge(last, idle);
        graph.add_edge(idle, idle);
        graph.add_access(idle, Access::write(Target::Event));
        graph.add_access(idle, Access::read(Target::Event));
        assert_eq!(codes(&graph), [Code::TooManyStages, Code::SelfLoop, Code::SelfConflict]);
    }
}
