//! From tokens to the declaration's tree; first the body is cut into clauses and chains.
//!
//! Clauses end with `;`, which never stands bare inside an expression, and chains stand in `<` and `>`: the body is cut along
//! these, so that a mistake spoils one clause and no more. Types and expressions stay tokens; rustc knows them better.

mod args;
mod chain;
mod clause;
mod depth;
mod named;
mod next;
mod options;

use disruptor_syntax::{Body, Place, Report, find, is_joint, is_punct, position};
use proc_macro2::{Span, TokenStream, TokenTree};

pub(crate) use chain::not_fused;
pub(crate) use clause::setting;

/// Reads a whole declaration; what cannot be read is reported and left out.
pub fn parse(input: TokenStream, report: &mut Report) -> Body {
    let mut body = Body::default();
    if let Some(deep) = depth::too_deep(&input) {
        let text = format!("brackets are nested more than {} deep here", depth::MAX_NESTING);
        report.error(
            deep,
            text,
            "give the inner part a name outside of the declaration: a function, a constant, a type",
        );
        return body;
    }
    let all: Vec<_> = input.into_iter().collect();
    let heads = clause::heads(&all);
    let mut tokens = Tokens { all, at: 0 };
    while let Some(token) = tokens.peek() {
        if is_punct(token, '<') {
            let Cut { open, inside, close } = tokens.chain();
            match chain::parse(open, &inside, close, report) {
                Ok(chain) => body.chains.push(chain),
                Err(met) => body.met.extend(met),
            }
        } else {
            let clause = tokens.clause(report);
            clause::parse(&clause, &heads, &mut body, report);
        }
    }
    if body.chains.is_empty() && body.met.is_empty() && report.is_empty() {
        let help = match &body.stages[..] {
            [] => "add one: `< first -> (left, right) -> last >`".to_owned(),
            [first, others @ ..] => {
                let mut names = first.name.to_string();
                for stage in others {
                    names += &format!(" -> {}", stage.name);
                }
                format!("say in which order the stages see an event: `< {names} >`")
            }
        };
        let end = tokens.all.last().map_or_else(Span::call_site, TokenTree::span);
        report.error(end, "this pipeline has no chain of stages", help);
    }
    body
}

/// The tokens of a body, and how far they are read.
struct Tokens {
    all: Vec<TokenTree>,
    at: usize,
}

/// A chain as it is cut out.
struct Cut {
    open: Span,
    inside: Vec<TokenTree>,
    close: Option<Span>,
}

impl Tokens {
    fn peek(&self) -> Option<&TokenTree> {
        self.all.get(self.at)
    }

    /// Takes a chain.
    fn chain(&mut self) -> Cut {
        let open = self.all[self.at].span();
        self.at += 1;
        let from = self.at;
        while let Some(token) = self.peek() {
            if is_punct(token, '>') && !self.is_half_an_arrow(from) {
                let (inside, close) = (self.all[from..self.at].to_vec(), Some(token.span()));
                self.at += 1;
                return Cut { open, inside, close };
            }
            let next_chain = is_punct(token, '<') && !self.is_wrong_arrow(from);
            let next = next_chain || self.at > from && self.is_clause();
            if next || is_punct(token, ';') && !self.goes_on() {
                break;
            }
            self.at += 1;
        }
        let inside = self.all[from..self.at].to_vec();
        // What follows a chain without an end is a chain of its own, or what stands behind the `;`.
        self.at += usize::from(self.peek().is_some_and(|token| is_punct(token, ';')));
        Cut { open, inside, close: None }
    }

