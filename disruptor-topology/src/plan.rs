//! The answers about a topology whose checks are passed: who waits on whom, who holds back the producer,
//! and whose references overlap.

use crate::{
    access::Target,
    bits::{Bits, Relation},
    graph::{Graph, StageId},
};

/// What follows from a [`Graph`] without findings; made by [`check`](crate::check()).
///
/// Every method that takes a stage panics if the stage comes from a larger graph.
#[derive(Clone, Debug)]
pub struct Plan {
    order: Vec<StageId>,
    upstreams: Vec<Vec<StageId>>,
    followers: Vec<Vec<StageId>>,
    first_stages: Vec<StageId>,
    gates: Vec<StageId>,
    reach: Relation,
    concurrent: Relation,
    readers: Readers,
}

impl Plan {
    /// The plan of a graph of at most 64 stages; `None` if it has a cycle.
    pub(crate) fn new(graph: &Graph, direct: &Relation, reach: Relation) -> Option<Self> {
        let mut order = Vec::new();
        for stage in direct.topological()? {
            order.push(StageId(stage));
        }
        let reduced = direct.reduction();
        let (followers, upstreams) = (lists(&reduced), lists(&reduced.reversed()));
        Some(Self {
            order,
            first_stages: empty(&upstreams),
            gates: empty(&followers),
            upstreams,
            followers,
            concurrent: concurrent(&reach),
            reach,
            readers: Readers::of(graph),
        })
    }

    /// All stages, each after those that it waits on; the one with the smallest id first where there is a choice.
    #[must_use]
    pub fn order(&self) -> &[StageId] {
        &self.order
    }

    /// The stages that this one waits on: as few as imply the declared order, sorted by id.
    ///
    /// There are none for a first stage, which waits on the producer.
    #[must_use]
    pub fn upstreams(&self, stage: StageId) -> &[StageId] {
        &self.upstreams[stage.0]
    }

    /// The stages that have this one among their [`upstreams`](Self::upstreams), sorted by id.
    #[must_use]
    pub fn followers(&self, stage: StageId) -> &[StageId] {
        &self.followers[stage.0]
    }

    /// The stages that wait on the producer, sorted by id.
    #[must_use]
    pub fn first_stages(&self) -> &[StageId] {
        &self.first_stages
    }

    /// The stages that nothing follows, sorted by id: exactly these hold back the producer.
    #[must_use]
    pub fn gates(&self) -> &[StageId] {
        &self.gates
    }

    /// Whether `a` has always finished an event before `b` gets it.
    #[must_use]
    pub fn reaches(&self, a: StageId, b: StageId) -> bool {
        self.reach.has(a.0, b.0)
    }

    /// Whether two different stages may handle one event at the same time.
    #[must_use]
    pub fn concurrent(&self, a: StageId, b: StageId) -> bool {
        self.concurrent.has(a.0, b.0)
    }

    /// Whether the stage reads the whole event (or batch) while another may read any part of it: then the event
    /// must be `Sync`.
    #[must_use]
    pub fn event_shared(&self, stage: StageId) -> bool {
        self.readers.whole.has(stage.0) && self.meets(stage, self.readers.any)
    }

    /// Whether the stage's list has this field to read, while another stage may read it as well, by itself or as
    /// part of the whole event: then the field's type must be `Sync`.
    #[must_use]
    pub fn field_shared(&self, stage: StageId, field: &str) -> bool {
        let readers = self.readers.of_field(field);
        readers.has(stage.0) && self.meets(stage, readers | self.readers.whole)
    }

    /// Whether a stage that may run beside this one is in the set.
    fn meets(&self, stage: StageId, set: Bits) -> bool {
        !(self.concurrent.row(stage.0) & set).is_empty()
    }
}

/// Which pairs may run at the same time: those that differ and of which neither reaches the other.
pub(crate) fn concurrent(reach: &Relation) -> Relation {
    let mut concurrent = Relation::empty(reach.len());
    for a in 0..reach.len() {
        for b in 0..reach.len() {
            if a != b && !reach.has(a, b) && !reach.has(b, a) {
                concurrent.insert(a, b);
            }
        }
    }
    concurrent
}

/// For each stage, those that it is related to.
fn lists(relation: &Relation) -> Vec<Vec<StageId>> {
    let mut lists = Vec::new();
    for stage in 0..relation.len() {
        let mut list = Vec::new();
        for other in relation.row(stage).iter() {
            list.push(StageId(other));
        }
        lists.push(list);
    }
    lists
}

/// The stages with an empty list.
fn empty(lists: &[Vec<StageId>]) -> Vec<StageId> {
    let mut stages = Vec::new();
    for (stage, list) in lists.iter().enumerate() {
        if list.is_empty() {
            stages.push(StageId(stage));
        }
    }
    stages
}

/// Which stages read what.
#[derive(Clone, Debug, Default)]
struct Readers {
    /// The whole event, or whole events of a batch.
    whole: Bits,
    /// A field, by name; each is there once.
    fields: Vec<(String, Bits)>,
    /// Anything.
    any: Bits,
}

