//! The declaration as a tree.

use super::body::is_punct;
use super::number::integer;
use disruptor_topology::{Access, Mode, Seq};
use proc_macro2::{Delimiter, Ident, Punct, Spacing, Span, TokenStream, TokenTree};

use crate::report::Place;

/// All of a declaration that could be read.
#[derive(Default)]
pub struct Body {
    /// `pub struct Orders;`, if it is there: the declaration is an item, and the handlers are given where it is made.
    pub named: Option<Named>,
    /// The settings.
    pub settings: Settings,
    /// The stages that have a clause of their own, in the order of writing.
    pub stages: Vec<StageClause>,
    /// The arrows.
    pub chains: Vec<Seq<Ident, TokenStream>>,
    /// The stages that are named where chains have mistakes: how they are connected is not known.
    pub met: Vec<Ident>,
    /// Expressions that have no place in the pipeline, as they are given twice, say: an editor still knows them.
    pub leftovers: Vec<Expr>,
}

/// What a named pipeline is called.
pub struct Named {
    /// Its attributes, documentation among them.
    pub attributes: TokenStream,
    /// Who may see it.
    pub visibility: TokenStream,
    /// The name.
    pub name: Ident,
    /// The stages whose handlers are given where it is made.
    pub open: Vec<Ident>,
    /// The size of its ring, as it is written.
    pub ring: Option<Expr>,
}

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

/// The settings, each at most once.
#[derive(Default)]
pub struct Settings {
    /// `event`
    pub event: Option<EventSetting>,
    /// `ring`
    pub ring: Option<Expr>,
    /// `producers: multi`
    pub multi: bool,
    /// `producers` is there, whatever it says.
    pub producers_given: bool,
    /// `wait`
    pub wait: Option<Expr>,
    /// `producer_wait`
    pub producer_wait: Option<Expr>,
    /// `on_error`
    pub on_error: Option<Expr>,
    /// `name`
    pub name: Option<Expr>,
    /// The fields that hold something before the first stage, if that is to be checked.
    pub input: Option<Vec<TokenTree>>,
    /// The event is declared and could not be read: nothing is to be said of its absence.
    pub event_spoilt: bool,
    /// `cores`
    pub cores: Option<Expr>,
}

/// `event: Type = expression;`
pub struct EventSetting {
    /// The type.
    pub kind: Expr,
    /// How a slot is first filled.
    pub value: Option<Expr>,
}

/// What is said of one stage, beside its place.
pub struct StageClause {
    /// Its name.
    pub name: Ident,
    /// `None` where there is no list: the handler is called with `(&event, sequence, end_of_batch)`.
    pub args: Option<Vec<Arg>>,
    /// Its options.
    pub options: Options,
    /// Its handler; without one, it is what is called like the stage.
    pub handler: Option<Expr>,
    /// The list or the handler could not be read: nothing more is to be said of the stage.
    pub spoilt: bool,
}

/// The options of a stage, each at most once.
#[derive(Default)]
pub struct Options {
    /// `core`
    pub core: Option<Expr>,
    /// `wait`
    pub wait: Option<Expr>,
    /// `batch`
    pub batch: Option<Expr>,
    /// `on_error`
    pub on_error: Option<Expr>,
    /// `name`
    pub name: Option<Expr>,
    /// `shard`
    pub shard: Option<Key>,
    /// `start`
    pub start: Option<Expr>,
    /// `stop`
    pub stop: Option<Expr>,
}

/// What decides which worker of a shard an event goes to.
pub enum Key {
    /// `&field`
    Field {
        /// Its name as it is written.
        field: TokenTree,
        /// Its name as it is compared: without `r#`.
        name: String,
        /// Where it stands.
        span: Span,
    },
    /// A function of the whole event.
    Event(Expr),
}

/// An entry of an argument list.
pub enum Arg {
    /// A part of the event; of a field the token that names it, and its type if that is written.
    Access {
        /// Which part, and whether to read or to write it.
        access: Access,
        /// Of a field: its name as it is written.
        field: Option<TokenTree>,
        /// Of a field: its type, if that is written.
        kind: Option<TokenStream>,
        /// Where it stands.
        place: Place,
    },
    /// `sequence`
    Sequence,
    /// `end_of_batch`
    EndOfBatch,
}