    /// True at a name that follows a stage without an arrow, and what a clause goes on with: the chain before has no end.
    fn is_clause(&self) -> bool {
        let names = |token: &TokenTree| matches!(token, TokenTree::Ident(_) | TokenTree::Group(_));
        if !matches!(self.all[self.at], TokenTree::Ident(_)) || !names(&self.all[self.at - 1]) {
            return false;
        }
        let rest = &self.all[self.at + 1..];
        let behind = position(rest, &|token| !matches!(token, TokenTree::Group(_))).unwrap_or(rest.len());
        let lone =
            |sign| rest.get(behind).is_some_and(|token| is_punct(token, sign) && !is_joint(token, "=:"));
        lone('=') || lone(':') && behind == 0 || lone(';') && behind > 0
    }

    /// True at the `>` of an arrow, right or wrong.
    fn is_half_an_arrow(&self, from: usize) -> bool {
        let (before, after) = (&self.all[self.at - 1], &self.all[self.at + 1..]);
        let doubled =
            is_joint(&self.all[self.at], ">") && after.first().is_some_and(|after| is_punct(after, '>'));
        // `- >` is one if there is another `>` for the chain's end.
        let apart = || {
            let angle = position(after, &|token| is_punct(token, '<') || is_punct(token, '>'));
            is_punct(before, '-') && angle.is_some_and(|angle| is_punct(&after[angle], '>'))
        };
        doubled || self.at > from && (is_joint(before, "-=|~>") || apart())
    }

    /// True at a `;` that stands inside of a chain, since what follows is the rest of one.
    fn goes_on(&self) -> bool {
        let rest = &self.all[self.at + 1..];
        let end = find(0..rest.len(), &|at| {
            let arrow = is_punct(&rest[at], '>') && at > 0 && is_joint(&rest[at - 1], "-");
            !arrow && matches!(&rest[at], TokenTree::Punct(punct) if !"-,+".contains(punct.as_char()))
        });
        end.is_some_and(|end| is_punct(&rest[end], '>'))
    }

    /// True at the `<` of `a <- b`.
    fn is_wrong_arrow(&self, from: usize) -> bool {
        let after = self.all.get(self.at + 1);
        self.at > from
            && !matches!(self.all[self.at - 1], TokenTree::Punct(_))
            && is_joint(&self.all[self.at], "<")
            && matches!(after, Some(TokenTree::Punct(stem)) if "-=~".contains(stem.as_char()))
    }

    /// Takes a clause, without its `;`. If that is missing, the clause ends where a chain begins that ends the body.
    fn clause(&mut self, report: &mut Report) -> Vec<TokenTree> {
        let rest = &self.all[self.at..];
        if let Some(end) = position(rest, &|token| is_punct(token, ';')) {
            let clause = rest[..end].to_vec();
            self.at += end + 1;
            return clause;
        }
        let is_chain = |at: usize| is_punct(&rest[at], '<') && only_chains(&rest[at..]);
        let mut chain = find(1..rest.len(), &is_chain);
        // In `event: Vec<u8> < a >`, the first is the type's.
        if let (Some(first), [TokenTree::Ident(name), ..]) = (chain, rest)
            && *name == "event"
        {
            chain = find(first + 1..rest.len(), &is_chain).or(chain);
        }
        let clause = rest[..chain.unwrap_or(rest.len())].to_vec();
        if !chain::is_outside(&clause) {
            let name = &clause[0];
            let help = match chain {
                Some(_) => "put `;` before the chain",
                None => "settings and stages end with `;`, also before a chain",
            };
            let end = Place::of(&clause[clause.len() - 1..]);
            let end = end.unwrap_or_else(|| name.span().into());
            report.error(end, format!("the clause of `{name}` has no end"), help);
        }
        self.at += clause.len();
        clause
    }
}

/// True if there are chains and nothing else.
fn only_chains(rest: &[TokenTree]) -> bool {
    let mut tokens = Tokens { all: rest.to_vec(), at: 0 };
    let mut ignored = Report::default();
    while tokens.peek().is_some_and(|token| is_punct(token, '<')) {
        let Cut { open, inside, close } = tokens.chain();
        if chain::parse(open, &inside, close, &mut ignored).is_err() {
            return false;
        }
    }
    tokens.peek().is_none()
}
