//! Expressions as they were written: tokens, and what can be seen of them without reading them.

use proc_macro2::{Delimiter, Punct, Spacing, Span, TokenStream, TokenTree};

use super::body::is_punct;
use super::number::integer;
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

    /// All of it.
    pub fn place(&self) -> Place {
        let tokens: Vec<_> = self.tokens.clone().into_iter().collect();
        Place::of(&tokens).unwrap_or_else(|| self.span.into())
    }

    /// True for a closure as it is written in place: its parameters' types are to be inferred.
    pub fn is_closure(&self) -> bool {
        let mut tokens = self.tokens.clone().into_iter().skip_while(
            |token| matches!(token, TokenTree::Ident(word) if *word == "move" || *word == "static" || *word == "async"),
        );
        matches!(tokens.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '|')
    }

    /// The parameters of a closure, from `|` to `|`.
    pub fn parameter_list(&self) -> Option<Place> {
        let tokens: Vec<_> = self.tokens.clone().into_iter().collect();
        let is_bar = |token: &TokenTree| is_punct(token, '|');
        let mut bars = (0..tokens.len()).filter(|at| self.is_closure() && is_bar(&tokens[*at]));
        Place::of(&tokens[bars.next()?..=bars.next()?])
    }

    /// True for a closure whose last value is a closure as it is written in place.
    pub fn ends_with_closure(&self) -> bool {
        let bar = |token: &TokenTree| is_punct(token, '|');
        let tokens: Vec<_> = self.tokens.clone().into_iter().collect();
        let behind =
            tokens.iter().enumerate().filter(|(_, token)| bar(token)).nth(1).map_or(0, |(at, _)| at + 1);
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
        let tokens: Vec<_> =
            self.tokens.clone().into_iter().skip_while(|token| !is_punct(token, '|')).skip(1).collect();
        let end = tokens.iter().position(|token| is_punct(token, '|'))?;
        // Commas between angle brackets belong to a type; those of tuples stand in groups.
        let (mut depth, mut parameters) = (0_i32, vec![vec![]]);
        for (at, token) in tokens[..end].iter().enumerate() {
            let arrow = at > 0 && is_punct(&tokens[at - 1], '-');
            depth += i32::from(is_punct(token, '<')) - i32::from(is_punct(token, '>') && !arrow);
            if depth == 0 && is_punct(token, ',') {
                parameters.push(vec![]);
            } else if let Some(parameter) = parameters.last_mut() {
                parameter.push(token.clone());
            }
        }
        // Behind the last comma.
        parameters.pop_if(|last| last.is_empty());
        Some(Closure { parameters, body: tokens[end + 1..].to_vec() })
    }

    /// The type of the value, as far as that can be read off: of `Type`, `Type::new(…)`, and `Type = value`.
    pub fn kind(&self) -> Option<TokenStream> {
        let mut tokens: Vec<_> = self.tokens.clone().into_iter().collect();
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
        is_type(&tokens).then(|| {
            let bracket = |character| TokenTree::Punct(Punct::new(character, Spacing::Alone));
            let mut kind: TokenStream = tokens.into_iter().collect();
            if let Some(phase) = last_phase {
                kind.extend([bracket('<')]);
                kind.extend(phase);
                kind.extend([bracket('>')]);
            }
            kind
        })
    }

    /// The value alone, of `Type = value`.
    pub fn value(&self) -> Self {
        let after = self.equals().map_or(0, |at| at + 1);
        Self::new(self.tokens.clone().into_iter().skip(after).collect()).unwrap_or_else(|| self.clone())
    }

    /// Where the `=` of `Type = value` stands.
    fn equals(&self) -> Option<usize> {
        let tokens: Vec<_> = self.tokens.clone().into_iter().collect();
        let joint =
            |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint);
        let is = |token: &TokenTree, of: &str| matches!(token, TokenTree::Punct(punct) if of.contains(punct.as_char()));
        (1..tokens.len())
            .find(|at| {
                // Not `==`, `<=`, `=>` and so on; what stands in a closure or a group is not looked at.
                is(&tokens[*at], "=")
                    && !joint(&tokens[*at])
                    && (is(&tokens[at - 1], ">") || !joint(&tokens[at - 1]))
            })
            .filter(|at| !tokens[..*at].iter().any(|token| is(token, "|")))
    }

    /// The value, if it is a whole number or a shift of two such.
    pub fn number(&self) -> Option<u128> {
        let tokens: Vec<_> = self.tokens.clone().into_iter().collect();
        let literal = |token: &TokenTree| {
            let TokenTree::Literal(literal) = token else { return None };
            integer(&literal.to_string()).map(|(number, _)| number)
        };
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

/// `Blocking`, and not `WAIT`.
fn is_type_name(name: &str) -> bool {
    name.starts_with(char::is_uppercase) && (name.len() == 1 || name.contains(char::is_lowercase))
}

/// True for a path, with parameters or without, that a type may have.
pub(super) fn is_type(tokens: &[TokenTree]) -> bool {
    let name = |token: &TokenTree| matches!(token, TokenTree::Ident(_));
    let path = |token: &TokenTree| {
        name(token) || matches!(token, TokenTree::Punct(punct) if ":<>,".contains(punct.as_char()))
    };
    let last = tokens.iter().rev().find_map(|token| match token {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    });
    let in_a_row = tokens.windows(2).any(|pair| pair.iter().all(name));
    last.is_some_and(|last| is_type_name(&last)) && tokens.iter().all(path) && !in_a_row
}
