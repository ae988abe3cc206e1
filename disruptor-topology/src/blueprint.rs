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
///         StageRow { name: "journal", after: &[], gates: false, access: &["&raw"] },
///         StageRow { name: "business", after: &[0], gates: true, access: &[] },
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
