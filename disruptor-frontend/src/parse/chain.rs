//! Chains: `< a -> (b, c -> d) -> e >`.
//!
//! `disruptor_topology` reads them, so that a chain in a string means the same and is refused in the same words: the tokens
//! become text, and places in the text become tokens again.

use std::ops::Range;

use disruptor_syntax::{Place, Report, is_punct, position};
use disruptor_topology::{
    Code, Concern, Finding, Seq, Spanned, Step, Unit,
    parse::{is_reserved, recover},
};
use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};

pub(super) type Chain = Seq<Ident, TokenStream>;

/// Reads a chain from its `<` to its `>`, if it has one. If it has mistakes that leave it open what is meant, the stages that
/// it names are given in its place.
pub(super) fn parse(
    open: Span,
    inside: &[TokenTree],
    close: Option<Span>,
    report: &mut Report,
) -> Result<Chain, Vec<Ident>> {
    let mut text = Text::default();
    text.piece("<", open.into(), &[]);
    text.tokens(inside);
    if let Some(close) = close {
        text.piece(">", close.into(), &[]);
    }
    let (chains, findings) = recover(&text.written);
    text.report(&findings, report);
    let mut names = vec![];
    if let Some(chain) = chains.first()
        && findings.iter().all(|finding| text.means_an_arrow(finding))
    {
        let chain = text.tree(chain);
        if !fused_shard(&chain, report) {
            return Ok(chain);
        }
        for name in chain.names() {
            names.push(name.clone());
        }
        return Err(names);
    }
    for chain in &chains {
        for written in chain.names() {
            if let Some(name) = name(text.piece_at(&written.range)) {
                names.push(name);
            }
        }
    }
    Err(names)
}

/// Says of arrows that they stand outside of a chain, and gives the stages that they name.
pub(super) fn outside(tokens: &[TokenTree], report: &mut Report) -> Vec<Ident> {
    let mut text = Text::default();
    text.tokens(tokens);
    let (_, findings) = recover(&text.written);
    text.report(&findings, report);
    let mut names = vec![];
    for piece in &text.pieces {
        if let Some(name) = name(&piece.tokens) {
            names.push(name);
        }
    }
    names
}

/// True for a clause that is a chain, but for what stands around it: `a -> b`, `(a, b) -> c >`.
pub(super) fn is_outside(clause: &[TokenTree]) -> bool {
    let arrow = |pair: &[TokenTree]| is_punct(&pair[0], '-') && is_punct(&pair[1], '>');
    // What has a list is a stage with a wrong sign before its handler.
    let listed = matches!(clause, [TokenTree::Ident(_), TokenTree::Group(_), ..]);
    match clause.windows(2).position(arrow).filter(|_| !listed) {
        Some(at) => position(&clause[..at], &ends_first).is_none(),
        None => false,
    }
}

/// True at `=`, `:` or `{`.
fn ends_first(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => "=:".contains(punct.as_char()),
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::Brace => true,
            Delimiter::None => group.stream().into_iter().next().is_some_and(|first| ends_first(&first)),
            _ => false,
        },
        _ => false,
    }
}

/// A chain as text.
#[derive(Default)]
struct Text {
    written: String,
    pieces: Vec<Piece>,
}

/// A part of the text, and what it stands for.
struct Piece {
    range: Range<usize>,
    place: Place,
    /// The tokens; none for what opens or closes something.
    tokens: Vec<TokenTree>,
}

impl Text {
    fn piece(&mut self, written: &str, place: Place, tokens: &[TokenTree]) {
        // With the spaces that people write, as messages may repeat it.
        if [")", "]", ",", ";"].contains(&written) && self.written.ends_with(' ') {
            self.written.pop();
        }
        let start = self.written.len();
        self.written += written;
        self.pieces.push(Piece { range: start..self.written.len(), place, tokens: tokens.to_vec() });
        if !["(", "["].contains(&written) {
            self.written.push(' ');
        }
    }

    fn tokens(&mut self, tokens: &[TokenTree]) {
        for token in tokens {
            let one = std::slice::from_ref(token);
            match token {
                TokenTree::Group(group) => self.group(group),
                TokenTree::Punct(punct) => {
                    self.piece(&punct.as_char().to_string(), punct.span().into(), one);
                    if punct.spacing() == Spacing::Joint && self.written.ends_with(' ') {
                        self.written.pop();
                    }
                }
                // What is in a string is no part of the chain.
                TokenTree::Literal(literal) if !literal.to_string().starts_with(char::is_numeric) => {
                    self.piece("\"", literal.span().into(), one);
                }
                other => self.piece(&other.to_string(), other.span().into(), one),
            }
        }
    }

