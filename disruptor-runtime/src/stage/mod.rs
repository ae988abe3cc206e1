//! Stages: what is called for each event, under which conditions, and the loop that does it.

mod apply;
mod config;
mod each;
mod handler;
mod on_error;
mod outcome;
mod run;
mod slices;
mod unknown;

pub use apply::Apply;
pub(crate) use apply::Failed;
pub(crate) use config::Stage;
pub use config::{StageConfig, stage};
pub use each::{Events, by_mut, by_ref, by_ref_fn, each, events, shared};
pub use handler::{Handler, HandlerMut, HandlerResult};
pub use on_error::{Decision, Fault, OnError, Retry, Skip, Stop, on_error, retry};
pub use outcome::Outcome;
pub(crate) use run::run;
pub use slices::slices;
pub use unknown::unknown;
