//! The graph of an event pipeline: stages in an order, what each of them touches, and what follows from it.
//!
//! It knows stages, arrows and accesses by id, and neither tokens nor threads. The macro, which maps ids to places
//! in the source, and the dynamic builder, which maps them to names, share its checks, and so does every drawing.
//!
//! - Who waits on whom, and who holds back the producer, is worked out with as few waits as imply the order.
//! - Two stages that may run at the same time and touch the same field, one of them to write it, are an error.
//! - Every mistake is found, not only the first, and comes with what to write instead.
//!
//! ```
//! use disruptor_topology::{Access, Code, Target, check, parse};
//!
//! let mut graph = parse("< journal -> (risk, price) -> business >").unwrap();
//! let plan = check(&graph).unwrap();
//! let [journal, risk, price, business] = [0, 1, 2, 3].map(|at| plan.order()[at]);
//! assert_eq!((plan.upstreams(business), plan.gates()), (&[risk, price][..], &[business][..]));
//! assert!(plan.reaches(journal, business) && plan.concurrent(risk, price));
//!
//! graph.add_access(risk, Access::write(Target::Field("score".into())));
//! graph.add_access(price, Access::read(Target::Field("score".into())));
//! assert_eq!(check(&graph).unwrap_err()[0].code, Code::Conflict);
//! ```
//!
//! # Where things are
//!
//! | | |
//! |---|---|
//! | [`mod@parse`] | the bare arrow body, from a string to a [`Graph`] |
//! | [`arrow`] | the arrow body as a tree, shared by the front ends |
//! | [`graph`], [`access`] | stages, edges, and what a stage touches of an event |
//! | [`mod@check`] | all rules, from a [`Graph`] to a [`Plan`] or to findings |
//! | [`plan`] | who waits on whom, who holds back the producer, whose references overlap |
//! | [`threads`] | which stages share a thread, where there are to be fewer threads than stages |
//! | [`finding`] | what is wrong, as data |
//! | [`blueprint`] | the [`Topology`] that a compiled pipeline carries as a constant |
//! | [`draw`] | drawings as text, for Mermaid and for Graphviz |

pub mod access;
pub mod arrow;
mod bits;
#[cfg(feature = "draw")]
pub mod blueprint;
pub mod check;
#[cfg(feature = "draw")]
pub mod draw;
pub mod finding;
pub mod graph;
pub mod parse;
pub mod plan;
mod rules;
mod table;
pub mod threads;
mod words;

pub use access::{Access, Mode, Target};
pub use arrow::{Seq, Step, Unit};
#[cfg(feature = "draw")]
pub use blueprint::{Producers, StageRow, Topology};
pub use check::{MAX_STAGES, check};
#[cfg(feature = "draw")]
pub use draw::Drawing;
pub use finding::{Code, Concern, Finding, Severity};
pub use graph::{AccessId, EdgeId, Graph, StageId};
pub use parse::{Chain, Spanned, parse, parse_chains};
pub use plan::Plan;
pub use threads::{Fusing, fuse};
