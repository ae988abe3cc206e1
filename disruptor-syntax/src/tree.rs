//! The declaration as a tree.

use disruptor_topology::{Access, Mode, Seq};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};

use super::expr::Expr;
use super::tokens::is_punct;
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
    /// `overflow`: the rule's name in the runtime.
    pub overflow: Option<&'static str>,
    /// `overflow` is there, whatever it says.
    pub overflow_given: bool,
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
    /// `threads`
    pub threads: Option<Expr>,
    /// `priority`
    pub priority: Option<Expr>,
    /// `huge_pages`
    pub huge_pages: Option<Expr>,
    /// `clear`, and where its name stands.
    pub clear: Option<(Ident, Expr)>,
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
    /// Where the list stands.
    pub list: Option<Span>,
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
    /// `timeout`
    pub timeout: Option<Expr>,
    /// `poll`: what follows when the poller is dropped, by its name in the runtime.
    pub poll: Option<&'static str>,
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
            overflow: _,
            overflow_given,
            on_error,
            name,
            cores,
            threads,
            priority,
            huge_pages,
            input,
            event_spoilt,
            clear,
        } = &self.settings;
        let exprs = [ring, wait, producer_wait, on_error, name, cores, threads, priority, huge_pages];
        let settings = event.is_none()
            && !event_spoilt
            && input.is_none()
            && clear.is_none()
            && !producers_given
            && !overflow_given
            && exprs.into_iter().all(Option::is_none);
        settings && self.stages.is_empty() && self.chains.is_empty() && self.met.is_empty()
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

impl EventSetting {
    /// True if the type is written as a path, as a struct's is: a pattern can then name its fields.
    pub fn may_have_fields(&self) -> bool {
        const OTHERS: &str =
            " dyn impl fn bool char str u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 ";
        match self.kind.tokens.clone().into_iter().next() {
            Some(TokenTree::Ident(first)) => !OTHERS.contains(&format!(" {first} ")),
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

    /// True if a poller drives it.
    pub fn is_polled(&self) -> bool {
        self.options.poll.is_some()
    }

    /// True if it writes anything of the event.
    pub fn writes(&self) -> bool {
        let writes = |arg: &Arg| matches!(arg, Arg::Access { access, .. } if access.mode == Mode::Write);
        self.args().iter().any(writes)
    }

    /// True if this parameter of its handler is a `&` to the event or to a part of it.
    pub fn reads(&self, at: usize) -> bool {
        match &self.args {
            None => at == 0,
            Some(args) => {
                matches!(args.get(at), Some(Arg::Access { access, .. }) if access.mode == Mode::Read)
            }
        }
    }

    /// True if a closure's parameter is written with a `&mut` that the stage has not: it can be bound to nothing.
    pub fn asks_for_more(&self) -> bool {
        let closure = self.handler.as_ref().and_then(Expr::closure);
        let parameters = closure.map(|closure| closure.parameters).unwrap_or_default();
        for (at, parameter) in parameters.iter().enumerate() {
            if self.reads(at) && parameter.get(1..).is_some_and(asks_to_write) {
                return true;
            }
        }
        false
    }

    /// A stage that has no clause: its handler is what is called like it.
    pub fn bare(name: Ident) -> Self {
        Self { name, args: None, list: None, options: Options::default(), handler: None, spoilt: false }
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

/// True for `: &mut Type`.
#[must_use]
pub fn asks_to_write(rest: &[TokenTree]) -> bool {
    matches!(rest, [colon, and, TokenTree::Ident(word), ..] if is_punct(colon, ':') && is_punct(and, '&') && *word == "mut")
}

/// Finds a clause by its stage's name.
#[derive(Clone, Copy)]
pub struct Clauses<'a>(&'a [StageClause]);

/// Finds a clause by its stage's name.
#[must_use]
pub fn clauses(body: &Body) -> Clauses<'_> {
    Clauses(&body.stages)
}

impl<'a> Clauses<'a> {
    /// The clause of this stage, if it has one.
    #[must_use]
    pub fn get(self, name: &str) -> Option<&'a StageClause> {
        self.0.iter().find(|clause| clause.name == name)
    }
}
