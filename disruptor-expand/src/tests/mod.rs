//! Tests of the macro as a function from tokens to tokens.

mod bodies;
mod codes;
mod editor;
mod errors;
mod expansion;
mod reference;

use std::ops::Range;

use disruptor_frontend::read;
use proc_macro2::{TokenStream, TokenTree};

use crate::expansion;

/// The expansion of a declaration, as tokens.
fn expand(declaration: &str) -> TokenStream {
    let home = quote::quote!(::disruptor_pipeline);
    expansion(&home, read(declaration.parse().expect("a declaration is made of tokens")))
}

/// The expansion as rustfmt would lay it out.
fn pretty(declaration: &str) -> String {
    let tokens = expand(declaration);
    let file = syn::parse2(quote::quote! { fn expansion() { #tokens } }).expect("an expansion is Rust");
    prettyplease::unparse(&file)
}

/// The same for a named pipeline, which is items.
fn pretty_items(declaration: &str) -> String {
    prettyplease::unparse(&syn::parse2(expand(declaration)).expect("an expansion is Rust"))
}

/// The texts of the errors in an expansion.
fn errors(declaration: &str) -> Vec<String> {
    found(declaration).into_iter().map(|(_, text)| text).collect()
}

/// What the errors of an expansion underline.
fn places(declaration: &str) -> Vec<&str> {
    found(declaration).into_iter().map(|(place, _)| &declaration[place]).collect()
}

fn found(declaration: &str) -> Vec<(Range<usize>, String)> {
    let mut found = vec![];
    collect(expand(declaration), &mut found);
    found
}

/// Finds `compile_error! { "…" }` at any depth.
fn collect(tokens: TokenStream, found: &mut Vec<(Range<usize>, String)>) {
    let mut error = None;
    for token in tokens {
        match token {
            TokenTree::Ident(word) => error = (word == "compile_error").then(|| word.span()),
            TokenTree::Punct(_) => {}
            TokenTree::Literal(_) => error = None,
            TokenTree::Group(group) => match error.take() {
                Some(start) => {
                    let place = start.byte_range().start..group.span().byte_range().end;
                    let text: syn::LitStr = syn::parse2(group.stream()).expect("an error has a text");
                    found.push((place, text.value()));
                }
                None => collect(group.stream(), found),
            },
        }
    }
}
