//! What follows from a declaration: made by `disruptor-frontend`, and what `disruptor-expand` makes code of.

use proc_macro2::{Ident, Span, TokenStream};

use crate::{Body, Expr, Report};

/// A declaration that was read.
pub struct Declaration {
    /// What it says.
    pub body: Body,
    /// What follows from it, or stands in for that where there are errors.
    pub plan: Plan,
    /// Everything that is wrong with it.
    pub report: Report,
}

/// What the expansion needs to know of the topology.
pub struct Plan {
    /// False where there are errors, and this stands in for the plan that there would be.
    pub sound: bool,
    /// In the order in which they are met in the chains.
    pub stages: Vec<PlannedStage>,
    /// The stages that hold back the producer.
    pub gates: Vec<usize>,
    /// The stages that wait on the producer.
    pub first: Vec<usize>,
}

/// A stage and its place.
pub struct PlannedStage {
    /// Its name.
    pub name: Ident,
    /// The stages that it waits on.
    pub upstreams: Vec<usize>,
    /// The stages that wait on it.
    pub followers: Vec<usize>,
    /// The stage that it follows on its thread.
    pub fused_to: Option<usize>,
    /// The stage that follows it on its thread.
    pub fused_with: Option<usize>,
    /// How many there are of it, if it is a shard.
    pub workers: Option<Workers>,
    /// What follows when its poller is dropped, by its name in the runtime, if it is polled.
    pub polled: Option<&'static str>,
    /// Another stage may read the event, or a part of it, while this one reads the whole; and no stage before it asks for
    /// what that takes.
    pub event_shared: bool,
    /// The fields that another stage may read at the same time, without those that a stage before it has here.
    pub shared_fields: Vec<String>,
}

/// How many workers a shard has, and where that is written.
#[derive(Clone)]
pub struct Workers {
    /// The number, as it is written.
    pub count: TokenStream,
    /// Where it is written.
    pub place: Span,
}

impl PlannedStage {
    /// True if its poller may be dropped while those behind it go on.
    #[must_use]
    pub fn is_released(&self) -> bool {
        self.polled == Some("Release")
    }
}

impl Workers {
    /// The number, where it is a literal.
    #[must_use]
    pub fn number(&self) -> Option<usize> {
        usize::try_from(Expr::new(self.count.clone())?.number()?).ok()
    }
}
