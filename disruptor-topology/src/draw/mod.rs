//! Drawings of a topology: as text, for Mermaid and for Graphviz.

mod dot;
mod flow;
mod mermaid;
mod shape;
mod text;

use std::borrow::Cow;

use crate::{
    blueprint::{Producers, Topology},
    graph::Graph,
    plan::Plan,
};

/// What every drawing is made from: a view of a [`Topology`], or of a [`Graph`] with its [`Plan`].
///
/// ```
/// use disruptor_topology::{Drawing, check, parse};
///
/// let graph = parse("< journal -> (replicate, unmarshal) -> business >").unwrap();
/// let plan = check(&graph).unwrap();
/// let expected = "\
/// 4 stages
///   producer -> journal -> (replicate, unmarshal) -> business
///   journal      waits on the producer
///   replicate    waits on journal
///   unmarshal    waits on journal
///   business     waits on replicate and unmarshal; holds back the producer";
/// assert_eq!(Drawing::from_plan(&graph, &plan).text(), expected);
/// ```
#[derive(Clone, Debug)]
pub struct Drawing<'a> {
    pipeline: Option<Pipeline<'a>>,
    rows: Vec<Row<'a>>,
}

/// What there is to say about the pipeline as a whole.
#[derive(Clone, Copy, Debug)]
struct Pipeline<'a> {
    name: &'a str,
    ring: usize,
    producers: Producers,
}

/// A stage.
#[derive(Clone, Debug)]
struct Row<'a> {
    name: Cow<'a, str>,
    /// The rows that it waits on, sorted; none for the producer.
    after: Vec<usize>,
    gates: bool,
    access: Vec<Cow<'a, str>>,
    workers: usize,
}

impl<'a> Drawing<'a> {
    /// A drawing of the stages; see [`of_pipeline`](Self::of_pipeline) for a title.
    ///
    /// # Panics
    /// If the plan is not that of the graph.
    #[must_use]
    pub fn from_plan(graph: &'a Graph, plan: &Plan) -> Self {
        let row = |stage| Row {
            name: plain(graph.name(stage)),
            after: plan.upstreams(stage).iter().map(|upstream| upstream.index()).collect(),
            gates: plan.gates().contains(&stage),
            access: graph.accesses(stage).map(|(_, access)| Cow::Owned(access.to_string())).collect(),
            workers: graph.workers(stage),
        };
        Self { pipeline: None, rows: graph.stages().map(row).collect() }
    }

    /// The same drawing with a title: the pipeline's name, the size of its ring in events, and its producers.
    #[must_use]
    pub fn of_pipeline(self, name: &'a str, ring: usize, producers: Producers) -> Self {
        Self { pipeline: Some(Pipeline { name, ring, producers }), ..self }
    }

    /// The drawing for people at a terminal: the shape in a line; then, in layers by the longest path from the
    /// producer, a line a stage that says what it waits on and whether it holds back the producer.
    ///
    /// The shape is one arrow line after the producer if groups and arrows are enough for it, and otherwise
    /// [`chains`](Self::chains).
    #[must_use]
    pub fn text(&self) -> String {
        text::write(self)
    }

    /// A Mermaid flowchart.
    #[must_use]
    pub fn mermaid(&self) -> String {
        flow::write(self, mermaid::Mermaid::default())
    }

    /// A directed graph in Graphviz' language, DOT.
    #[must_use]
    pub fn dot(&self) -> String {
        flow::write(self, dot::Dot::default())
    }

    /// An arrow body that says this order, as in `< (a, b) -> d > < b -> e >`.
    ///
    /// If all names are identifiers, [`parse`](crate::parse()) reads it as a graph with exactly these upstreams.
    #[must_use]
    pub fn chains(&self) -> String {
        let chains = shape::chains(&self.rows);
        chains.iter().map(|chain| format!("< {chain} >")).collect::<Vec<_>>().join(" ")
    }
}

impl<'a> From<&'a Topology> for Drawing<'a> {
    /// Indices outside of [`Topology::stages`] are left out.
    fn from(topology: &'a Topology) -> Self {
        let known = |index: &usize| *index < topology.stages.len();
        let rows = topology.stages.iter().map(|stage| {
            let mut after: Vec<_> = stage.after.iter().copied().filter(known).collect();
            after.sort_unstable();
            after.dedup();
            let access = stage.access.iter().map(|access| plain(access)).collect();
            Row { name: plain(stage.name), after, gates: stage.gates, access, workers: stage.workers }
        });
        Self { pipeline: None, rows: rows.collect() }.of_pipeline(
            topology.name,
            topology.ring,
            topology.producers,
        )
    }
}

impl Row<'_> {
    /// The stage as it stands in a chain: `risk`, or `[work; 4]`.
    fn unit(&self) -> String {
        if self.workers == 1 { self.name.to_string() } else { format!("[{}; {}]", self.name, self.workers) }
    }
}

impl Pipeline<'_> {
    /// `single producer`, or what else there is.
    fn producers(&self) -> &'static str {
        match self.producers {
            Producers::Single => "single producer",
            Producers::Multi => "several producers",
        }
    }
}

/// The text with control characters escaped, so that it stays on its line.
fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(escape).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::{Access, Target},
        blueprint::StageRow,
        check, parse,
    };

    /// The pipeline of the tests of every drawing.
    pub(super) const ORDERS: Topology = Topology {
        name: "orders",
        ring: 1 << 16,
        producers: Producers::Multi,
        stages: &[
            StageRow {
                name: "unmarshal",
                after: &[],
                gates: false,
                access: &["&raw", "&mut order"],
                workers: 1,
            },
            StageRow { name: "business", after: &[0, 2], gates: true, access: &[], workers: 1 },
            StageRow { name: "journal", after: &[], gates: false, access: &[], workers: 1 },
        ],
    };

    #[test]
    fn a_plan_and_its_blueprint_draw_the_same() {
        let mut graph = parse("< (unmarshal, journal) -> business >").unwrap();
        let unmarshal = graph.stage_named("unmarshal").unwrap();
        graph.add_access(unmarshal, Access::read(Target::Field("raw".into())));
        graph.add_access(unmarshal, Access::write(Target::Field("order".into())));
        let plan = check(&graph).unwrap();
        let drawing = Drawing::from_plan(&graph, &plan).of_pipeline("orders", 1 << 16, Producers::Multi);
        // The two number their stages differently, which the flowcharts show and the text does not.
        assert_eq!(drawing.text(), ORDERS.to_text());
    }

    #[test]
    fn a_graph_is_drawn_with_its_workers() {
        let graph = parse("< a -> [work; 4] >").unwrap();
        let plan = check(&graph).unwrap();
        let drawing = Drawing::from_plan(&graph, &plan);
        assert_eq!(drawing.chains(), "< a -> [work; 4] >");
        assert!(drawing.text().contains("[work; 4]    waits on a"), "{}", drawing.text());
    }

    #[test]
    fn a_blueprint_is_displayed_as_text() {
        assert_eq!(ORDERS.to_string(), ORDERS.to_text());
    }

    #[test]
    fn a_broken_blueprint_is_drawn_as_far_as_it_goes() {
        const BROKEN: Topology = Topology {
            stages: &[
                StageRow { name: "a\nb", after: &[1, 9, 1], gates: false, access: &[], workers: 1 },
                StageRow { name: "c", after: &[0], gates: false, access: &[], workers: 1 },
            ],
            ..ORDERS
        };
        let drawing = Drawing::from(&BROKEN);
        assert_eq!(drawing.chains(), r"< c -> a\nb -> c >");
        assert!(drawing.text().contains(r"a\nb    waits on c"));
    }
}
