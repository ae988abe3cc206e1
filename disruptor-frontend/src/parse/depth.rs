//! How deep brackets are nested. What follows walks into them by recursion, on the compiler's own stack.

use proc_macro2::{Span, TokenStream, TokenTree};

/// How deep brackets may be nested in a declaration, those of the user's expressions counted.
pub(super) const MAX_NESTING: usize = 256;

/// The first bracket that is nested deeper than that. Without recursion.
pub(super) fn too_deep(tokens: &TokenStream) -> Option<Span> {
    let mut open = vec![tokens.clone().into_iter()];
    while let Some(inner) = open.last_mut() {
        match inner.next() {
            Some(TokenTree::Group(group)) if open.len() > MAX_NESTING => return Some(group.span_open()),
            Some(TokenTree::Group(group)) => open.push(group.stream().into_iter()),
            Some(_) => {}
            None => drop(open.pop()),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_the_last_that_may_be() {
        let nested = |depth: usize| {
            format!("a {} x {}", "(".repeat(depth), ")".repeat(depth)).parse::<TokenStream>().expect("tokens")
        };
        assert!(too_deep(&nested(0)).is_none());
        assert!(too_deep(&nested(MAX_NESTING)).is_none());
        assert!(too_deep(&nested(MAX_NESTING + 1)).is_some());
        assert!(too_deep(&nested(100_000)).is_some());
    }
}
