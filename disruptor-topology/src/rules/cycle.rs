//! Stages that would wait on themselves.

use std::collections::VecDeque;

use crate::{
    bits::Relation,
    finding::{Code, Concern, Finding},
    graph::{EdgeId, Graph, StageId},
    table::Table,
};

/// Every `a -> a`, once for each stage.
pub(crate) fn self_loops(graph: &Graph) -> Vec<Finding> {
    let mut seen = Table::default();
    let loops = graph.edges().filter(|&(_, from, to)| from == to && seen.insert(from, ()));
    loops.map(|(edge, stage, _)| self_loop(graph.name(stage), edge)).collect()
}

fn self_loop(name: &str, edge: EdgeId) -> Finding {
    let text = format!("the stage `{name}` waits on itself: `{name} -> {name}`");
    let help = "remove the arrow; if two stages are meant, give one of them another name";
    Finding::error(Code::SelfLoop, text, help, [Concern::Edge(edge)])
}

/// The cycles: for every edge that closes one, the shortest, and each cycle once.
///
/// A depth-first search in the order of ids meets an edge back to a stage on its own path exactly if there is a
/// cycle (Tarjan, "Depth-First Search and Linear Graph Algorithms", 1972), and does so in every strongly connected
/// component. A breadth-first search then gives the shortest way that the edge closes.
pub(crate) fn cycles(graph: &Graph, direct: &Relation) -> Vec<Finding> {
    let mut edges = Table::default();
    for (edge, from, to) in graph.edges() {
        edges.insert((from, to), edge);
    }
    let mut seen = Vec::new();
    let mut findings = Vec::new();
    for (last, first) in back_edges(direct) {
        let mut path = shortest(direct, first, last);
        // The same cycle may be met from any of its stages: it is spelt from the one with the smallest id.
        let smallest = (0..path.len()).min_by_key(|&at| path[at]).unwrap_or_default();
        path.rotate_left(smallest);
        if !seen.contains(&path) {
            seen.push(path.clone());
            let stages: Vec<_> = path.into_iter().map(StageId).collect();
            findings.push(cycle(graph, &edges, &stages));
        }
    }
    findings
}

fn cycle(graph: &Graph, edges: &Table<(StageId, StageId), EdgeId>, stages: &[StageId]) -> Finding {
    let next = stages.iter().cycle().skip(1);
    let arrows: Vec<_> = stages.iter().zip(next).map(|(&from, &to)| (from, to)).collect();
    let mut spelt = graph.name(stages[0]).to_owned();
    for &(_, to) in &arrows {
        spelt += " -> ";
        spelt += graph.name(to);
    }
    let text = format!("these stages wait on each other in a circle: `{spelt}`");
    // The arrow that was written last is the likeliest to be the wrong one, and the place to underline.
    let wrong = (0..arrows.len()).max_by_key(|&at| edges.get(&arrows[at])).unwrap_or_default();
    let (from, to) = arrows[wrong];
    let help = format!(
        "remove one of these arrows, for example `{} -> {}`: every stage would wait for another to go first",
        graph.name(from),
        graph.name(to)
    );
    let others = arrows[wrong..].iter().chain(&arrows[..wrong]);
    let concerns = others.filter_map(|arrow| edges.get(arrow)).map(|&edge| Concern::Edge(edge));
    Finding::error(Code::Cycle, text, help, concerns)
}

/// The edges that lead back to a stage on the path of a depth-first search.
fn back_edges(direct: &Relation) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        OnPath,
        Done,
    }
    let mut marks = vec![Mark::New; direct.len()];
    let mut back = Vec::new();
    for root in 0..direct.len() {
        if marks[root] != Mark::New {
            continue;
        }
        marks[root] = Mark::OnPath;
        let mut path = vec![(root, direct.row(root))];
        while let Some((stage, left)) = path.last_mut() {
            let from = *stage;
            let Some(to) = left.iter().next() else {
                marks[from] = Mark::Done;
                path.pop();
                continue;
            };
            left.remove(to);
            match marks[to] {
                Mark::New => {
                    marks[to] = Mark::OnPath;
                    path.push((to, direct.row(to)));
                }
                Mark::OnPath => back.push((from, to)),
                Mark::Done => {}
            }
        }
    }
    back
}

