//! What stands behind the `disruptor!` macro of `disruptor-pipeline`. Use it from there: `use disruptor_pipeline::disruptor;`.
//!
//! Declarations are read and checked by `disruptor-frontend`, and become code in `disruptor-expand`, which are built side by side.

use disruptor_expand::expansion;
use disruptor_frontend::read;
use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};

/// Declares a pipeline: `unsafe [path of disruptor-pipeline] declaration`; what stands at that path is believed. The `disruptor!` macro puts its own crate's path there, so that
/// the crate may be renamed, and the declaration stand in other macros.
#[proc_macro]
pub fn declare(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let Input { home, declaration } = syn::parse_macro_input!(input);
    expansion(&home, read(declaration)).into()
}

/// What the macro around this one hands on.
struct Input {
    home: TokenStream,
    declaration: TokenStream,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse::<syn::Token![unsafe]>()?;
        let home;
        syn::bracketed!(home in input);
        Ok(Self { home: home.parse()?, declaration: input.parse()? })
    }
}