    fn group(&mut self, group: &Group) {
        let inside: Vec<_> = group.stream().into_iter().collect();
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::Brace => return self.piece("{", group.span().into(), &[]),
            Delimiter::None => return self.tokens(&inside),
        };
        self.piece(open, group.span_open().into(), &[]);
        match &inside[..] {
            [worker @ TokenTree::Ident(_), semicolon, count @ ..]
                if group.delimiter() == Delimiter::Bracket && is_punct(semicolon, ';') =>
            {
                self.tokens(&[worker.clone(), semicolon.clone()]);
                self.count(count);
            }
            _ => self.tokens(&inside),
        }
        self.piece(close, group.span_close().into(), &[]);
    }

    /// A shard's count. In a string it is a number; here it may be any expression, for which 1 stands. Another `;` is no part of it, and
    /// is refused with what stands behind it, as in a string.
    fn count(&mut self, tokens: &[TokenTree]) {
        let end = position(tokens, &|token| is_punct(token, ';')).unwrap_or(tokens.len());
        let (count, behind) = tokens.split_at(end);
        if let Some(place) = Place::of(count) {
            let zero = matches!(count, [TokenTree::Literal(number)] if number.to_string() == "0");
            self.piece(if zero { "0" } else { "1" }, place, count);
        }
        self.tokens(behind);
    }

    fn report(&self, findings: &[Finding], report: &mut Report) {
        for finding in findings {
            if let Some(Concern::Text(range)) = finding.concerns.first()
                && let Some(place) = self.place(range)
            {
                report.error(place, &finding.text, &finding.help);
            }
        }
    }

    /// True for a sign in the place of an arrow that points as an arrow does: the chain is read as if it were one.
    fn means_an_arrow(&self, finding: &Finding) -> bool {
        let Some(Concern::Text(range)) = finding.concerns.first() else { return false };
        let sign = self.written[range.clone()].trim();
        finding.code == Code::WrongArrow && sign.ends_with('>') && !sign.starts_with('<')
    }

    fn place(&self, range: &Range<usize>) -> Option<Place> {
        let mut place: Option<Place> = None;
        for piece in &self.pieces {
            if piece.range.start < range.end && range.start < piece.range.end {
                place = Some(place.map_or(piece.place, |first| first.to(piece.place)));
            }
        }
        place
    }

    fn piece_at(&self, range: &Range<usize>) -> &[TokenTree] {
        self.pieces.iter().find(|piece| piece.range.start == range.start).map_or(&[], |piece| &piece.tokens)
    }

    /// A chain without mistakes, with tokens for its text.
    fn tree(&self, chain: &Seq<Spanned<String>, Spanned<usize>>) -> Chain {
        // The text was made of tokens: where a name stands, there is one.
        let unnamed = || Ident::new("_unnamed", Span::call_site());
        chain.map(&mut |written| name(self.piece_at(&written.range)).unwrap_or_else(unnamed), &mut |count| {
            self.piece_at(&count.range).iter().cloned().collect()
        })
    }
}

/// A token that can name a stage.
fn name(tokens: &[TokenTree]) -> Option<Ident> {
    match tokens {
        [TokenTree::Ident(name)] => (!is_reserved(&name.to_string())).then(|| name.clone()),
        _ => None,
    }
}

/// Says of shards that a thread cannot be fused to several.
fn fused_shard(chain: &Chain, report: &mut Report) -> bool {
    let mut found = false;
    chain.visit(&mut |step| {
        let Step::Fused(units) = step else { return };
        let shard = units.iter().find(|unit| matches!(unit, Unit::Shard { .. }));
        if let (Some(unit), 2..) = (shard, units.len()) {
            let name = unit.name();
            let (text, help) = not_fused(name);
            report.error(name.span(), text, help);
            found = true;
        }
    });
    found
}

/// What is said of a shard that is fused to another stage.
pub(crate) fn not_fused(shard: &Ident) -> (String, String) {
    (
        format!("`{shard}` runs on several threads, and cannot be fused to another stage"),
        format!("write `->` in place of `+`, or leave `{shard}` one worker: `{shard}` without brackets"),
    )
}