/// A shortest path, both ends included; the smallest ids where there are several.
fn shortest(direct: &Relation, from: usize, to: usize) -> Vec<usize> {
    let mut before: Vec<Option<usize>> = vec![None; direct.len()];
    let mut queue = VecDeque::from([from]);
    while let Some(stage) = queue.pop_front() {
        for next in direct.row(stage).iter() {
            if next != from && before[next].is_none() {
                before[next] = Some(stage);
                queue.push_back(next);
            }
        }
    }
    let mut path: Vec<_> = std::iter::successors(Some(to), |&stage| before[stage]).collect();
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    fn found(body: &str) -> Vec<Finding> {
        let graph = parse(body).expect(body);
        let pairs = graph.edges().map(|(_, from, to)| (from.index(), to.index()));
        cycles(&graph, &Relation::new(graph.len(), pairs))
    }

    fn spelt(body: &str) -> Vec<String> {
        found(body).into_iter().map(|finding| finding.text.split('`').nth(1).unwrap().to_owned()).collect()
    }

    #[test]
    fn a_cycle_is_spelt_with_its_edges() {
        let found = found("< x -> a -> b -> c -> a > < c -> y >");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text, "these stages wait on each other in a circle: `a -> b -> c -> a`");
        assert_eq!(
            found[0].help,
            "remove one of these arrows, for example `c -> a`: every stage would wait for another to go first"
        );
        assert_eq!(found[0].concerns, [3, 1, 2].map(|edge| Concern::Edge(EdgeId(edge))));
    }

    #[test]
    fn the_shortest_way_round_is_taken() {
        assert_eq!(spelt("< a -> b -> c -> d -> a > < b -> d >"), ["a -> b -> d -> a"]);
    }

    #[test]
    fn a_cycle_that_two_edges_close_is_reported_once() {
        // Both `d -> a` and `g -> d` lead back on the search's path, and are closed the shortest way by each other.
        let body = "< a -> b -> c -> d -> e -> f -> g > < a -> g -> d -> a >";
        assert_eq!(spelt(body), ["a -> g -> d -> a"]);
        assert_eq!(spelt("< a -> b -> a -> b -> a >"), ["a -> b -> a"]);
    }

    #[test]
    fn a_cycle_is_spelt_from_its_smallest_id_wherever_it_is_entered() {
        assert_eq!(spelt("< r > < a -> b -> c -> a > < r -> b >"), ["a -> b -> c -> a"]);
    }

    #[test]
    fn cycles_that_share_a_stage_are_both_reported() {
        assert_eq!(spelt("< a -> b -> a > < a -> c -> a >"), ["a -> b -> a", "a -> c -> a"]);
    }

    #[test]
    fn cycles_apart_are_both_reported() {
        assert_eq!(spelt("< d -> c -> d > < b -> a -> b >"), ["d -> c -> d", "b -> a -> b"]);
    }

    #[test]
    fn an_acyclic_graph_has_none() {
        assert_eq!(spelt("< a -> (b, c) -> d > < a -> d >"), [""; 0]);
    }

    #[test]
    fn a_self_loop_is_reported_once_a_stage() {
        let graph = parse("< a -> a -> a > < b -> b >").unwrap();
        let found = self_loops(&graph);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].text, "the stage `a` waits on itself: `a -> a`");
        assert_eq!(found[0].help, "remove the arrow; if two stages are meant, give one of them another name");
        assert_eq!(found[0].concerns, [Concern::Edge(EdgeId(0))]);
        assert_eq!(found[1].text, "the stage `b` waits on itself: `b -> b`");
    }
}
