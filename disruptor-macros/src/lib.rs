//! The `disruptor!` macro of `disruptor-pipeline`. Use it from there: `use disruptor_pipeline::disruptor;`.
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

use proc_macro2::TokenStream;

use report::Report;

/// Declares a pipeline. The crate documentation of `disruptor-pipeline` is its tour.
#[proc_macro]
pub fn disruptor(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    declare(input.into()).into()
}

/// Parse, check, expand. Everything that is found is reported; what a mistake leaves unknown is not checked. There is always an
/// expansion.
fn declare(input: TokenStream) -> TokenStream {
    let mut report = Report::default();
    let mut body = syntax::parse(input, &mut report);
    lower::meant(&mut body, &mut report);
    let lowered = lower::lower(&body);
    let plan = lower::check(&body, &lowered, &mut report);
    match plan {
        Some(plan) => expand::pipeline(&body, &plan, TokenStream::new()),
        None => {
            // What is wrong with it may have been said.
            body.settings.input = None;
            expand::pipeline(&body, &fallback::plan(&lowered), report.into_tokens())
        }
    }
}

#[cfg(test)]
mod tests;
