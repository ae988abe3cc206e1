//! The topology that a compiled pipeline carries as a constant.

use std::fmt;

use crate::draw::Drawing;

/// How many threads may publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Producers {
    /// One.
    Single,
    /// Any number.
    Multi,
}

/// A stage of a [`Topology`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageRow {
    /// The name.
    pub name: &'static str,
    /// The stages that it waits on, as indices into [`Topology::stages`]; none means that it waits on the producer.
    pub after: &'static [usize],
    /// Whether it holds back the producer, as every stage does that no other follows.
    pub gates: bool,
    /// Its access list, each entry as it is written; empty if it has none.
    pub access: &'static [&'static str],
    /// How many threads share its events: more than one for a shard, `[work; 4]`.
    pub workers: usize,
}

/// A pipeline as it was declared, once its checks are passed: a constant that can be drawn.
///
/// ```
/// use disruptor_topology::{Producers, StageRow, Topology};
///
/// const TOPOLOGY: Topology = Topology {
///     name: "orders",
///     ring: 1024,
///     producers: Producers::Single,
///     stages: &[
///         StageRow { name: "journal", after: &[], gates: false, access: &["&raw"], workers: 1 },
///         StageRow { name: "business", after: &[0], gates: true, access: &[], workers: 1 },
///     ],
/// };
/// assert_eq!(TOPOLOGY.to_text().lines().next(), Some("orders: single producer, ring of 1024, 2 stages"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topology {
    /// The pipeline's name.
    pub name: &'static str,
    /// The size of the ring, in events.
    pub ring: usize,
    /// How many threads may publish.
    pub producers: Producers,
    /// The stages, in the order of their declaration.
    pub stages: &'static [StageRow],
}

impl Topology {
    /// How many threads handle events, each worker of a shard counted (and each fused stage as if it had its own).
    #[must_use]
    pub fn threads(&self) -> usize {
        self.stages.iter().map(|stage| stage.workers).sum()
    }

    /// The index of the stage that the thread of this number belongs to, where each stage has as many as it has workers, in order.
    ///
    /// # Panics
    /// If there are not so many threads.
    #[must_use]
    pub fn stage_of(&self, thread: usize) -> usize {
        self.place_of(thread).0
    }

    /// What the thread of this number is called: `risk`, or `work[2]` for a worker of a shard.
    ///
    /// # Panics
    /// If there are not so many threads.
    #[must_use]
    pub fn label(&self, thread: usize) -> String {
        let (stage, worker) = self.place_of(thread);
        let StageRow { name, workers, .. } = self.stages[stage];
        if workers == 1 { name.to_owned() } else { format!("{name}[{worker}]") }
    }

    /// The stage of a thread, and which of its workers it is.
    fn place_of(&self, thread: usize) -> (usize, usize) {
        let mut worker = thread;
        for (at, stage) in self.stages.iter().enumerate() {
            if worker < stage.workers {
                return (at, worker);
            }
            worker -= stage.workers;
        }
        panic!("there are {} threads, and none of the number {thread}", self.threads());
    }

    /// The drawing for people at a terminal; see [`Drawing::text`].
    #[must_use]
    pub fn to_text(&self) -> String {
        Drawing::from(self).text()
    }

    /// The drawing as a Mermaid flowchart; see [`Drawing::mermaid`].
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        Drawing::from(self).mermaid()
    }

    /// The drawing in the language of Graphviz; see [`Drawing::dot`].
    #[must_use]
    pub fn to_dot(&self) -> String {
        Drawing::from(self).dot()
    }
}

impl fmt::Display for Topology {
    /// As [`Topology::to_text`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}
