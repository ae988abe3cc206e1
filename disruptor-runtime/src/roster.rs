//! Which stages a pipeline has, and which words are whose: declared for good, or built at run time and changed since.

use disruptor_topology::Topology;

use crate::dynamic::Registry;
use crate::sync::{Mutex, lock};

/// The stages of a pipeline.
#[derive(Debug)]
pub(crate) enum Roster {
    /// As they are declared; the words are in their order.
    Declared(&'static Topology),
    /// As they were built; they come and go.
    Built(Mutex<Registry>),
}

/// A stage, and the words of its workers.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) words: Vec<usize>,
}

impl Roster {
    /// The pipeline's name.
    pub(crate) fn pipeline(&self) -> &'static str {
        match self {
            Self::Declared(topology) => topology.name,
            Self::Built(registry) => lock(registry).name(),
        }
    }

    /// How many words there are, used or not.
    pub(crate) fn capacity(&self) -> usize {
        match self {
            Self::Declared(topology) => topology.threads(),
            Self::Built(registry) => lock(registry).capacity(),
        }
    }

    /// The stages that there are now, in the order of the declaration.
    pub(crate) fn rows(&self) -> Vec<Row> {
        match self {
            Self::Declared(topology) => {
                let mut words = 0..;
                let mut row = |name, workers| Row { name, words: words.by_ref().take(workers).collect() };
                topology.stages.iter().map(|stage| row(stage.name, stage.workers)).collect()
            }
            Self::Built(registry) => lock(registry).rows(),
        }
    }

    /// The name of the stage that has this word.
    pub(crate) fn name_of(&self, word: usize) -> &'static str {
        match self {
            Self::Declared(topology) => topology.stages[topology.stage_of(word)].name,
            Self::Built(registry) => lock(registry).name_of(word),
        }
    }

    /// What the thread of this word is called: `risk`, or `work[2]` for one of several workers.
    pub(crate) fn label(&self, word: usize) -> String {
        match self {
            Self::Declared(topology) => topology.label(word),
            Self::Built(registry) => lock(registry).label(word),
        }
    }

    /// The names of the stages that the stage with this word waits on; none means the producers.
    pub(crate) fn after(&self, word: usize) -> Vec<String> {
        match self {
            Self::Declared(topology) => {
                let stages = topology.stages;
                let after = stages[topology.stage_of(word)].after.iter();
                after.map(|at| stages[*at].name.to_owned()).collect()
            }
            Self::Built(registry) => lock(registry).after(word),
        }
    }

    /// What is declared, or what there is now.
    pub(crate) fn topology(&self) -> &'static Topology {
        match self {
            Self::Declared(topology) => topology,
            Self::Built(registry) => lock(registry).topology(),
        }
    }
}
