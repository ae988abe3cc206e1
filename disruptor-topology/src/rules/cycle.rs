//! Stages that would wait on themselves.

use crate::{
    bits::{Bits, Relation},
    finding::{Code, Concern, Finding},
    graph::{EdgeId, Graph, StageId},
};

/// Every `a -> a`, once for each stage.
pub(crate) fn self_loops(graph: &Graph) -> Vec<Finding> {
    let mut seen = Vec::new();
    let mut findings = Vec::new();
    for (edge, from, to) in graph.edges() {
        if from == to && !seen.contains(&from) {
            seen.push(from);
            findings.push(self_loop(graph.name(from), edge));
        }
    }
    findings
}

fn self_loop(name: &str, edge: EdgeId) -> Finding {
    let text = format!("the stage `{name}` waits on itself: `{name} -> {name}`");
    let help = "remove the arrow; if two stages are meant, give one of them another name";
    Finding::error(Code::SelfLoop, text, help, vec![Concern::Edge(edge)])
}

/// The cycles: for every edge that closes one, the shortest, and each cycle once.
///
/// A depth-first search in the order of ids meets an edge back to a stage on its own path exactly if there is a
/// cycle (Tarjan, "Depth-First Search and Linear Graph Algorithms", 1972), and does so in every strongly connected
/// component. A breadth-first search then gives the shortest way that the edge closes.
pub(crate) fn cycles(graph: &Graph, direct: &Relation) -> Vec<Finding> {
    let mut seen = Vec::new();
    let mut findings = Vec::new();
    for (last, first) in back_edges(direct) {
        let path = from_smallest(&shortest(direct, first, last));
        if !seen.contains(&path) {
            findings.push(cycle(graph, &path));
            seen.push(path);
        }
    }
    findings
}

/// The same cycle may be met from any of its stages: it is spelt from the one with the smallest id.
fn from_smallest(path: &[usize]) -> Vec<usize> {
    let mut smallest = 0;
    for at in 1..path.len() {
        if path[at] < path[smallest] {
            smallest = at;
        }
    }
    let mut turned = path[smallest..].to_vec();
    turned.extend_from_slice(&path[..smallest]);
    turned
}

fn cycle(graph: &Graph, stages: &[usize]) -> Finding {
    let mut spelt = graph.name(StageId(stages[0])).to_owned();
    let mut arrows = Vec::new();
    for (at, &from) in stages.iter().enumerate() {
        let (from, to) = (StageId(from), StageId(stages[(at + 1) % stages.len()]));
        spelt += " -> ";
        spelt += graph.name(to);
        arrows.push((edge(graph, from, to), from, to));
    }
    let text = format!("these stages wait on each other in a circle: `{spelt}`");
    // The arrow that was written last is the likeliest to be the wrong one, and the place to underline.
    let mut wrong = 0;
    for at in 1..arrows.len() {
        if arrows[at].0 > arrows[wrong].0 {
            wrong = at;
        }
    }
    let (_, from, to) = arrows[wrong];
    let help = format!(
        "remove one of these arrows, for example `{} -> {}`: every stage would wait for another to go first",
        graph.name(from),
        graph.name(to)
    );
    let mut concerns = Vec::new();
    for at in 0..arrows.len() {
        if let (Some(edge), ..) = arrows[(wrong + at) % arrows.len()] {
            concerns.push(Concern::Edge(edge));
        }
    }
    Finding::error(Code::Cycle, text, help, concerns)
}

/// The first edge that is written between two stages.
fn edge(graph: &Graph, from: StageId, to: StageId) -> Option<EdgeId> {
    for (edge, start, end) in graph.edges() {
        if (start, end) == (from, to) {
            return Some(edge);
        }
    }
    None
}

/// The edges that lead back to a stage on the path of a depth-first search.
fn back_edges(direct: &Relation) -> Vec<(usize, usize)> {
    let (mut on_path, mut done) = (Bits::default(), Bits::default());
    let mut back = Vec::new();
    for root in 0..direct.len() {
        if done.has(root) {
            continue;
        }
        on_path.insert(root);
        let mut path = vec![(root, direct.row(root))];
        while let Some((stage, left)) = path.last_mut() {
            let from = *stage;
            let Some(to) = left.iter().next() else {
                on_path.remove(from);
                done.insert(from);
                path.pop();
                continue;
            };
            left.remove(to);
            if on_path.has(to) {
                back.push((from, to));
            } else if !done.has(to) {
                on_path.insert(to);
                path.push((to, direct.row(to)));
            }
        }
    }
    back
}

/// A shortest path, both ends included; the smallest ids where there are several.
fn shortest(direct: &Relation, from: usize, to: usize) -> Vec<usize> {
    let mut before: Vec<Option<usize>> = vec![None; direct.len()];
    let mut met = vec![from];
    let mut at = 0;
    while at < met.len() {
        let stage = met[at];
        at += 1;
        for next in direct.row(stage).iter() {
            if next != from && before[next].is_none() {
                before[next] = Some(stage);
                met.push(next);
            }
        }
    }
    let mut path = vec![to];
    let mut stage = to;
    while let Some(earlier) = before[stage] {
        path.push(earlier);
        stage = earlier;
    }
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
