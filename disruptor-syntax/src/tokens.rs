//! What is asked of tokens everywhere. Questions are handed on as `&dyn`, so that a search is compiled once, and not for each.

use std::ops::Range;

use proc_macro2::{Spacing, TokenTree};

/// True for this one punctuation character.
#[must_use]
pub fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// True for one of these characters if the next one follows at once.
#[must_use]
pub fn is_joint(token: &TokenTree, characters: &str) -> bool {
    matches!(token, TokenTree::Punct(punct)
        if characters.contains(punct.as_char()) && punct.spacing() == Spacing::Joint)
}

/// Where the first such token stands.
pub fn position(tokens: &[TokenTree], is: &dyn Fn(&TokenTree) -> bool) -> Option<usize> {
    tokens.iter().position(is)
}

/// The first such place.
pub fn find(mut places: Range<usize>, is: &dyn Fn(usize) -> bool) -> Option<usize> {
    places.find(|at| is(*at))
}

/// Where the first two `|` stand: around the parameters of a closure.
pub fn bars(tokens: &[TokenTree]) -> Option<(usize, usize)> {
    let is_bar = |at: usize| is_punct(&tokens[at], '|');
    let open = find(0..tokens.len(), &is_bar)?;
    Some((open, find(open + 1..tokens.len(), &is_bar)?))
}

/// A field's name without its `r#`.
#[must_use]
pub fn field_name(field: &TokenTree) -> String {
    let name = field.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}
