//! Stages: what is called for each event, under which conditions, and the loop that does it.

mod apply;
mod batch;
mod bounds;
mod config;
mod each;
mod handler;
mod on_error;
mod outcome;
mod ring;
mod run;
mod slices;
mod tail;
mod unknown;

pub use apply::Apply;
pub(crate) use apply::Failed;
use bounds::Event;
pub use bounds::{Known, Movable, ReadTogether, Returned, initial, policy, shared, slots, wait};
pub use config::{Stage, StageConfig};
pub use each::{by_mut, by_ref, by_ref_fn, each, each_committing, project};
pub use handler::{Handler, HandlerMut, HandlerResult};
pub use on_error::{Decision, Fault, OnError, Retry, Skip, Stop, on_error, retry};
pub use outcome::Outcome;
pub use ring::{Events, Ring, event, ring};
pub(crate) use run::run;
pub use slices::slices;
pub(crate) use tail::{Fused, Tail};
pub use unknown::unknown;
