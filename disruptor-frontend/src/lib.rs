//! The front end of `disruptor!`: from tokens to a checked plan, and to every error that was found on the way.
//!
//! The tree of a declaration is `disruptor-syntax`; what stands behind this, from the plan to code, is `disruptor-expand`.
//!
//! | module | what stands there |
//! |---|---|
//! | `parse` | from tokens to the tree |
//! | `lower` | from the tree to a topology, whose checks live in `disruptor-topology` |
//! | `fallback` | the plan that stands in where there were errors, so that the code keeps its type |

mod fallback;
mod lower;
mod parse;

pub use parse::parse;

use disruptor_syntax::{Declaration, Report};
use proc_macro2::TokenStream;

/// Reads and checks a declaration. Everything that is found is reported; what a mistake leaves unknown is not checked.
#[must_use]
pub fn read(input: TokenStream) -> Declaration {
    let mut report = Report::default();
    let mut body = parse(input, &mut report);
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
