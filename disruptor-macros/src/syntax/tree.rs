//! The declaration as a tree.

use disruptor_topology::{Access, Seq};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};

use crate::report::Place;

/// All of a declaration that could be read.
#[derive(Default)]
pub(crate) struct Body {
    pub(crate) settings: Settings,
    /// The stages that have a clause of their own, in the order of writing.
    pub(crate) stages: Vec<StageClause>,
    /// The arrows.
    pub(crate) chains: Vec<Seq<Ident, TokenStream>>,
    /// The stages that are named where chains have mistakes: how they are connected is not known.
    pub(crate) met: Vec<Ident>,
    /// Expressions that have no place in the pipeline, as they are given twice, say: an editor still knows them.
    pub(crate) leftovers: Vec<Expr>,
}

/// An expression or a constant, as it was written.
#[derive(Clone)]
pub(crate) struct Expr {
    pub(crate) tokens: TokenStream,
    pub(crate) span: Span,
}

/// The settings, each at most once.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) event: Option<EventSetting>,
    pub(crate) ring: Option<Expr>,
    pub(crate) multi: bool,
    pub(crate) wait: Option<Expr>,
    pub(crate) producer_wait: Option<Expr>,
    pub(crate) on_error: Option<Expr>,
    pub(crate) name: Option<Expr>,
    /// The fields that hold something before the first stage, if that is to be checked.
    pub(crate) input: Option<Vec<TokenTree>>,
    /// The event is declared and could not be read: nothing is to be said of its absence.
    pub(crate) event_spoilt: bool,
}

/// `event: Type = expression;`
pub(crate) struct EventSetting {
    pub(crate) kind: Expr,
    pub(crate) value: Option<Expr>,
}

/// What is said of one stage, beside its place.
pub(crate) struct StageClause {
    pub(crate) name: Ident,
    /// `None` where there is no list: the handler is called with `(&event, sequence, end_of_batch)`.
    pub(crate) args: Option<Vec<Arg>>,
    pub(crate) options: Options,
    pub(crate) handler: Option<Expr>,
    /// The list or the handler could not be read: nothing more is to be said of the stage.
    pub(crate) spoilt: bool,
}

/// The options of a stage, each at most once.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) core: Option<Expr>,
    pub(crate) wait: Option<Expr>,
    pub(crate) batch: Option<Expr>,
    pub(crate) on_error: Option<Expr>,
    pub(crate) name: Option<Expr>,
}

/// An entry of an argument list.
pub(crate) enum Arg {
    /// A part of the event; `field` is the token that names it, if it is a field.
    Access { access: Access, field: Option<TokenTree>, place: Place },
    /// `sequence`
    Sequence,
    /// `end_of_batch`
    EndOfBatch,
}

impl Expr {
    /// An expression, unless there is nothing.
    pub(crate) fn of(tokens: &[TokenTree]) -> Option<Self> {
        Self::new(tokens.iter().cloned().collect())
    }

    /// An expression, unless there is nothing.
    pub(crate) fn new(tokens: TokenStream) -> Option<Self> {
        let span = tokens.clone().into_iter().next()?.span();
        Some(Self { tokens, span })
    }

    /// All of it.
    pub(crate) fn place(&self) -> Place {
        let tokens: Vec<_> = self.tokens.clone().into_iter().collect();
        Place::of(&tokens).unwrap_or_else(|| self.span.into())
    }

    /// True for a closure as it is written in place: its parameters' types are to be inferred.
    pub(crate) fn is_closure(&self) -> bool {
        let mut tokens = self.tokens.clone().into_iter().skip_while(
            |token| matches!(token, TokenTree::Ident(word) if *word == "move" || *word == "static" || *word == "async"),
        );
        matches!(tokens.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '|')
    }

    /// The parameters of a closure, from `|` to `|`.
    pub(crate) fn parameter_list(&self) -> Option<Place> {
        let tokens: Vec<_> = self.tokens.clone().into_iter().collect();
        let is_bar = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '|');
        let mut bars = (0..tokens.len()).filter(|at| self.is_closure() && is_bar(&tokens[*at]));
        Place::of(&tokens[bars.next()?..=bars.next()?])
    }

    /// How many parameters it has, if it is a closure as it is written in place.
    pub(crate) fn parameters(&self) -> Option<usize> {
        if !self.is_closure() {
            return None;
        }
        let is = |token: &TokenTree, character| matches!(token, TokenTree::Punct(punct) if punct.as_char() == character);
        let tokens: Vec<_> =
            self.tokens.clone().into_iter().skip_while(|token| !is(token, '|')).skip(1).collect();
        let list = &tokens[..tokens.iter().position(|token| is(token, '|'))?];
        // Commas between angle brackets belong to a type; those of tuples stand in groups.
        let (mut depth, mut commas) = (0_i32, 0);
        for (at, token) in list.iter().enumerate() {
            let arrow = at > 0 && is(&list[at - 1], '-');
            depth += i32::from(is(token, '<')) - i32::from(is(token, '>') && !arrow);
            commas += usize::from(depth == 0 && is(token, ',') && at + 1 < list.len());
        }
        Some(if list.is_empty() { 0 } else { commas + 1 })
    }

    /// The value, if it is a whole number or a shift of two such.
    pub(crate) fn number(&self) -> Option<u128> {
        let tokens: Vec<_> = self.tokens.clone().into_iter().collect();
        let literal = |token: &TokenTree| {
            let literal: syn::LitInt = syn::parse2(TokenStream::from(token.clone())).ok()?;
            literal.base10_parse::<u128>().ok()
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

impl EventSetting {
    /// True if the type is written as a path, as a struct's is: a pattern can then name its fields.
    pub(crate) fn may_have_fields(&self) -> bool {
        match self.kind.tokens.clone().into_iter().next() {
            Some(TokenTree::Ident(first)) => first != "dyn" && first != "impl" && first != "fn",
            Some(TokenTree::Punct(first)) => first.as_char() == ':',
            _ => false,
        }
    }
}

impl StageClause {
    /// How many parameters its handler is called with.
    pub(crate) fn arity(&self) -> usize {
        self.args.as_ref().map_or(3, Vec::len)
    }

    /// False if its handler is a closure that cannot be called so.
    pub(crate) fn arity_fits(&self) -> bool {
        self.handler.as_ref().and_then(Expr::parameters).is_none_or(|takes| takes == self.arity())
    }

    /// A stage that has no clause: its handler is what is called like it.
    pub(crate) fn bare(name: Ident) -> Self {
        Self { name, args: None, options: Options::default(), handler: None, spoilt: false }
    }

    /// The handler, written or meant.
    pub(crate) fn handler(&self) -> Expr {
        let meant = || Expr {
            tokens: TokenStream::from(TokenTree::Ident(self.name.clone())),
            span: self.name.span(),
        };
        self.handler.clone().unwrap_or_else(meant)
    }
}
