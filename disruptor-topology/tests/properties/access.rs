//! Conflicts, and whose references overlap.

use std::collections::BTreeSet;

use disruptor_topology::{Code, Concern, Finding, check};
use proptest::prelude::*;

use crate::{
    generated::{self, Model},
    oracle::{self, Entry},
};

/// Two stages and what they are in each other's way about; twice the same stage for a stage's own list.
type Clash = (usize, usize, char);

/// For each access, in the order of ids: its stage, and the entry.
fn entries(model: &Model) -> Vec<(usize, Entry)> {
    let of = |(stage, list): (usize, &Vec<Entry>)| {
        list.iter().map(move |&entry| (stage, entry)).collect::<Vec<_>>()
    };
    model.lists.iter().enumerate().flat_map(of).collect()
}

/// All that there is, by trying every entry with every other.
fn expected(model: &Model, reach: &oracle::Matrix) -> BTreeSet<Clash> {
    let entries = entries(model);
    let mut clashes = BTreeSet::new();
    for (at, &(a, one)) in entries.iter().enumerate() {
        for &(b, other) in &entries[at + 1..] {
            if a == b || oracle::concurrent(reach, a, b) {
                clashes.extend(one.clash(other).map(|subject| (a, b, subject)));
            }
        }
    }
    clashes
}

/// What a finding is about, by its concerns.
fn found(finding: &Finding, entries: &[(usize, Entry)]) -> Clash {
    let concerned = finding.concerns.iter().map(|concern| match concern {
        Concern::Access(id) => entries[id.index()],
        other => panic!("{other:?}"),
    });
    let concerned: Vec<_> = concerned.collect();
    let stages: BTreeSet<_> = concerned.iter().map(|(stage, _)| *stage).collect();
    let (a, b) = (*stages.first().expect("a stage"), *stages.last().expect("a stage"));
    assert_eq!(stages.len(), if finding.code == Code::Conflict { 2 } else { 1 });
    let whole = concerned.iter().any(|(_, entry)| entry.is_whole());
    (a, b, if whole { '*' } else { concerned[0].1.what })
}

proptest! {
    #[test]
    fn conflicts_are_found_where_they_are(
        model in prop_oneof![
            generated::with_lists(generated::acyclic(12), true),
            generated::with_lists(generated::any(12), true),
        ],
    ) {
        let (graph, _) = model.graph();
        let entries = entries(&model);
        let findings = check(&graph).err().unwrap_or_default();
        let conflicts: Vec<_> = findings
            .iter()
            .filter(|finding| matches!(finding.code, Code::Conflict | Code::SelfConflict))
            .collect();
        let found: Vec<_> = conflicts.iter().map(|finding| found(finding, &entries)).collect();
        let once: BTreeSet<_> = found.iter().copied().collect();
        prop_assert_eq!(once.len(), found.len(), "a conflict is reported twice");
        prop_assert_eq!(once, expected(&model, &oracle::reach(model.n, &model.edges)));
        for (finding, (a, b, _)) in conflicts.iter().zip(found) {
            for stage in [a, b] {
                prop_assert!(finding.text.contains(&format!("`s{stage}`")), "{}", finding.text);
            }
        }
    }

    #[test]
    fn findings_are_the_same_every_time(model in generated::with_lists(generated::any(12), true)) {
        prop_assert_eq!(check(&model.graph().0).err(), check(&model.graph().0).err());
    }

    #[test]
    fn references_overlap_where_readers_do(model in generated::with_lists(generated::acyclic(12), false)) {
        let (graph, stages) = model.graph();
        let plan = check(&graph).expect("readers only");
        let reach = oracle::reach(model.n, &model.edges);
        for (index, &stage) in stages.iter().enumerate() {
            let beside = || (0..model.n).filter(|&other| oracle::concurrent(&reach, index, other));
            let whole = |stage: usize| model.lists[stage].iter().any(|entry| entry.is_whole());
            let event = whole(index) && beside().any(|other| !model.lists[other].is_empty());
            prop_assert_eq!(plan.event_shared(stage), event);
            for field in 'a'..='g' {
                let lists = |stage: usize| model.lists[stage].iter().any(|entry| entry.what == field);
                let shared = lists(index) && beside().any(|other| lists(other) || whole(other));
                prop_assert_eq!(plan.field_shared(stage, &field.to_string()), shared);
            }
        }
    }
}
