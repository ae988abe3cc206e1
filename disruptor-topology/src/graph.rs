//! Stages, edges and accesses, by id.
//!
//! A graph may say anything; [`check`](crate::check()) says whether it makes sense.

use crate::{access::Access, words};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Ids are dense and count up in the order in which things are added to a [`Graph`]; they mean nothing
        /// outside of the graph that gave them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) usize);

        impl $name {
            /// The position in the order of adding, from 0.
            #[must_use]
            pub fn index(self) -> usize {
                self.0
            }
        }
    };
}

id! {
    /// A stage of a [`Graph`].
    StageId
}
id! {
    /// An arrow of a [`Graph`].
    EdgeId
}
id! {
    /// An entry of a stage's access list in a [`Graph`].
    AccessId
}

#[derive(Clone, Debug)]
struct Stage {
    name: String,
    placed: bool,
    workers: usize,
    accesses: Vec<AccessId>,
}

/// Stages, the arrows between them and what each stage touches.
///
/// Every method that takes an id panics if the id comes from a larger graph.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    stages: Vec<Stage>,
    edges: Vec<(StageId, StageId)>,
    accesses: Vec<Access>,
    input: Option<Vec<String>>,
}

impl Graph {
    /// A graph without stages.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a stage that does not stand in a chain yet.
    ///
    /// A second stage of the same name gets an id of its own; [`check`](crate::check()) reports it.
    pub fn add_stage(&mut self, name: impl Into<String>) -> StageId {
        self.stages.push(Stage { name: name.into(), placed: false, workers: 1, accesses: Vec::new() });
        StageId(self.stages.len() - 1)
    }

    /// The stage of this name; the first one, if there are several.
    #[must_use]
    pub fn stage_named(&self, name: &str) -> Option<StageId> {
        self.stages.iter().position(|known| known.name == name).map(StageId)
    }

    /// Says that the stage stands in a chain. Only a stage without an edge needs it, as in `< a >`.
    pub fn place(&mut self, stage: StageId) {
        self.stages[stage.0].placed = true;
    }

    /// Adds `from -> to` and places both. An edge that is there already gets a second id and changes nothing else.
    pub fn add_edge(&mut self, from: StageId, to: StageId) -> EdgeId {
        self.place(from);
        self.place(to);
        self.edges.push((from, to));
        EdgeId(self.edges.len() - 1)
    }

    /// Adds an entry to the stage's access list.
    pub fn add_access(&mut self, stage: StageId, access: Access) -> AccessId {
        let id = AccessId(self.accesses.len());
        self.accesses.push(access);
        self.stages[stage.0].accesses.push(id);
        id
    }

    /// How many stages there are, placed or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stages.len()
    }

    /// Whether there is no stage at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// All stages, in the order of adding.
    pub fn stages(&self) -> impl Iterator<Item = StageId> + use<> {
        (0..self.len()).map(StageId)
    }

    /// The name of a stage.
    #[must_use]
    pub fn name(&self, stage: StageId) -> &str {
        &self.stages[stage.0].name
    }

    /// Whether the stage stands in a chain.
    #[must_use]
    pub fn is_placed(&self, stage: StageId) -> bool {
        self.stages[stage.0].placed
    }

    /// How many workers share the stage: 1, unless it is a shard.
    #[must_use]
    pub fn workers(&self, stage: StageId) -> usize {
        self.stages[stage.0].workers
    }

    /// Says how many workers share the stage.
    pub fn set_workers(&mut self, stage: StageId, workers: usize) {
        self.stages[stage.0].workers = workers;
    }

    /// Says which fields hold something before the first stage. [`check`](crate::check()) then finds every other field that is
    /// read before a stage writes it.
    pub fn set_input(&mut self, fields: Vec<String>) {
        self.input = Some(fields);
    }

    /// The fields that hold something before the first stage, in alphabetical order, if that was said.
    #[must_use]
    pub fn input(&self) -> Option<Vec<&str>> {
        let mut input = Vec::new();
        for field in self.input.as_ref()? {
            words::add(&mut input, field);
        }
        Some(input)
    }

    /// The access list of a stage, in the order of adding.
    pub fn accesses(&self, stage: StageId) -> impl Iterator<Item = (AccessId, &Access)> {
        self.stages[stage.0].accesses.iter().map(|&id| (id, &self.accesses[id.0]))
    }

    /// All edges with their two ends, in the order of adding.
    pub fn edges(&self) -> impl Iterator<Item = (EdgeId, StageId, StageId)> {
        self.edges.iter().enumerate().map(|(id, &(from, to))| (EdgeId(id), from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Target;

    #[test]
    fn ids_are_dense_and_in_the_order_of_adding() {
        let mut graph = Graph::new();
        assert!(graph.is_empty());
        let (a, b) = (graph.add_stage("a"), graph.add_stage("b"));
        assert_eq!(graph.stages().collect::<Vec<_>>(), [a, b]);
        assert_eq!((a.index(), b.index(), graph.len()), (0, 1, 2));
        assert_eq!((graph.name(b), graph.stage_named("b"), graph.stage_named("c")), ("b", Some(b), None));
    }

    #[test]
    fn an_edge_places_its_ends_and_may_be_repeated() {
        let mut graph = Graph::new();
        let [a, b, lone, idle] = ["a", "b", "lone", "idle"].map(|name| graph.add_stage(name));
        let (first, again) = (graph.add_edge(a, b), graph.add_edge(a, b));
        graph.place(lone);
        assert_eq!([a, b, lone, idle].map(|stage| graph.is_placed(stage)), [true, true, true, false]);
        assert_eq!(graph.edges().collect::<Vec<_>>(), [(first, a, b), (again, a, b)]);
    }

    #[test]
    fn accesses_belong_to_their_stage() {
        let mut graph = Graph::new();
        let (a, b) = (graph.add_stage("a"), graph.add_stage("b"));
        let whole = graph.add_access(b, Access::read(Target::Event));
        let field = graph.add_access(a, Access::write(Target::Field("x".into())));
        let of =
            |stage| graph.accesses(stage).map(|(id, access)| (id, access.to_string())).collect::<Vec<_>>();
        assert_eq!(of(a), [(field, "&mut x".to_owned())]);
        assert_eq!(of(b), [(whole, "&*".to_owned())]);
    }

    #[test]
    fn the_first_of_two_stages_with_one_name_is_found() {
        let mut graph = Graph::new();
        let (first, second) = (graph.add_stage("a"), graph.add_stage("a"));
        assert_ne!(first, second);
        assert_eq!(graph.stage_named("a"), Some(first));
    }
}
