//! From tree and plan to code.
//!
//! The expansion is a block: the handlers' struct, what it says of its stages to the runtime, and the pipeline as a value. The
//! user's expressions stand in the value alone. All else is the runtime's, so that the block stays short enough to read.

mod bind;
mod stages;
mod value;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::lower::Plan;
use crate::syntax::Body;

/// The slots of a ring that is not declared.
pub(crate) const RING: u128 = 1024;

/// The expansion of a declaration; `errors` stand before the value.
pub(crate) fn pipeline(body: &Body, plan: &Plan, errors: TokenStream) -> TokenStream {
    let handlers = stages::handlers(plan);
    let stages = stages::stages(body, plan);
    let value = value::pipeline(body, plan);
    quote! {
        {
            use ::disruptor_pipeline::__private as __disruptor;
            #errors
            #handlers
            #stages
            #value
        }
    }
}

/// The type parameter of a stage.
fn parameter(stage: usize) -> Ident {
    format_ident!("S{stage}", span = Span::mixed_site())
}

/// A name of the expansion's own, which meets no name of the user's.
pub(crate) fn own(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// `(a, (b, c))`
fn paired(types: impl DoubleEndedIterator<Item = TokenStream>) -> Option<TokenStream> {
    types.rev().reduce(|rest, one| quote!((#one, #rest)))
}
