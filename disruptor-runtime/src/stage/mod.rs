//! Stages: what is called for each event, under which conditions, and the loop that does it.

mod all;
mod apply;
mod batch;
mod bounds;
mod config;
#[cfg(test)]
mod costs;
mod each;
mod gather;
mod handler;
mod hooks;
mod keep;
#[cfg(test)]
mod looks;
mod on_error;
mod outcome;
#[cfg(test)]
mod rests;
mod ring;
mod run;
mod shard;
mod share;
mod slices;
mod tail;
mod unknown;

pub use all::All;
pub use apply::{Apply, Bound};
pub(crate) use apply::{Failed, inside};
pub(crate) use batch::Place;
use bounds::Event;
pub use bounds::{
    Copied, EventKey, GivenHandler, GivenHandlerMut, KeyFunction, Known, Listed, Movable, MovableFactory,
    ReadTogether, Returned, SeenByAll, initial, policy, shared, slots, wait,
};
pub use config::{Stage, StageConfig};
pub(crate) use each::{ByMut, ByRef};
pub use each::{
    HandleMut, by_mut, by_mut_made, by_ref, by_ref_fn, by_ref_fn_made, by_ref_made, each, each_committing,
    project,
};
pub use handler::{Handler, HandlerMut, HandlerResult};
pub use keep::{Given, Keep, Made, given, made};
pub use on_error::{Decision, Fault, OnError, Retry, Skip, Stop, on_error, retry};
pub use outcome::{Outcome, Release};
pub use ring::{Events, Kind, Ring, event, kind, ring};
pub(crate) use run::{At, run};
pub use shard::shard;
pub use share::{ByEvent, InTurn, Share, by_event, by_hash, by_value};
pub(crate) use share::{hash, spread};
pub use slices::slices;
pub(crate) use tail::{Fused, Tail};
pub use unknown::unknown;
