//! The first line of a named pipeline: `pub struct Orders;`.

use disruptor_syntax::{Body, Named, Report, is_punct};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// True for a clause that names the pipeline.
pub(super) fn begins(tokens: &[TokenTree]) -> bool {
    match tokens {
        [hash, TokenTree::Group(_), ..] if is_punct(hash, '#') => true,
        [TokenTree::Ident(first), ..] if *first == "pub" => true,
        [TokenTree::Ident(first), next, ..] => *first == "struct" && matches!(next, TokenTree::Ident(_)),
        _ => false,
    }
}

/// Reads it into the body.
pub(super) fn parse(tokens: &[TokenTree], body: &mut Body, report: &mut Report) {
    let (attributes, rest) = attributes(tokens);
    let (visibility, rest) = visibility(rest);
    match rest {
        [TokenTree::Ident(word), TokenTree::Ident(name), rest @ ..] if *word == "struct" => {
            if let Some(more) = rest.first() {
                let text = format!("`{name}` has nothing of its own to be said here");
                let help = format!("write `struct {name};`: its parameters are the handlers of its stages");
                report.error(more.span(), text, help);
            }
            if let Some(Named { name: first, .. }) = &body.named {
                let help = "declare each pipeline in a macro of its own";
                report.error(name.span(), format!("this pipeline is called `{first}` already"), help);
                return;
            }
            if !body.is_empty() {
                let help = "put this line first, before settings, stages and chains";
                report.error(word.span(), "a declaration begins with the pipeline's name", help);
            }
            body.named = Some(Named { attributes, visibility, name: name.clone(), open: vec![], ring: None });
        }
        _ => {
            let place =
                rest.first().or(tokens.last()).map_or_else(proc_macro2::Span::call_site, TokenTree::span);
            let help = "the first line of a named pipeline is `pub struct Orders;`, and other lines have neither `pub` nor attributes";
            report.error(place, "this names no pipeline", help);
        }
    }
}

fn attributes(tokens: &[TokenTree]) -> (TokenStream, &[TokenTree]) {
    let mut length = 0;
    while let [hash, TokenTree::Group(_), ..] = &tokens[length..]
        && is_punct(hash, '#')
    {
        length += 2;
    }
    (tokens[..length].iter().cloned().collect(), &tokens[length..])
}

fn visibility(tokens: &[TokenTree]) -> (TokenStream, &[TokenTree]) {
    let length = match tokens {
        [TokenTree::Ident(word), TokenTree::Group(within), ..]
            if *word == "pub" && within.delimiter() == Delimiter::Parenthesis =>
        {
            2
        }
        [TokenTree::Ident(word), ..] if *word == "pub" => 1,
        // What another macro passes on as `$vis`.
        [TokenTree::Group(passed), ..] if passed.delimiter() == Delimiter::None => 1,
        _ => 0,
    };
    (tokens[..length].iter().cloned().collect(), &tokens[length..])
}