impl Readers {
    fn of(graph: &Graph) -> Self {
        let mut readers = Self::default();
        for stage in graph.stages() {
            for (_, access) in graph.accesses(stage) {
                if access.writes() {
                    continue;
                }
                readers.any.insert(stage.0);
                match &access.target {
                    Target::Field(name) => readers.add(name, stage),
                    Target::Event | Target::Batch => readers.whole.insert(stage.0),
                }
            }
        }
        readers
    }

    fn add(&mut self, field: &str, stage: StageId) {
        for (known, readers) in &mut self.fields {
            if known == field {
                readers.insert(stage.0);
                return;
            }
        }
        let mut readers = Bits::default();
        readers.insert(stage.0);
        self.fields.push((field.to_owned(), readers));
    }

    fn of_field(&self, field: &str) -> Bits {
        for (known, readers) in &self.fields {
            if known == field {
                return *readers;
            }
        }
        Bits::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{access::Access, check, parse};

    fn plan(body: &str, accesses: &[(&str, Access)]) -> (Graph, Plan) {
        let mut graph = parse(body).expect(body);
        for (stage, access) in accesses {
            let stage = graph.stage_named(stage).expect(stage);
            graph.add_access(stage, access.clone());
        }
        let plan = check(&graph).expect(body);
        (graph, plan)
    }

    fn names(graph: &Graph, stages: &[StageId]) -> String {
        stages.iter().map(|&stage| graph.name(stage)).collect::<Vec<_>>().join(" ")
    }

    fn field(name: &str) -> Target {
        Target::Field(name.into())
    }

    #[test]
    fn a_diamond_waits_on_its_sides_and_holds_back_at_its_end() {
        let (graph, plan) =
            plan("< journal -> (replicate, unmarshal) -> business > < journal -> business >", &[]);
        let business = graph.stage_named("business").unwrap();
        let journal = graph.stage_named("journal").unwrap();
        assert_eq!(names(&graph, plan.order()), "journal replicate unmarshal business");
        assert_eq!(names(&graph, plan.upstreams(business)), "replicate unmarshal");
        assert_eq!(names(&graph, plan.followers(journal)), "replicate unmarshal");
        assert_eq!(names(&graph, plan.first_stages()), "journal");
        assert_eq!(names(&graph, plan.gates()), "business");
        assert!(plan.reaches(journal, business) && !plan.reaches(business, journal));
    }

    #[test]
    fn a_stage_that_is_waited_on_does_not_hold_back_the_producer() {
        let (graph, plan) = plan("< (a, b) -> d > < b -> e > < f >", &[]);
        assert_eq!(names(&graph, plan.gates()), "d e f");
        assert_eq!(names(&graph, plan.first_stages()), "a b f");
        let [a, b, e] = ["a", "b", "e"].map(|name| graph.stage_named(name).unwrap());
        assert!(plan.concurrent(a, e) && plan.concurrent(e, a));
        assert!(!plan.concurrent(b, e) && !plan.concurrent(a, a));
    }

    #[test]
    fn an_event_is_shared_where_a_reference_to_all_of_it_overlaps_another() {
        let whole = Access::read(Target::Event);
        let batch = Access::read(Target::Batch);
        let field = Access::read(field("x"));
        let (graph, plan) = plan(
            "< (a, b, idle) -> c > < (d -> e, f) >",
            &[("a", whole.clone()), ("b", field), ("c", whole), ("d", batch)],
        );
        let shared = |name| plan.event_shared(graph.stage_named(name).unwrap());
        // `d` overlaps all of a, b and c, which stand in another chain.
        assert_eq!(["a", "b", "c", "d", "e", "idle"].map(shared), [true, false, true, true, false, false]);
    }

    #[test]
    fn an_event_is_not_shared_by_stages_in_order() {
        let whole = Access::read(Target::Event);
        let (graph, plan) = plan("< a -> b >", &[("a", whole.clone()), ("b", whole)]);
        assert!(graph.stages().all(|stage| !plan.event_shared(stage)));
    }

    #[test]
    fn a_field_is_shared_with_its_readers_and_with_those_of_the_whole_event() {
        let list = [
            ("a", Access::read(field("x"))),
            ("b", Access::read(field("x"))),
            ("b", Access::read(field("y"))),
            ("c", Access::read(field("x"))),
            ("b", Access::write(field("z"))),
        ];
        let (graph, plan) = plan("< (a, b) -> c >", &list);
        let shared = |name, field| plan.field_shared(graph.stage_named(name).unwrap(), field);
        assert!(shared("a", "x") && shared("b", "x"));
        assert!(!shared("c", "x"), "nothing runs beside c");
        assert!(!shared("a", "y"), "a does not read it");
        assert!(!shared("b", "y") && !shared("b", "z") && !shared("a", "unknown"));

        let list = [("a", Access::read(field("x"))), ("b", Access::read(Target::Batch))];
        let (graph, plan) = self::plan("< (a, b) >", &list);
        assert!(plan.field_shared(graph.stage_named("a").unwrap(), "x"));
    }
}
