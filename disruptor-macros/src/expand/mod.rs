//! From tree and plan to code.
//!
//! The expansion is a block: the handlers' struct, what it says of its stages to the runtime, and the pipeline as a value. The
//! user's expressions stand in the value alone. All else is the runtime's, so that the block stays short enough to read.

mod bind;
mod named;
mod stages;
mod value;
mod words;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

pub(crate) use named::hand_in;

use crate::lower::Plan;
use crate::syntax::Body;

/// The slots of a ring that is not declared.
pub(crate) const RING: u128 = 1024;

/// The expansion of a declaration; `errors` stand before the value.
pub(crate) fn pipeline(home: &TokenStream, body: &Body, plan: &Plan, errors: TokenStream) -> TokenStream {
    if let Some(named) = &body.named {
        return named::pipeline(home, named, body, plan, &errors);
    }
    let handlers = stages::handlers(plan);
    let stages = stages::stages(body, plan, None);
    let value = value::pipeline(body, plan);
    let constants = words::constants(plan);
    quote! {
        {
            use #home::__private as __disruptor;
            #errors
            #constants
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

/// A name of the expansion's own that stands for something of the user's: what rustc has to say of it is said there.
fn located(name: &str, place: Span) -> Ident {
    Ident::new(name, Span::mixed_site().located_at(place))
}

/// The span of what the expansion writes around something of the user's.
fn around(place: Span) -> Span {
    Span::call_site().located_at(place)
}

/// `(a, (b, c))`
fn paired(types: impl DoubleEndedIterator<Item = TokenStream>) -> Option<TokenStream> {
    types.rev().reduce(|rest, one| quote!((#one, #rest)))
}
