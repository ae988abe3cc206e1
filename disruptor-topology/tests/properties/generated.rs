//! Generated graphs.

use disruptor_topology::{Access, Graph, Mode, StageId, Target};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::oracle::Entry;

/// Stages by number, arrows as they are declared, and an access list for each stage.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) n: usize,
    pub(crate) edges: Vec<(usize, usize)>,
    pub(crate) lists: Vec<Vec<Entry>>,
}

impl Model {
    /// The same as a graph. Stages are called `s0`, `s1` and so on, and all of them stand in a chain.
    pub(crate) fn graph(&self) -> (Graph, Vec<StageId>) {
        let mut graph = Graph::new();
        let stages: Vec<_> = (0..self.n).map(|index| graph.add_stage(format!("s{index}"))).collect();
        stages.iter().for_each(|&stage| graph.place(stage));
        for &(from, to) in &self.edges {
            graph.add_edge(stages[from], stages[to]);
        }
        for (&stage, list) in stages.iter().zip(&self.lists) {
            for entry in list {
                let target = match entry.what {
                    '*' => Target::Event,
                    '[' => Target::Batch,
                    letter => Target::Field(letter.to_string()),
                };
                graph.add_access(
                    stage,
                    Access { target, mode: if entry.writes { Mode::Write } else { Mode::Read } },
                );
            }
        }
        (graph, stages)
    }
}

/// Acyclic graphs of `1..=most` stages, from hardly any arrows to nearly all that there can be, numbered at random.
pub(crate) fn acyclic(most: usize) -> impl Strategy<Value = Model> {
    (1..=most, 0.02..0.95_f64).prop_flat_map(|(n, density)| {
        let numbers = Just((0..n).collect::<Vec<_>>()).prop_shuffle();
        let drawn = vec(proptest::bool::weighted(density), n * (n - 1) / 2);
        (numbers, drawn).prop_map(move |(numbers, drawn)| {
            let pairs = (0..n).flat_map(|from| (from + 1..n).map(move |to| (from, to)));
            let edges = pairs.zip(drawn).filter(|&(_, drawn)| drawn);
            let edges = edges.map(|((from, to), _)| (numbers[from], numbers[to])).collect();
            Model { n, edges, lists: vec![Vec::new(); n] }
        })
    })
}

/// Any graphs of `1..=most` stages: with cycles or without, with `a -> a`, with repeated arrows.
pub(crate) fn any(most: usize) -> impl Strategy<Value = Model> {
    (1..=most).prop_flat_map(|n| {
        let edges = vec((0..n, 0..n), 0..=2 * n);
        edges.prop_map(move |edges| Model { n, edges, lists: vec![Vec::new(); n] })
    })
}

/// The same graphs with access lists; some of the entries write, if `writing`.
pub(crate) fn with_lists(
    models: impl Strategy<Value = Model>,
    writing: bool,
) -> impl Strategy<Value = Model> {
    let entry = (select(vec!['a', 'b', 'c', 'd', 'e', 'f', '*', '[']), proptest::bool::weighted(0.3));
    let entry = entry.prop_map(move |(what, writes)| Entry { what, writes: writes && writing });
    models.prop_flat_map(move |model| {
        let lists = vec(vec(entry.clone(), 0..3), model.n);
        lists.prop_map(move |lists| Model { lists, ..model.clone() })
    })
}
