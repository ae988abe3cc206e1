//! What stands behind the `disruptor!` macro of `disruptor-pipeline`. Use it from there: `use disruptor_pipeline::disruptor;`.
//!
//! Declarations are read and checked by `disruptor-frontend`, and become code in `disruptor-expand`, which are built side by side. None
//! of them needs `syn`: a declaration is no Rust, and what is Rust in it stays tokens.

use disruptor_expand::expansion;
use disruptor_frontend::read;
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree, token_stream::IntoIter};
use quote::quote_spanned;

/// Declares a pipeline: `unsafe [path of disruptor-pipeline] declaration`; what stands at that path is believed. The `disruptor!`
/// macro puts its own crate's path there, so that the crate may be renamed, and the declaration stand in other macros.
#[proc_macro]
pub fn declare(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let mut input = TokenStream::from(input).into_iter();
    let code = match home(&mut input) {
        Ok(home) => expansion(&home, read(input.collect())),
        Err((place, expected)) => quote_spanned!(place=> ::core::compile_error! { #expected }),
    };
    code.into()
}

/// Takes what stands before the declaration, and gives the path; or where something else stands, and what is expected there.
fn home(input: &mut IntoIter) -> Result<TokenStream, (Span, &'static str)> {
    match input.next() {
        Some(TokenTree::Ident(word)) if word == "unsafe" => {}
        other => return Err((place(other), "expected `unsafe`")),
    }
    match input.next() {
        Some(TokenTree::Group(home)) if home.delimiter() == Delimiter::Bracket => Ok(home.stream()),
        other => Err((place(other), "expected square brackets")),
    }
}

/// Where a token begins.
fn place(token: Option<TokenTree>) -> Span {
    match token {
        Some(TokenTree::Group(group)) => group.span_open(),
        Some(other) => other.span(),
        None => Span::call_site(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &str) -> (Result<String, &'static str>, String) {
        let mut tokens = input.parse::<TokenStream>().expect("tokens").into_iter();
        let home = home(&mut tokens).map(|path| path.to_string()).map_err(|(_, expected)| expected);
        (home, tokens.collect::<TokenStream>().to_string())
    }

    #[test]
    fn a_path_in_brackets_stands_behind_unsafe_and_before_the_declaration() {
        assert_eq!(read("unsafe [home] < a >"), (Ok("home".to_owned()), "< a >".to_owned()));
        assert_eq!(read("unsafe [home]"), (Ok("home".to_owned()), String::new()));
    }

    #[test]
    fn nothing_is_believed_of_a_path_without_unsafe() {
        for input in ["", "[home] < a >", "safe [home] < a >", "(unsafe) [home] < a >"] {
            assert_eq!(read(input).0, Err("expected `unsafe`"), "{input}");
        }
    }

    #[test]
    fn a_path_has_brackets() {
        for input in ["unsafe", "unsafe < a >", "unsafe (home) < a >", "unsafe home < a >"] {
            assert_eq!(read(input).0, Err("expected square brackets"), "{input}");
        }
    }
}
