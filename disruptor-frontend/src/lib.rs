//! The front end of `disruptor!`: from tokens to a checked plan, and to every error that was found on the way.
//!
//! A crate of its own, which needs neither `syn` nor `quote`, so that it is built while they are; what stands behind it, from the
//! plan to code, is `disruptor-expand`.
//!
//! | module | what stands there |
//! |---|---|
//! | [`settings`] | the table of settings and options: parsing, help and documentation come from it |
//! | `syntax` | from tokens to the declaration's tree |
//! | `lower` | from the tree to a topology, whose checks live in `disruptor-topology` |
//! | `fallback` | the plan that stands in where there were errors, so that the code keeps its type |
//! | `report` | every error of a phase, collected |
//! | [`suggest`] | "did you mean" |

mod fallback;
mod lower;
mod report;
pub mod settings;
pub mod suggest;
mod syntax;

use proc_macro2::TokenStream;

pub use lower::{Clauses, Plan, PlannedStage, Workers, asks_for_more, clauses};
pub use report::{Place, Report};
pub use syntax::{Arg, Body, Closure, EventSetting, Expr, Key, Named, Options, Settings, StageClause, parse};

/// The slots of a ring that is not declared.
pub const RING: u128 = 1024;

/// A declaration that was read.
pub struct Declaration {
    /// What it says.
    pub body: Body,
    /// What follows from it, or stands in for that where there are errors.
    pub plan: Plan,
    /// Everything that is wrong with it.
    pub report: Report,
}

/// Reads and checks a declaration. Everything that is found is reported; what a mistake leaves unknown is not checked.
#[must_use]
pub fn read(input: TokenStream) -> Declaration {
    let mut report = Report::default();
    let mut body = syntax::parse(input, &mut report);
    lower::meant(&mut body, &mut report);
    lower::clear(&mut body, &mut report);
    let lowered = lower::lower(&body);
    let plan = lower::check(&body, &lowered, &mut report);
    if plan.is_none() {
        // What is wrong with it may have been said.
        body.settings.input = None;
    }
    let plan = plan.unwrap_or_else(|| fallback::plan(&body, &lowered));
    Declaration { body, plan, report }
}
