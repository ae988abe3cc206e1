//! The grammar, by recursive descent, with every mistake collected.
//!
//! After a mistake the parser goes on as if the likeliest correction had been made. Every loop takes a token or
//! leaves, and the depth of groups is limited, so it ends on any text.

use std::ops::Range;

use super::{
    Chain, MAX_DEPTH, MAX_FINDINGS, MAX_NAMES, Spanned,
    lexer::{Kind, Token, tokens},
    messages, names,
};
use crate::{
    arrow::{Seq, Step, Unit},
    finding::Finding,
};

type NamedStep = Step<Spanned<String>, Spanned<usize>>;
type NamedUnit = Unit<Spanned<String>, Spanned<usize>>;

/// The chains of a body, and everything that is wrong with it.
pub(super) fn parse(body: &str) -> (Vec<Chain>, Vec<Finding>) {
    let mut parser =
        Parser { body, tokens: tokens(body), at: 0, names: 0, gave_up: false, findings: Vec::new() };
    let mut chains = Vec::new();
    while let Some(kind) = parser.peek() {
        if kind == Kind::Open {
            chains.push(parser.chain());
        } else {
            parser.outside();
        }
    }
    (chains, parser.findings)
}

struct Parser<'a> {
    body: &'a str,
    tokens: Vec<Token<'a>>,
    /// The index of the next token.
    at: usize,
    /// How many names have been met.
    names: usize,
    /// Whether the rest of the text is left unread.
    gave_up: bool,
    findings: Vec<Finding>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Kind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    /// Takes the next token. Only called where one was seen.
    fn take(&mut self) -> Token<'a> {
        self.at += 1;
        self.tokens[self.at - 1].clone()
    }

    fn take_if(&mut self, kind: Kind) -> Option<Token<'a>> {
        (self.peek() == Some(kind)).then(|| self.take())
    }

    /// The range of the token that was taken last.
    fn last(&self) -> Range<usize> {
        self.at.checked_sub(1).map_or(0..0, |at| self.tokens[at].range.clone())
    }

    fn report(&mut self, finding: Finding) {
        if self.gave_up {
            return;
        }
        self.findings.push(finding);
        if self.findings.len() == MAX_FINDINGS {
            self.give_up();
        }
    }

    /// Cuts off what is left of the text. What is still open then is no mistake, so nothing more is reported.
    fn give_up(&mut self) {
        self.gave_up = true;
        self.tokens.truncate(self.at);
    }

    /// Anything up to the next `<`.
    fn outside(&mut self) {
        let start = self.tokens[self.at].range.start;
        while self.peek().is_some_and(|kind| kind != Kind::Open) {
            self.at += 1;
        }
        let place = start..self.last().end;
        let text = &self.body[place.clone()];
        self.report(messages::expected_chain(&place, text));
    }

    /// `"<" seq ">"`
    fn chain(&mut self) -> Chain {
        let open = self.take().range;
        if let Some(close) = self.take_if(Kind::Close) {
            self.report(messages::empty_chain(&(open.start..close.range.end)));
            return Seq { steps: Vec::new() };
        }
        let chain = self.seq(0);
        if self.take_if(Kind::Close).is_none() {
            self.report(messages::unclosed_chain(&self.last(), &open));
        }
        chain
    }

    /// `step {"->" step}`, inside of `depth` groups. It ends before a `>` or `<`, and in a group before `,` or `)`.
    fn seq(&mut self, depth: usize) -> Chain {
        let mut steps = Vec::new();
        // The arrow, or what stands for one, that waits for its second stage.
        let mut sign = None;
        loop {
            match self.peek() {
                Some(Kind::Arrow | Kind::WrongArrow | Kind::Plus) => {
                    let next = self.sign();
                    self.report(match &sign {
                        None => messages::no_stage_before(&next),
                        Some(first) => messages::no_stage_between(&next, first),
                    });
                    sign = Some(next);
                    continue;
                }
                Some(Kind::Name | Kind::Number | Kind::LeftBracket) => steps.push(self.fused()),
                Some(Kind::LeftParen) => steps.push(self.group(depth + 1)),
                Some(Kind::Comma) if sign.is_none() => {
                    let comma = self.tokens[self.at].clone();
                    self.report(messages::no_stage_before(&comma));
                    if depth > 0 {
                        break;
                    }
                    self.at += usize::from(self.peek().is_some());
                    continue;
                }
                Some(Kind::Semicolon | Kind::Other | Kind::RightBracket) => {
                    self.stray();
                    // Before a stage it is too much; elsewhere it stands where a stage belongs.
                    if !matches!(
                        self.peek(),
                        None | Some(
                            Kind::Arrow
                                | Kind::WrongArrow
                                | Kind::Plus
                                | Kind::Comma
                                | Kind::Open
                                | Kind::Close
                        )
                    ) {
                        continue;
                    }
                }
                // The end of the text, of the chain, the group or the branch.
                _ => {
                    if let Some(sign) = &sign {
                        self.report(messages::no_stage_after(sign));
                    } else if depth == 0 && self.peek() == Some(Kind::RightParen) {
                        self.stray();
                        continue;
                    }
                    break;
                }
            }
            match self.separator(depth) {
                Some(next) => sign = next,
                None => break,
            }
        }
        Seq { steps }
    }

    /// What stands between two steps; `None` where the sequence ends, `Some(None)` where it is missing.
    fn separator(&mut self, depth: usize) -> Option<Option<Token<'a>>> {
        loop {
            let before = self.last();
            match self.peek()? {
                Kind::Arrow | Kind::WrongArrow => return Some(Some(self.sign())),
                Kind::Plus => {
                    let plus = self.take();
                    self.report(messages::fused_group(&plus.range, &before));
                    return Some(Some(plus));
                }
                Kind::Comma if depth == 0 => {
                    let name = |token: Option<&Token<'a>>| {
                        token.filter(|token| token.kind == Kind::Name).map(|token| token.text)
                    };
                    let around = (name(self.tokens.get(self.at - 1)), name(self.tokens.get(self.at + 1)));
                    let comma = self.take();
                    self.report(messages::stray_comma(&comma.range, around));
                    return Some(None);
                }
                Kind::Name | Kind::Number | Kind::LeftParen | Kind::LeftBracket => {
                    let next = self.tokens[self.at].clone();
                    self.report(messages::missing_arrow(&next, &before));
                    return Some(None);
                }
                Kind::Semicolon | Kind::Other | Kind::RightBracket => {
                    self.stray();
                    // Before a stage it stands where an arrow belongs.
                    if matches!(
                        self.peek(),
                        Some(Kind::Name | Kind::Number | Kind::LeftParen | Kind::LeftBracket)
                    ) {
                        return Some(None);
                    }
                }
                Kind::RightParen if depth == 0 => self.stray(),
                Kind::Comma | Kind::RightParen | Kind::Open | Kind::Close => return None,
            }
        }
    }

    /// Takes an arrow or a `+`, right or wrong.
    fn sign(&mut self) -> Token<'a> {
        let sign = self.take();
        if sign.kind == Kind::WrongArrow {
            self.report(messages::wrong_arrow(&sign));
        }
        sign
    }

    /// Takes a token that has no place here.
    fn stray(&mut self) {
        let token = self.take();
        self.report(match token.kind {
            Kind::RightParen | Kind::RightBracket => messages::unopened(&token),
            _ => messages::unexpected(&token),
        });
    }

    /// `"(" seq {"," seq} [","] ")"`
    fn group(&mut self, depth: usize) -> NamedStep {
        let open = self.take().range;
        let mut branches = Vec::new();
        if depth > MAX_DEPTH {
            self.report(messages::too_deep(&open));
            self.skip_group();
        } else if let Some(close) = self.take_if(Kind::RightParen) {
            self.report(messages::empty_group(&(open.start..close.range.end)));
        } else {
            loop {
                branches.push(self.seq(depth));
                let comma = self.take_if(Kind::Comma).is_some();
                if self.take_if(Kind::RightParen).is_some() {
                    break;
                }
                if !comma || self.peek().is_none() {
                    self.report(messages::unclosed_group(&open));
                    break;
                }
            }
        }
        Step::Group(branches)
    }

    /// Takes everything up to the `)` of a group that is open, or the end of the chain.
    fn skip_group(&mut self) {
        let mut open = 1;
        while open > 0 {
            match self.peek() {
                None | Some(Kind::Open | Kind::Close) => return,
                Some(Kind::LeftParen) => open += 1,
                Some(Kind::RightParen) => open -= 1,
                Some(_) => {}
            }
            self.at += 1;
        }
    }

    /// `unit {"+" unit}`
    fn fused(&mut self) -> NamedStep {
        let mut units = vec![self.unit()];
        while let Some(plus) = self.take_if(Kind::Plus) {
            match self.peek() {
                Some(Kind::Name | Kind::Number | Kind::LeftBracket) => units.push(self.unit()),
                Some(Kind::LeftParen) => {
                    let group = self.tokens[self.at].range.clone();
                    self.report(messages::fused_group(&plus.range, &group));
                    // The group is left to the sequence, which must find an arrow before it.
                    self.at -= 1;
                    self.tokens[self.at].kind = Kind::Arrow;
                    break;
                }
                _ => self.report(messages::no_stage_after(&plus)),
            }
        }
        Step::Fused(units)
    }

    /// `NAME | "[" NAME ";" COUNT "]"`
    fn unit(&mut self) -> NamedUnit {
        let first = self.take();
        if first.kind == Kind::LeftBracket {
            self.shard(&first.range)
        } else {
            Unit::Stage(self.name(&first))
        }
    }

    fn name(&mut self, word: &Token<'a>) -> Spanned<String> {
        self.names += 1;
        if self.names == MAX_NAMES + 1 {
            self.report(messages::too_long(&word.range));
            self.give_up();
        } else if word.kind != Kind::Name || names::is_reserved(word.text) {
            self.report(messages::bad_name(word));
        }
        Spanned { value: word.text.to_owned(), range: word.range.clone() }
    }

    /// What follows the `[` of a shard. Only the first mistake in it is reported.
    fn shard(&mut self, open: &Range<usize>) -> NamedUnit {
        let known = self.findings.len();
        let worker = match self.take_if(Kind::Name) {
            Some(word) => self.name(&word),
            None => {
                self.report(messages::no_worker(open));
                Spanned { value: "_".to_owned(), range: open.clone() }
            }
        };
        self.take_if(Kind::Semicolon);
        let number = self.take_if(Kind::Number);
        let value = number.as_ref().and_then(|number| names::count(number.text));
        let place = number.as_ref().or(self.tokens.get(self.at)).map_or(open, |token| &token.range).clone();
        if value.is_none() && self.findings.len() == known {
            self.report(messages::bad_count(&place, &worker.value));
        }
        if self.findings.len() == known
            && let Some(second) = self.take_if(Kind::Semicolon)
        {
            self.report(messages::unexpected(&second));
        }
        if self.findings.len() > known {
            self.skip_shard();
        } else if self.take_if(Kind::RightBracket).is_none() {
            self.report(messages::unclosed_shard(open));
        }
        Unit::Shard { worker, count: Spanned { value: value.unwrap_or(1), range: place } }
    }

    /// Takes what is left of a shard, up to its `]` if it has one.
    fn skip_shard(&mut self) {
        let end =
            |kind| !matches!(kind, Kind::Name | Kind::Number | Kind::Semicolon | Kind::Plus | Kind::Other);
        while self.peek().is_some_and(|kind| !end(kind)) {
            self.at += 1;
        }
        self.take_if(Kind::RightBracket);
    }
}
