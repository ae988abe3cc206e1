//! Drawings say the order that they were made from.

use std::collections::{BTreeMap, BTreeSet};

use disruptor_topology::{Drawing, Graph, check, parse};
use proptest::prelude::*;

use crate::{generated, parser::tree};

/// What each stage waits on, by name.
fn waits(graph: &Graph) -> BTreeMap<String, BTreeSet<String>> {
    let plan = check(graph).expect("no findings");
    let name = |stage| graph.name(stage).to_owned();
    let of = |stage| (name(stage), plan.upstreams(stage).iter().map(|&up| name(up)).collect());
    graph.stages().map(of).collect()
}

/// Draws the graph and reads the drawing.
fn read_back(graph: &Graph) -> Result<(), TestCaseError> {
    let plan = check(graph).expect("no findings");
    let drawing = Drawing::from_plan(graph, &plan);
    let chains = drawing.chains();
    let read = parse(&chains).map_err(|found| TestCaseError::fail(format!("{chains}: {found:?}")))?;
    prop_assert_eq!(waits(&read), waits(graph), "{}", chains);
    // No arrow is drawn that another implies.
    let arrows: BTreeSet<_> = read.edges().map(|(_, from, to)| (from, to)).collect();
    prop_assert_eq!(arrows.len(), waits(graph).values().map(BTreeSet::len).sum::<usize>(), "{}", chains);

    let text = drawing.text();
    let shape = text.lines().nth(1).expect("a shape").trim();
    let shape = shape.strip_prefix("producer -> ").map_or(shape.to_owned(), |line| format!("< {line} >"));
    prop_assert_eq!(shape, chains);
    Ok(())
}

proptest! {
    #[test]
    fn chains_are_read_as_the_order_that_was_drawn(model in generated::acyclic(12)) {
        read_back(&model.graph().0)?;
    }

    #[test]
    fn a_line_a_stage_says_what_it_waits_on(model in generated::acyclic(12)) {
        let (graph, stages) = model.graph();
        let plan = check(&graph).expect("no findings");
        let text = Drawing::from_plan(&graph, &plan).text();
        let lines: Vec<Vec<&str>> = text.lines().skip(2).map(|line| line.split_whitespace().collect()).collect();
        prop_assert_eq!(lines.len(), model.n);
        for &stage in &stages {
            let name = graph.name(stage);
            let line = lines.iter().position(|line| line[0] == name).expect("its line");
            let (waits, holds) = match &lines[line][..] {
                [_, "waits", "on", waits @ .., "holds", "back", "the", "producer"] => (waits, true),
                [_, "waits", "on", waits @ ..] => (waits, false),
                other => panic!("{other:?}"),
            };
            prop_assert_eq!(holds, plan.gates().contains(&stage));
            let words = |word: &&&str| !matches!(**word, "and" | "the");
            let waits: Vec<_> = waits.iter().filter(words).map(|word| word.trim_matches([',', ';'])).collect();
            let expected: Vec<_> = match plan.upstreams(stage) {
                [] => vec!["producer"],
                some => some.iter().map(|&up| graph.name(up)).collect(),
            };
            prop_assert_eq!(waits, expected);
            for &up in plan.upstreams(stage) {
                prop_assert!(lines[..line].iter().any(|line| line[0] == graph.name(up)), "layers go down");
            }
        }
    }

    #[test]
    fn flowcharts_have_an_arrow_for_every_wait(model in generated::acyclic(12)) {
        let (graph, stages) = model.graph();
        let plan = check(&graph).expect("no findings");
        let drawing = Drawing::from_plan(&graph, &plan);
        let (mermaid, dot) = (drawing.mermaid(), drawing.dot());
        let has = |drawn: &str, line: String| drawn.lines().filter(|drawn| drawn.trim() == line).count() == 1;
        let mut arrows = 0;
        for &to in &stages {
            let mut from: Vec<_> = plan.upstreams(to).iter().map(|from| format!("s{}", from.index())).collect();
            if from.is_empty() {
                from.push("producer".to_owned());
            }
            arrows += from.len();
            for from in from {
                let (in_mermaid, in_dot) =
                    (format!("{from} --> s{}", to.index()), format!("{from} -> s{};", to.index()));
                prop_assert!(has(&mermaid, in_mermaid));
                prop_assert!(has(&dot, in_dot));
            }
            let back = mermaid.contains(&format!("s{} -.->", to.index()));
            prop_assert_eq!(back, plan.gates().contains(&to));
        }
        prop_assert_eq!(mermaid.matches(" --> ").count(), arrows);
        prop_assert_eq!(dot.matches(" -> ").count(), arrows + plan.gates().len());
    }

    #[test]
    fn what_groups_and_arrows_can_say_is_drawn_as_one_chain(tree in tree(false)) {
        let graph = parse(&format!("< {tree} >")).expect("a chain");
        let plan = check(&graph).expect("no findings");
        let chains = Drawing::from_plan(&graph, &plan).chains();
        prop_assert_eq!(chains.matches('<').count(), 1, "{}", chains);
        read_back(&graph)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn large_orders_are_read_back_as_well(model in generated::acyclic(64)) {
        read_back(&model.graph().0)?;
    }
}
