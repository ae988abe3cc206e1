//! Expressions as they were written: tokens, and what can be seen of them without reading them.

use proc_macro2::{Delimiter, Punct, Spacing, Span, TokenStream, TokenTree};

use super::number::integer;
use super::tokens::{bars, find, is_punct, position};
use crate::report::Place;

/// An expression or a constant, as it was written.
#[derive(Clone)]
pub struct Expr {
    /// As it was written.
    pub tokens: TokenStream,
    /// Where it begins.
    pub span: Span,
}

/// A closure, taken apart.
pub struct Closure {
    /// Each parameter, as it is written.
    pub parameters: Vec<Vec<TokenTree>>,
    /// What stands behind them.
    pub body: Vec<TokenTree>,
}

impl Expr {
    /// An expression, unless there is nothing.
    pub fn of(tokens: &[TokenTree]) -> Option<Self> {
        Self::new(tokens.iter().cloned().collect())
    }

    /// An expression, unless there is nothing.
    pub fn new(tokens: TokenStream) -> Option<Self> {
        let span = tokens.clone().into_iter().next()?.span();
        Some(Self { tokens, span })
    }

    /// Its tokens, one by one.
    fn list(&self) -> Vec<TokenTree> {
        self.tokens.clone().into_iter().collect()
    }

    /// All of it.
    pub fn place(&self) -> Place {
        Place::of(&self.list()).unwrap_or_else(|| self.span.into())
    }

