//! What stands behind the `disruptor!` macro of `disruptor-pipeline`. Use it from there: `use disruptor_pipeline::disruptor;`.
//!
//! | module | what stands there |
//! |---|---|
//! | `settings` | the table of settings and options: parsing, help and documentation come from it |
//! | `syntax` | from tokens to the declaration's tree |
//! | `lower` | from the tree to a topology, whose checks live in `disruptor-topology` |
//! | `expand` | from tree and plan to code |
//! | `fallback` | the plan that stands in where there were errors, so that the code keeps its type |
//! | `report` | every error of a phase, collected |

mod expand;
mod fallback;
mod lower;
mod report;
mod settings;
mod suggest;
mod syntax;

use proc_macro2::{TokenStream, TokenTree};

use report::Report;

/// Declares a pipeline: `[path of disruptor-pipeline] declaration`. The `disruptor!` macro puts its own crate's path there, so that
/// the crate may be renamed, and the declaration stand in other macros.
#[proc_macro]
pub fn declare(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let mut tokens = TokenStream::from(input).into_iter();
    match tokens.next() {
        Some(TokenTree::Group(home)) => expansion(home.stream(), tokens.collect()).into(),
        _ => proc_macro::TokenStream::new(),
    }
}

/// Parse, check, expand. Everything that is found is reported; what a mistake leaves unknown is not checked. There is always an
/// expansion. `home` is the path of the crate whose parts are used.
fn expansion(home: TokenStream, input: TokenStream) -> TokenStream {
    let mut report = Report::default();
    let mut body = syntax::parse(input, &mut report);
    lower::meant(&mut body, &mut report);
    let lowered = lower::lower(&body);
    let plan = lower::check(&body, &lowered, &mut report);
    if plan.is_none() {
        // What is wrong with it may have been said.
        body.settings.input = None;
    }
    let plan = plan.unwrap_or_else(|| fallback::plan(&lowered));
    expand::hand_in(&mut body, &plan);
    expand::pipeline(&home, &body, &plan, report.into_tokens())
}

#[cfg(test)]
mod tests;
