//! Pipelines that are built at run time.
mod barrier;
mod builder;
mod erased;
mod gates;
mod handlers;
mod launch;
mod memory;
mod names;
mod poller;
mod pool;
mod problem;
mod registry;
mod stage;
mod stages;

pub use builder::{Builder, Group};
pub use handlers::Handlers;
pub use launch::Built;
pub use poller::{Poll, PollError, Polled, Poller, Pollers, Take};
pub use problem::{BuildError, Problem};
pub(crate) use registry::Registry;
pub use stage::{OnDrop, Stage};
pub use stages::{AddError, RemoveError, Stages};

use crate::producer::Producer;
#[doc(hidden)]
pub use crate::publication::Publication;
use crate::publication::{Single, Stamped};
use crate::sync::AtomicU32;

/// Of a pipeline with one producer.
pub type One = Single;

/// Of a pipeline with many producers.
pub type Many = Stamped<Box<[AtomicU32]>>;

/// The producer of a pipeline that was built at run time: `DynamicProducer<Event>` is the only one, `DynamicProducer<Event, Many>`
/// can be cloned.
pub type DynamicProducer<E, P = One> =
    Producer<memory::Dynamic<E, P>, gates::Gates, erased::AnyWait, erased::AnyWait>;
