//! Chains: `< a -> (b, c -> d) -> e >`.

use disruptor_topology::{Seq, Step, Unit};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::body::is_punct;
use crate::report::Report;

type Chain = Seq<Ident, TokenStream>;

const SHAPE: &str = "a chain is written `< first -> (left, right) -> last >`";

/// A mistake: where, what, and what to write.
struct Mistake {
    place: Span,
    text: String,
    help: String,
}

type Parsed<T> = Result<T, Mistake>;

/// Reads what stands between `<` and `>`.
pub(super) fn parse(open: Span, inside: &[TokenTree], report: &mut Report) -> Option<Chain> {
    let mut reader = Reader { tokens: inside, end: open };
    let read = reader.seq().and_then(|chain| match reader.tokens.first() {
        None => Ok(chain),
        Some(other) if is_punct(other, ',') => Err(mistake(
            other.span(),
            "this comma stands outside of a group",
            "stages side by side stand in parentheses: `(a, b)`",
        )),
        Some(other) => Err(reader.no_arrow(other)),
    });
    read.map_err(|Mistake { place, text, help }| report.error(place, text, help)).ok()
}

struct Reader<'a> {
    tokens: &'a [TokenTree],
    /// Where to point when the tokens are at their end.
    end: Span,
}

impl Reader<'_> {
    fn take(&mut self) -> Option<TokenTree> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        self.end = first.span();
        Some(first.clone())
    }

    fn take_if(&mut self, character: char) -> bool {
        let there = self.tokens.first().is_some_and(|token| is_punct(token, character));
        if there {
            self.take();
        }
        there
    }

    fn seq(&mut self) -> Parsed<Chain> {
        let mut steps = vec![self.step()?];
        while self.arrow()? {
            steps.push(self.step()?);
        }
        Ok(Seq { steps })
    }

    /// Takes an arrow; false at the end of the sequence. Other nations' arrows get their own words.
    fn arrow(&mut self) -> Parsed<bool> {
        let first = match self.tokens {
            [] => return Ok(false),
            [first, ..] if is_punct(first, ',') => return Ok(false),
            [dash, head, ..] if is_punct(dash, '-') && is_punct(head, '>') => {
                self.take();
                self.take();
                return Ok(true);
            }
            [first, ..] => first.clone(),
        };
        Err(self.no_arrow(&first))
    }

    fn no_arrow(&self, found: &TokenTree) -> Mistake {
        let punctuation = self.tokens.iter().map_while(|token| match token {
            TokenTree::Punct(punct) => Some(punct.as_char()),
            _ => None,
        });
        let written: String = punctuation.collect();
        match (written.as_str(), found) {
            ("", TokenTree::Ident(_) | TokenTree::Group(_)) => mistake(
                found.span(),
                format!("there is no arrow before `{found}`"),
                "stages that follow each other have `->` between",
            ),
            ("", _) => mistake(found.span(), format!("`{found}` is no stage"), SHAPE),
            ("-", _) => mistake(found.span(), "this arrow has no head", "write `->`"),
            (other, _) => mistake(found.span(), format!("`{other}` is no arrow here"), "write `->`"),
        }
    }

    fn step(&mut self) -> Parsed<Step<Ident, TokenStream>> {
        if let Some(TokenTree::Group(group)) = self.tokens.first()
            && group.delimiter() == Delimiter::Parenthesis
        {
            let group = group.clone();
            self.take();
            return branches(&group);
        }
        let mut units = vec![self.unit()?];
        while self.take_if('+') {
            units.push(self.unit()?);
        }
        let shard = units.iter().find(|unit| matches!(unit, Unit::Shard { .. }));
        if let (Some(unit), 2..) = (shard, units.len()) {
            let name = unit.name();
            let help = format!(
                "write `->` in place of `+`, or leave `{name}` one worker: `{name}` without brackets"
            );
            let text = format!("`{name}` runs on several threads, and cannot be fused to another stage");
            return Err(mistake(name.span(), text, help));
        }
        Ok(Step::Fused(units))
    }

    fn unit(&mut self) -> Parsed<Unit<Ident, TokenStream>> {
        match self.take() {
            Some(TokenTree::Ident(name)) if is_keyword(&name) => Err(mistake(
                name.span(),
                format!("`{name}` is a keyword, and cannot name a stage"),
                "choose another name",
            )),
            Some(TokenTree::Ident(name)) => Ok(Unit::Stage(name)),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => shard(&group),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => Err(mistake(
                group.span(),
                "a group cannot be fused",
                "fuse single stages, `a + b`, and group around them",
            )),
            Some(TokenTree::Punct(punct)) if punct.as_char() == '-' => {
                Err(mistake(punct.span(), "this arrow has no stage before it", SHAPE))
            }
            Some(other) => Err(mistake(other.span(), format!("`{other}` is no stage"), SHAPE)),
            None => Err(mistake(self.end, "a stage is missing here", SHAPE)),
        }
    }
}

/// Reads `(a, b -> c)`.
fn branches(group: &Group) -> Parsed<Step<Ident, TokenStream>> {
    let tokens: Vec<_> = group.stream().into_iter().collect();
    if tokens.is_empty() {
        return Err(mistake(
            group.span(),
            "this group is empty",
            "name the stages that run side by side: `(a, b)`",
        ));
    }
    let mut reader = Reader { tokens: &tokens, end: group.span() };
    let mut branches = vec![];
    loop {
        branches.push(reader.seq()?);
        match reader.tokens.first() {
            Some(token) if is_punct(token, ',') => {
                reader.take();
            }
            Some(other) => return Err(reader.no_arrow(other)),
            None => break,
        }
        if reader.tokens.is_empty() {
            break;
        }
    }
    Ok(Step::Group(branches))
}

/// Reads `[worker; 4]`.
fn shard(group: &Group) -> Parsed<Unit<Ident, TokenStream>> {
    let tokens: Vec<_> = group.stream().into_iter().collect();
    match &tokens[..] {
        [TokenTree::Ident(worker), semicolon, count @ ..]
            if is_punct(semicolon, ';') && !count.is_empty() =>
        {
            Ok(Unit::Shard { worker: worker.clone(), count: count.iter().cloned().collect() })
        }
        _ => Err(mistake(
            group.span(),
            "this is no shard",
            "workers that share the events of a stage are written `[work; 4]`",
        )),
    }
}

fn is_keyword(name: &Ident) -> bool {
    let written = name.to_string();
    written == "_" || (!written.starts_with("r#") && syn::parse_str::<syn::Ident>(&written).is_err())
}

fn mistake(place: Span, text: impl Into<String>, help: impl Into<String>) -> Mistake {
    Mistake { place, text: text.into(), help: help.into() }
}
