//! Who waits on whom, who holds back the producer, and cycles.

use disruptor_topology::{Code, Concern, Finding, Plan, StageId, check};
use proptest::prelude::*;

use crate::{
    generated::{self, Model},
    oracle,
};

fn plan(model: &Model) -> (Plan, Vec<StageId>) {
    let (graph, stages) = model.graph();
    (check(&graph).expect("an acyclic graph without accesses"), stages)
}

/// The arrows that the barriers make.
fn barriers(plan: &Plan, stages: &[StageId]) -> Vec<(usize, usize)> {
    let of = |&stage: &StageId| plan.upstreams(stage).iter().map(move |up| (up.index(), stage.index()));
    stages.iter().flat_map(of).collect()
}

proptest! {
    #[test]
    fn barriers_imply_exactly_the_declared_order(model in generated::acyclic(12)) {
        let (plan, stages) = plan(&model);
        let declared = oracle::reach(model.n, &model.edges);
        prop_assert_eq!(&oracle::reach(model.n, &barriers(&plan, &stages)), &declared);
        for &a in &stages {
            for &b in &stages {
                prop_assert_eq!(plan.reaches(a, b), declared[a.index()][b.index()]);
                let concurrent = oracle::concurrent(&declared, a.index(), b.index());
                prop_assert_eq!(plan.concurrent(a, b), concurrent);
            }
        }
    }

    #[test]
    fn no_barrier_can_be_left_out(model in generated::acyclic(12)) {
        let (plan, stages) = plan(&model);
        let barriers = barriers(&plan, &stages);
        let declared = oracle::reach(model.n, &model.edges);
        for left_out in 0..barriers.len() {
            let mut fewer = barriers.clone();
            fewer.remove(left_out);
            prop_assert_ne!(&oracle::reach(model.n, &fewer), &declared);
        }
    }

    #[test]
    fn the_producer_waits_on_what_nothing_follows_and_the_first_wait_on_it(model in generated::acyclic(12)) {
        let (plan, stages) = plan(&model);
        let followed = |stage: StageId| model.edges.iter().any(|&(from, _)| from == stage.index());
        let follows = |stage: StageId| model.edges.iter().any(|&(_, to)| to == stage.index());
        let gates: Vec<_> = stages.iter().copied().filter(|&stage| !followed(stage)).collect();
        let first: Vec<_> = stages.iter().copied().filter(|&stage| !follows(stage)).collect();
        prop_assert_eq!(plan.gates(), gates);
        prop_assert_eq!(plan.first_stages(), first);
    }

    #[test]
    fn followers_are_upstreams_turned_round(model in generated::acyclic(12)) {
        let (plan, stages) = plan(&model);
        for &a in &stages {
            let followers: Vec<_> =
                stages.iter().copied().filter(|&b| plan.upstreams(b).contains(&a)).collect();
            prop_assert_eq!(plan.followers(a), followers);
            prop_assert!(plan.upstreams(a).is_sorted());
        }
    }

    #[test]
    fn the_order_takes_the_smallest_stage_that_is_ready(model in generated::acyclic(12)) {
        let (plan, stages) = plan(&model);
        let mut done: Vec<StageId> = Vec::new();
        while done.len() < model.n {
            let is_done = |index: usize| done.iter().any(|stage| stage.index() == index);
            let ready = |stage: usize| model.edges.iter().all(|&(from, to)| to != stage || is_done(from));
            let next = (0..model.n).find(|&stage| !is_done(stage) && ready(stage));
            done.push(stages[next.expect("a ready stage")]);
        }
        prop_assert_eq!(plan.order(), done);
    }

    #[test]
    fn cycles_are_found_where_they_are(model in generated::any(12)) {
        let (graph, _) = model.graph();
        let findings = check(&graph).err().unwrap_or_default();
        let arrows: Vec<_> = graph.edges().map(|(_, from, to)| (from.index(), to.index())).collect();
        let cycles: Vec<Vec<(usize, usize)>> =
            with(Code::Cycle, &findings).map(|finding| edges(finding, &arrows)).collect();

        for (cycle, finding) in cycles.iter().zip(with(Code::Cycle, &findings)) {
            // Each arrow begins where the one before it ends, the first where the last ends.
            let next = cycle.iter().cycle().skip(1);
            prop_assert!(cycle.len() > 1 && cycle.iter().zip(next).all(|(one, next)| one.1 == next.0));
            let mut met: Vec<_> = cycle.iter().map(|arrow| arrow.0).collect();
            // The arrow to remove is the first of the places, and the smallest stage that of the text.
            let smallest = (0..met.len()).min_by_key(|&at| met[at]).unwrap_or_default();
            met.rotate_left(smallest);
            let spelt: Vec<_> = met.iter().chain(&met[..1]).map(|stage| format!("s{stage}")).collect();
            prop_assert!(finding.text.contains(&format!("`{}`", spelt.join(" -> "))), "{}", finding.text);
            met.sort_unstable();
            met.dedup();
            prop_assert_eq!(met.len(), cycle.len());
        }
        for (index, cycle) in cycles.iter().enumerate() {
            let again = cycles[..index].iter().any(|other| {
                other.len() == cycle.len() && other.iter().all(|arrow| cycle.contains(arrow))
            });
            prop_assert!(!again, "{cycle:?} is reported twice");
        }
        // What waits on itself by way of another stage has a reported cycle in its component, and nothing else has.
        let plain: Vec<_> = model.edges.iter().copied().filter(|(from, to)| from != to).collect();
        let reach = oracle::reach(model.n, &plain);
        let circular = |a: usize, b: usize| reach[a][b] && reach[b][a];
        for stage in 0..model.n {
            let reported = cycles.iter().any(|cycle| circular(stage, cycle[0].0));
            prop_assert_eq!(reported, circular(stage, stage));
        }

        let mut loops: Vec<_> =
            with(Code::SelfLoop, &findings).flat_map(|finding| edges(finding, &arrows)).collect();
        let mut expected: Vec<_> = model.edges.iter().copied().filter(|(from, to)| from == to).collect();
        loops.sort_unstable();
        expected.sort_unstable();
        expected.dedup();
        prop_assert_eq!(loops, expected);
        prop_assert!(findings.iter().all(|finding| matches!(finding.code, Code::Cycle | Code::SelfLoop)));
    }
}

fn with(code: Code, findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(move |finding| finding.code == code)
}

/// The arrows that a finding concerns.
fn edges(finding: &Finding, arrows: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let arrow = |concern: &Concern| match concern {
        Concern::Edge(id) => arrows[id.index()],
        other => panic!("{other:?}"),
    };
    finding.concerns.iter().map(arrow).collect()
}