impl Body {
    /// True if nothing has been said so far.
    pub fn is_empty(&self) -> bool {
        let Settings {
            event,
            ring,
            multi: _,
            producers_given,
            wait,
            producer_wait,
            on_error,
            name,
            cores,
            input,
            event_spoilt,
        } = &self.settings;
        let exprs = [ring, wait, producer_wait, on_error, name, cores];
        let settings = event.is_none()
            && !event_spoilt
            && input.is_none()
            && !producers_given
            && exprs.into_iter().all(Option::is_none);
        settings && self.stages.is_empty() && self.chains.is_empty() && self.met.is_empty()
    }
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
        let is_bar = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '|');
        let mut bars = (0..tokens.len()).filter(|at| self.is_closure() && is_bar(&tokens[*at]));
        Place::of(&tokens[bars.next()?..=bars.next()?])
    }

    /// True for a closure whose last value is a closure as it is written in place.
    pub fn ends_with_closure(&self) -> bool {
        let bar = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '|');
        let tokens: Vec<_> = self.tokens.clone().into_iter().collect();
        let behind =
            tokens.iter().enumerate().filter(|(_, token)| bar(token)).nth(1).map_or(0, |(at, _)| at + 1);
        let last: Vec<TokenTree> = match &tokens[behind..] {
            // A block: what stands behind its last `;`.
            [TokenTree::Group(block)] if block.delimiter() == Delimiter::Brace => {
                let inside: Vec<_> = block.stream().into_iter().collect();
                let end = inside
                    .iter()
                    .rposition(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'));
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
        let is = |token: &TokenTree, character| matches!(token, TokenTree::Punct(punct) if punct.as_char() == character);
        let tokens: Vec<_> =
            self.tokens.clone().into_iter().skip_while(|token| !is(token, '|')).skip(1).collect();
        let end = tokens.iter().position(|token| is(token, '|'))?;
        // Commas between angle brackets belong to a type; those of tuples stand in groups.
        let (mut depth, mut parameters) = (0_i32, vec![vec![]]);
        for (at, token) in tokens[..end].iter().enumerate() {
            let arrow = at > 0 && is(&tokens[at - 1], '-');
            depth += i32::from(is(token, '<')) - i32::from(is(token, '>') && !arrow);
            if depth == 0 && is(token, ',') {
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

impl Key {
    /// Where it is written.
    pub fn span(&self) -> Span {
        match self {
            Self::Field { span, .. } => *span,
            Self::Event(key) => key.span,
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

impl EventSetting {
    /// True if the type is written as a path, as a struct's is: a pattern can then name its fields.
    pub fn may_have_fields(&self) -> bool {
        match self.kind.tokens.clone().into_iter().next() {
            Some(TokenTree::Ident(first)) => first != "dyn" && first != "impl" && first != "fn",
            Some(TokenTree::Punct(first)) => first.as_char() == ':',
            _ => false,
        }
    }
}

impl StageClause {
    /// What its list names, if it has one.
    pub fn args(&self) -> &[Arg] {
        self.args.as_deref().unwrap_or_default()
    }

    /// How many parameters its handler is called with.
    pub fn arity(&self) -> usize {
        self.args.as_ref().map_or(3, Vec::len)
    }

    /// False if its handler is a closure that cannot be called so.
    pub fn arity_fits(&self) -> bool {
        let takes = self.handler.as_ref().and_then(Expr::parameters);
        takes.is_none_or(|takes| takes == self.arity() || takes == 0)
    }

    /// True if its handler is made on its own thread: what is written is a closure without parameters, and no handler is
    /// called without.
    pub fn is_made(&self) -> bool {
        self.arity() > 0 && self.handler.as_ref().and_then(Expr::parameters) == Some(0)
    }

    /// True if its workers, which write nothing, find their events by a field, of whatever type.
    pub fn shares_by_hash(&self) -> bool {
        !self.writes() && matches!(self.options.shard, Some(Key::Field { .. }))
    }

    /// True if it writes anything of the event.
    pub fn writes(&self) -> bool {
        let writes = |arg: &Arg| matches!(arg, Arg::Access { access, .. } if access.mode == Mode::Write);
        self.args().iter().any(writes)
    }

    /// A stage that has no clause: its handler is what is called like it.
    pub fn bare(name: Ident) -> Self {
        Self { name, args: None, options: Options::default(), handler: None, spoilt: false }
    }

    /// The handler, written or meant.
    pub fn handler(&self) -> Expr {
        let meant = || Expr {
            tokens: TokenStream::from(TokenTree::Ident(self.name.clone())),
            span: self.name.span(),
        };
        self.handler.clone().unwrap_or_else(meant)
    }
}
