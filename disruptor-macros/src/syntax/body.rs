//! Cuts the body into clauses and chains.

use proc_macro2::{Span, TokenStream, TokenTree};

use super::clause::Clause;
use super::tree::Body;
use super::{chain, clause};
use crate::report::Report;

/// Reads a whole declaration; what cannot be read is reported and left out.
pub(crate) fn parse(input: TokenStream, report: &mut Report) -> Body {
    let mut body = Body::default();
    let mut tokens = Tokens { all: input.into_iter().collect(), at: 0 };
    while let Some(token) = tokens.peek() {
        if is_punct(token, '<') {
            let (open, inside, closed) = tokens.chain();
            if !closed {
                let end = inside.last().map_or(open, TokenTree::span);
                report.error(end, "this chain has no end", "close it with `>`: `< a -> b >`");
            } else if let Some(chain) = chain::parse(open, &inside, report) {
                body.chains.push(chain);
            }
        } else {
            let (written, closed) = tokens.clause();
            if written.is_empty() {
                // A stray `;` does no harm.
            } else if closed {
                clause::parse(Clause { tokens: written }, &mut body, report);
            } else {
                clause::unclosed(Clause { tokens: written }, &mut body, report);
            }
        }
    }
    if body.chains.is_empty() && report.is_empty() {
        let help = "add one: `< first -> (left, right) -> last >`";
        report.error(Span::call_site(), "this pipeline has no chain of stages", help);
    }
    body
}

/// The tokens of a body, and how far they are read.
struct Tokens {
    all: Vec<TokenTree>,
    at: usize,
}

impl Tokens {
    fn peek(&self) -> Option<&TokenTree> {
        self.all.get(self.at)
    }

    /// Takes a chain: the place of its `<`, what is inside, and whether there was a `>`.
    fn chain(&mut self) -> (Span, Vec<TokenTree>, bool) {
        let open = self.all[self.at].span();
        self.at += 1;
        let from = self.at;
        while let Some(token) = self.peek() {
            let arrow = self.at > from
                && matches!(self.all[self.at - 1].clone(), TokenTree::Punct(p) if "-=|".contains(p.as_char()) && p.spacing() == proc_macro2::Spacing::Joint);
            if is_punct(token, '>') && !arrow {
                let inside = self.all[from..self.at].to_vec();
                self.at += 1;
                return (open, inside, true);
            }
            if is_punct(token, '<') || is_punct(token, ';') {
                break;
            }
            self.at += 1;
        }
        let inside = self.all[from..self.at].to_vec();
        // What follows a chain without an end is a chain of its own, or what stands behind the `;`.
        self.at += usize::from(self.peek().is_some_and(|token| is_punct(token, ';')));
        (open, inside, false)
    }

    /// Takes a clause, without its `;`, and says whether there was one.
    fn clause(&mut self) -> (Vec<TokenTree>, bool) {
        let from = self.at;
        while let Some(token) = self.peek() {
            if is_punct(token, ';') {
                let clause = self.all[from..self.at].to_vec();
                self.at += 1;
                return (clause, true);
            }
            self.at += 1;
        }
        (self.all[from..].to_vec(), false)
    }
}

/// True for this one punctuation character.
pub(super) fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}
