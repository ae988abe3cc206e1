//! What a pipeline shows of itself: counters, a snapshot of all, metrics and events for those who collect them.

mod counters;
#[cfg(feature = "prometheus")]
mod metrics;
mod snapshot;
pub(crate) mod trace;

pub(crate) use counters::Counters;
pub use counters::{BatchSizes, StageCounters};
#[cfg(feature = "prometheus")]
pub use metrics::Metrics;
pub use snapshot::{FailureSnapshot, Snapshot, StageSnapshot, StateSnapshot};