    /// True for a closure as it is written in place: its parameters' types are to be inferred.
    pub fn is_closure(&self) -> bool {
        let before = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if *word == "move" || *word == "static" || *word == "async");
        let tokens = self.list();
        let first = position(&tokens, &|token| !before(token));
        first.is_some_and(|first| is_punct(&tokens[first], '|'))
    }

    /// The parameters of a closure, from `|` to `|`.
    pub fn parameter_list(&self) -> Option<Place> {
        let tokens = self.list();
        let (open, close) = bars(&tokens).filter(|_| self.is_closure())?;
        Place::of(&tokens[open..=close])
    }

    /// True for a closure whose last value is a closure as it is written in place.
    pub fn ends_with_closure(&self) -> bool {
        let tokens = self.list();
        let behind = bars(&tokens).map_or(0, |(_, close)| close + 1);
        let last: Vec<TokenTree> = match &tokens[behind..] {
            // A block: what stands behind its last `;`.
            [TokenTree::Group(block)] if block.delimiter() == Delimiter::Brace => {
                let inside: Vec<_> = block.stream().into_iter().collect();
                let end = inside.iter().rposition(|token| is_punct(token, ';'));
                inside[end.map_or(0, |end| end + 1)..].to_vec()
            }
            value => value.to_vec(),
        };
        Self::of(&last).is_some_and(|last| last.is_closure())
    }

    /// How many parameters it has, if it is a closure as it is written in place.
    pub fn parameters(&self) -> Option<usize> {
        self.closure().map(|closure| closure.parameters.len())
    }

    /// Its parts, if it is a closure as it is written in place.
    pub fn closure(&self) -> Option<Closure> {
        if !self.is_closure() {
            return None;
        }
        let tokens = self.list();
        let (open, close) = bars(&tokens)?;
        let between = &tokens[open + 1..close];
        // Commas between angle brackets belong to a type; those of tuples stand in groups.
        let (mut depth, mut parameters) = (0_i32, vec![vec![]]);
        for (at, token) in between.iter().enumerate() {
            let arrow = at > 0 && is_punct(&between[at - 1], '-');
            depth += i32::from(is_punct(token, '<')) - i32::from(is_punct(token, '>') && !arrow);
            if depth == 0 && is_punct(token, ',') {
                parameters.push(vec![]);
            } else if let Some(parameter) = parameters.last_mut() {
                parameter.push(token.clone());
            }
        }
        // Behind the last comma.
        parameters.pop_if(|last| last.is_empty());
        Some(Closure { parameters, body: tokens[close + 1..].to_vec() })
    }

    /// The type of the value, as far as that can be read off: of `Type`, `Type::new(…)`, and `Type = value`.
    pub fn kind(&self) -> Option<TokenStream> {
        let mut tokens = self.list();
        if let Some(at) = self.equals() {
            return Some(tokens[..at].iter().cloned().collect());
        }
        let mut last_phase = None;
        if let [path @ .., first, second, TokenTree::Ident(function), TokenTree::Group(arguments)] =
            &tokens[..]
            && arguments.delimiter() == Delimiter::Parenthesis
        {
            if !(is_punct(first, ':') && is_punct(second, ':')) {
                return None;
            }
            // The one wait of the runtime's whose type says more than its name.
            if *function == "before"
                && matches!(path.last(), Some(TokenTree::Ident(name)) if *name == "PhasedBackoff")
            {
                last_phase = Some(Self::new(arguments.stream())?.kind()?);
            }
            tokens.truncate(path.len());
        }
        if !is_type(&tokens) {
            return None;
        }
        if let Some(phase) = last_phase {
            let bracket = |character| TokenTree::Punct(Punct::new(character, Spacing::Alone));
            tokens.push(bracket('<'));
            for token in phase {
                tokens.push(token);
            }
            tokens.push(bracket('>'));
        }
        Some(tokens.iter().cloned().collect())
    }

    /// The value alone, of `Type = value`.
    pub fn value(&self) -> Self {
        let after = self.equals().map_or(0, |at| at + 1);
        Self::of(&self.list()[after..]).unwrap_or_else(|| self.clone())
    }

    /// Where the `=` of `Type = value` stands.
    fn equals(&self) -> Option<usize> {
        let tokens = self.list();
        let joint =
            |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint);
        // Not `==`, `<=`, `=>` and so on; what stands in a closure or a group is not looked at.
        let is_equals = |at: usize| {
            let before = &tokens[at - 1];
            is_punct(&tokens[at], '=') && !joint(&tokens[at]) && (is_punct(before, '>') || !joint(before))
        };
        let equals = find(1..tokens.len(), &is_equals)?;
        position(&tokens[..equals], &|token| is_punct(token, '|')).is_none().then_some(equals)
    }

    /// The value, if it is a whole number or a shift of two such.
    pub fn number(&self) -> Option<u128> {
        let tokens = self.list();
        match &tokens[..] {
            [one] => literal(one),
            [left, TokenTree::Punct(first), TokenTree::Punct(second), right]
                if first.as_char() == '<' && second.as_char() == '<' =>
            {
                literal(left)?.checked_shl(u32::try_from(literal(right)?).ok()?)
            }
            _ => None,
        }
    }
}

/// The whole number that a token is.
fn literal(token: &TokenTree) -> Option<u128> {
    match token {
        TokenTree::Literal(literal) => integer(&literal.to_string()).map(|(number, _)| number),
        // What another macro passes on (`$slots:literal`) stands in a group without delimiters.
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            let mut inside = group.stream().into_iter();
            inside.next().filter(|_| inside.next().is_none()).as_ref().and_then(literal)
        }
        _ => None,
    }
}

/// `Blocking`, and not `WAIT`.
fn is_type_name(name: &str) -> bool {
    name.starts_with(char::is_uppercase) && (name.len() == 1 || name.contains(char::is_lowercase))
}

/// True for a path, with parameters or without, that a type may have.
#[must_use]
pub fn is_type(tokens: &[TokenTree]) -> bool {
    let (mut last, mut behind_name) = (None, false);
    for token in tokens {
        match token {
            TokenTree::Ident(name) if !behind_name => last = Some(name),
            TokenTree::Punct(punct) if ":<>,".contains(punct.as_char()) => {}
            _ => return false,
        }
        behind_name = matches!(token, TokenTree::Ident(_));
    }
    last.is_some_and(|last| is_type_name(&last.to_string()))
}
