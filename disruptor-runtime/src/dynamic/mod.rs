//! Pipelines whose stages are known at run time only: built from a configuration say, with stages that come and go while events
//! flow, and stages that a thread of the user's drives.
//!
//! ```
//! use disruptor_runtime::dynamic::{Builder, Stage};
//! use disruptor_runtime::wait::Yielding;
//! use disruptor_runtime::{Handler, HandlerResult, Sequence};
//!
//! #[derive(Default)]
//! struct Order {
//!     account: u64,
//!     amount: u64,
//!     fee: u64,
//! }
//!
//! struct Total(u64);
//!
//! impl Handler<Order> for Total {
//!     fn on_event(&mut self, order: &Order, _: Sequence, _: bool) -> HandlerResult {
//!         self.0 += order.fee;
//!         Ok(())
//!     }
//! }
//!
//! let journal = |order: &Order, _: Sequence, end_of_batch: bool| { /* append; sync at the end of a batch */ };
//! let check = |order: &Order, _: Sequence, _: bool| if order.amount > 1_000 { Err("too large") } else { Ok(()) };
//!
//! let mut builder = Builder::single(1024, Order::default);
//! builder.name("orders").wait(Yielding::default());
//! builder
//!     .handle_events_with([Stage::new("journal", journal), Stage::new("check", check)])
//!     .then([Stage::writing("charge", |order: &mut Order| order.fee = order.amount / 10)])
//!     .then([Stage::new("total", Total(0)), Stage::pool("archive", [journal; 2]).by_key(|order| order.account)]);
//! let pipeline = builder.build()?;
//! println!("{}", pipeline.topology());
//! let stages = pipeline.stages();
//!
//! let (mut producer, running) = pipeline.spawn()?;
//! producer.publish(|order| *order = Order { account: 7, amount: 50, fee: 0 })?;
//! stages.add_after(["charge"], Stage::new("audit", journal))?;      // gets every event from here on
//! producer.publish(|order| *order = Order { account: 8, amount: 90, fee: 0 })?;
//! stages.remove("audit")?;
//! drop(producer);
//! let mut handlers = running.join()?;
//! assert_eq!(handlers.take::<Total>("total").expect("it was given").0, 14);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Producers, failures, monitors, drains, halts and deadlines are those of declared pipelines, and the loops are the same.
//! What a declaration checks when it is compiled is checked by [`Builder::build`] and when a stage is added: circles, and stages
//! that run side by side of which one writes. It is checked for whole events, as closures do not say which fields they touch:
//! two stages that write different fields side by side need a declaration. [`Stage::new`] only lets its handler read.
//!
//! # Who stands where
//!
//! A stage is added behind others, or behind the producers, and removed when nobody waits on it. It gets each event from the
//! sequence on that [`Stages::add`] gives, which is the lowest that is not published then. Others are not held up
//! by that. A [`Poller`] may stand anywhere; see there for what becomes of those around it when it is dropped.
//!
//! # What it costs
//!
//! Against a declaration a stage pays, *for each batch*, two calls through a pointer, loads of the ring's size and place, and a
//! look through a list of what it waits on; for each event nothing, unless its handler comes [in a box](Stage::boxed). A
//! producer takes a lock when it has used up the room that it knows of. With blocking waits, one that blocks has all stages
//! send wake-ups. Events are `Sync`. Stages are not fused. The example `throughput` has LMAX's topologies in both ways,
//! `unicast` and `built-unicast`. M events/s, best of 11 interleaved rounds of 9 M events, and the median of the rounds'
//! ratios, on a virtual machine with two cores that other work shared (AMD EPYC, Linux 6.18; yielding waits). Where four
//! threads share two cores, batches are short, and what a batch costs tells; an earlier run gave medians from 0.31
//! (`multicast`) to 1.37 (`unicast-batch`). Measure your own.
//!
//! | topology | declared | built | best against best | median of the ratios |
//! |---|---|---|---|---|
//! | `unicast` | 866 | 750 | 0.87 | 0.81 |
//! | `unicast-batch` | 952 | 1242 | 1.30 | 1.29 |
//! | `pipeline` | 257 | 106 | 0.41 | 0.55 |
//! | `multicast` | 179 | 68 | 0.38 | 0.74 |
//! | `sequencer` | 128 | 123 | 0.96 | 1.04 |
//! | `sequencer-batch` | 199 | 472 | 2.38 | 0.97 |
//!
//! Names of stages live as long as the process, each once; so do topologies that somebody asks for. A pipeline whose stages come
//! and go under ever new names grows by these names.

mod barrier;
mod builder;
mod erased;
mod gates;
mod handlers;
mod joining;
mod launch;
mod memory;
mod names;
mod pollers;
mod pool;
mod problem;
mod registry;
mod stage;
mod stages;
mod tasks;

pub use builder::{Builder, Group};
pub use handlers::Handlers;
pub use launch::Built;
#[cfg(feature = "async")]
pub use pollers::Polling;
pub use pollers::{Poller, Pollers, Take};
pub use problem::{BuildError, Problem};
pub(crate) use registry::Registry;
pub use stage::Stage;
pub use stages::{AddError, RemoveError, Stages};
pub use tasks::{NoWakeUps, TaskProducer};

pub use crate::poller::{OnDrop, Poll, PollError, Polled};
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
