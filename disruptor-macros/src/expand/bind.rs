//! A stage's handler, bound to the way in which it is called.

use disruptor_topology::{Mode, Target};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote_spanned};

use super::{around, located, own};
use disruptor_frontend::{Arg, Body, EventSetting, Expr, Key, StageClause};
use disruptor_frontend::{PlannedStage, asks_for_more};

/// `quote!`, of names that meet no variable of the user's.
macro_rules! site {
    ($($tokens:tt)*) => {
        quote_spanned!(Span::mixed_site()=> $($tokens)*)
    };
}

/// The expression that binds the handler.
pub(super) fn handler(body: &Body, clause: &StageClause, planned: &PlannedStage) -> TokenStream {
    let handler = clause.handler();
    let (ring, value) = (ring(planned), &handler.tokens);
    match clause.args.as_deref() {
        _ if is_broken(body, clause) => broken(clause.handler.as_ref()),
        None => {
            let bind = match (clause.is_made(), handler.is_closure()) {
                (true, _) if handler.ends_with_closure() => "by_ref_fn_made",
                (true, _) => "by_ref_made",
                (false, true) => "by_ref_fn",
                (false, false) => "by_ref",
            };
            let bind = Ident::new(bind, around(handler.span));
            quote_spanned!(around(handler.span)=> __disruptor::#bind(#ring, #value))
        }
        Some([Arg::Access { access, .. }])
            if access.target == Target::Event
                && access.mode == Mode::Write
                && if clause.is_made() { !handler.ends_with_closure() } else { !handler.is_closure() } =>
        {
            let bind = if clause.is_made() { "by_mut_made" } else { "by_mut" };
            let bind = Ident::new(bind, around(handler.span));
            quote_spanned!(around(handler.span)=> __disruptor::#bind(#ring, #value))
        }
        Some(args) => listed(body, args, clause, planned, &handler),
    }
}

/// The ring, as it is handed to what binds the handler of this stage.
fn ring(planned: &PlannedStage) -> TokenStream {
    if planned.event_shared {
        let ring = located("ring", planned.name.span());
        quote_spanned!(around(planned.name.span())=> __disruptor::shared(#ring))
    } else {
        own("ring").to_token_stream()
    }
}

/// How the handler of a stage with a list is given.
struct Given {
    /// For one that is made: the parameter for what makes it.
    factory: Option<TokenStream>,
    /// The parameter that is the type of what is written.
    given: Ident,
    /// What asks it to be `Send`.
    movable: Ident,
    /// What it is kept in.
    keep: TokenStream,
    /// The type of that.
    kept: TokenStream,
    /// For a shard: that it must be copied.
    clone: Option<TokenStream>,
}

impl Given {
    fn of(clause: &StageClause, planned: &PlannedStage) -> Self {
        let clone = planned.workers.as_ref().map(|_| site!(+ __disruptor::Clone));
        if clause.is_made() {
            let factory = Some(site!(, F: FnOnce() -> H));
            let (keep, kept) = (site!(__disruptor::made(handler)), site!(__disruptor::Made<F, H>));
            Self { factory, given: own("F"), movable: own("MovableFactory"), keep, kept, clone }
        } else {
            let (keep, kept) = (site!(__disruptor::given(handler)), site!(__disruptor::Given<H>));
            Self { factory: None, given: own("H"), movable: own("Movable"), keep, kept, clone }
        }
    }
}

/// True for what is reported where the declaration is checked: a clause that could not be read, a closure of other parameters,
/// fields without a type, a field taken twice.
pub(super) fn is_broken(body: &Body, clause: &StageClause) -> bool {
    let without_type = |args: &Vec<Arg>| {
        names_fields(args) && !body.settings.event.as_ref().is_some_and(EventSetting::may_have_fields)
    };
    // In a named pipeline a handler that is given elsewhere needs the types of its fields.
    let untyped = |args: &Vec<Arg>| {
        let open = body.named.as_ref().is_some_and(|named| named.open.contains(&clause.name));
        open && args.iter().any(|arg| matches!(arg, Arg::Access { field: Some(_), kind: None, .. }))
    };
    let misread = |args: &Vec<Arg>| takes_twice(args) || without_type(args) || untyped(args);
    clause.spoilt
        || !clause.arity_fits()
        || asks_for_more(clause)
        || clause.args.as_ref().is_some_and(misread)
}

/// A stage that cannot be bound, beside a compile error. Its handler still stands there, for an editor to know; what it would
/// be called with is of the type of an error, which silences what would only follow.
fn broken(handler: Option<&Expr>) -> TokenStream {
    let handler = handler.map(unused);
    site!({ #handler __disruptor::unknown() })
}

/// An expression that has no use, as statements, beside a compile error.
pub(super) fn unused(expr: &Expr) -> TokenStream {
    let value = &expr.tokens;
    let Some(parameters) = expr.parameters() else { return site!(let _ = #value;) };
    let (error, kinds) = (own("error"), (0..parameters).map(|at| format_ident!("A{at}")).collect::<Vec<_>>());
    let errors = kinds.iter().map(|_| &error);
    site! {
        fn disruptor_broken<#(#kinds,)* R>(#(_: #kinds,)* _: impl FnMut(#(#kinds),*) -> R) {}
        disruptor_broken(#(#errors,)* #value);
    }
}

/// True if a list takes a field twice.
fn takes_twice(args: &[Arg]) -> bool {
    let field = |arg: &Arg| match arg {
        Arg::Access { access, field: Some(_), .. } => Some(access.target.clone()),
        _ => None,
    };
    let fields: Vec<_> = args.iter().filter_map(field).collect();
    fields.iter().enumerate().any(|(at, field)| fields[..at].contains(field))
}

/// True if a list names a field.
fn names_fields(args: &[Arg]) -> bool {
    args.iter().any(|arg| matches!(arg, Arg::Access { field: Some(_), .. }))
}

/// One argument, seen from all sides.
struct Part {
    /// The parameter's type in the bound of the handler.
    kind: TokenStream,
    /// What the handler is called with.
    pass: TokenStream,
    /// For a part of the event: how it is picked.
    picked: Option<Picked>,
}

struct Picked {
    name: Ident,
    /// The type of the pointer to it.
    pointer: TokenStream,
    /// The pointer.
    pick: TokenStream,
    field: Option<Field>,
}

struct Field {
    /// The parameter for its type.
    parameter: Ident,
    /// The same, with what is asked of the type.
    asked: TokenStream,
    /// Its place in the pattern.
    pattern: TokenStream,
    /// Its type, if that is written.
    written: Option<TokenStream>,
}

/// A stage with an argument list. A function of its own gives the handler's closure its parameters' types. The projection
/// picks the arguments: from the raw pointer and by pattern, so that no reference to the whole event is made, and rustc itself
/// rejects unions, packed fields and what hides behind `Deref`.
fn listed(
    body: &Body,
    args: &[Arg],
    clause: &StageClause,
    planned: &PlannedStage,
    handler: &Expr,
) -> TokenStream {
    let is_batch = |arg: &Arg| matches!(arg, Arg::Access { access, .. } if access.target == Target::Batch);
    let batch = args.iter().any(is_batch);
    let parts: Vec<Part> = args.iter().enumerate().map(|(at, arg)| part(at, arg, planned)).collect();
    let kinds: Vec<_> = parts.iter().map(|part| &part.kind).collect();
    let passes = parts.iter().map(|part| &part.pass);
    let picked: Vec<&Picked> = parts.iter().filter_map(|part| part.picked.as_ref()).collect();
    let (names, pointers) =
        (picked.iter().map(|picked| &picked.name), picked.iter().map(|picked| &picked.pointer));
    let fields: Vec<_> = picked.iter().filter_map(|picked| picked.field.as_ref()).collect();
    let (parameters, asked) =
        (fields.iter().map(|field| &field.parameter), fields.iter().map(|field| &field.asked));
    let Given { factory, given, movable, keep, kept, clone } = Given::of(clause, planned);
    let (ring, project, value) = (ring(planned), own("project"), &handler.tokens);
    let (projects, projected, call) = if batch {
        let call = site!(slices(events, #keep, |handler, batch, sequence, end_of_batch|));
        (site!(__disruptor::Send), site!((#ring.events(), ())), call)
    } else {
        let commits = args.iter().any(|arg| matches!(arg, Arg::EndOfBatch));
        let each = if commits { site!(each_committing) } else { site!(each) };
        let call = site!(#each(events, project, #keep, |handler, (#(#names,)*), sequence, end_of_batch|));
        let projects = site!(Fn(*mut E) -> (#(#pointers,)*) + __disruptor::Send #clone);
        let projection = projection(body, &picked);
        (projects, site!(__disruptor::project(#ring, #projection)), call)
    };
    let call = with_body(call, &site!(handler(#(#passes),*)));
    // What is written of a field's type is compared with the type, outside of the projection: there it would be coerced to.
    let written: Vec<_> = picked.iter().filter_map(|picked| Some((picked, picked.field.as_ref()?))).collect();
    let written = written
        .iter()
        .filter_map(|(picked, field)| Some((picked, &field.parameter, field.written.as_ref()?)));
    let (said, saying): (Vec<_>, Vec<_>) = written
        .map(|(picked, parameter, kind)| {
            let place = around(picked.name.span());
            (site!(_: __disruptor::Kind<#parameter>,), quote_spanned!(place=> __disruptor::kind::<#kind>(),))
        })
        .unzip();
    let check = Ident::new("disruptor_check", around(handler.span));
    let arguments = quote_spanned!(around(handler.span)=> (#project, #(#saying)* #value));
    // What each worker of a shard has a copy of is asked for at the end of the row of checks.
    let (copied, last, copy) = match &clone {
        None => (None, site!(B), None),
        Some(_) => {
            let copied = site!(#given: __disruptor::Copied<B, C, Z>,);
            (
                Some(copied),
                site!(C),
                Some(site!(let handler = <#given as __disruptor::Copied<_, _, _>>::pass(handler);)),
            )
        }
    };
    let more = clone.as_ref().map(|_| site!(, C, Z));
    // SAFETY of what is emitted: `each` and `slices` are promised that the handler gets what is listed and nothing else; the
    // projection and the call are written here from the list. The user's handler stands outside of the `unsafe`.
    site! {
        {
            fn disruptor_check<E, #(#asked,)* P, H, R, A, B, X, Y #more #factory>(
                project: (__disruptor::Events<E>, P),
                #(#said)*
                handler: #given,
            ) -> (__disruptor::Events<E>, P, #last)
            where
                P: #projects,
                H: FnMut(#(#kinds),*) -> R,
                #given: __disruptor::#movable<#given, A, X>,
                R: __disruptor::Returned<A, B, Y>,
                #copied
            {
                let handler = R::pass(<#given as __disruptor::#movable<_, _, _>>::pass(handler));
                #copy
                (project.0, project.1, handler)
            }
            fn disruptor_bind<E, #(#parameters,)* P, H, R #factory>(
                (events, project, handler): (__disruptor::Events<E>, P, #given),
            ) -> __disruptor::Stage<impl __disruptor::Apply<E, Keep = #kept> #clone>
            where
                P: #projects,
                H: FnMut(#(#kinds),*) -> R,
                #given: __disruptor::Send #clone,
                R: __disruptor::Outcome,
            {
                unsafe { __disruptor::#call }
            }
            let #project = #projected;
            disruptor_bind(#check #arguments)
        }
    }
}

/// Puts a body behind the parameters of the closure that is the last argument of a call.
fn with_body(call: TokenStream, body: &TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = call.into_iter().collect();
    if let Some(TokenTree::Group(arguments)) = tokens.pop() {
        let arguments = arguments.stream();
        let mut group = Group::new(Delimiter::Parenthesis, site!(#arguments { #body }));
        group.set_span(Span::mixed_site());
        tokens.push(group.into());
    }
    tokens.into_iter().collect()
}

/// What the events of a shard are shared by.
pub(super) fn share(body: &Body, clause: &StageClause) -> TokenStream {
    let ring = own("ring");
    match &clause.options.shard {
        None => site!(__disruptor::InTurn),
        Some(Key::Field { .. })
            if !body.settings.event.as_ref().is_some_and(EventSetting::may_have_fields) =>
        {
            site!(__disruptor::InTurn)
        }
        Some(Key::Field { field, .. }) => {
            let name = picked_name(0, field.span());
            let pattern = quote_spanned!(name.span()=> #field: ref #name);
            let key = Field { parameter: own("K"), asked: site!(), pattern, written: None };
            let picked = picked_part(name, Mode::Read, &site!(_), Some(key)).picked;
            let projection = projection(body, &picked.iter().collect::<Vec<_>>());
            let by = located(if clause.shares_by_hash() { "by_hash" } else { "by_value" }, field.span());
            // SAFETY of what is emitted: the projection picks the key as it is declared, which the checks keep the workers from
            // writing; and those that `by_hash` is for write nothing.
            quote_spanned!(around(field.span())=> unsafe { __disruptor::#by(#ring.events(), #projection) })
        }
        // SAFETY of what is emitted: the checks refuse such a key for workers that write. It stands outside of the `unsafe`.
        Some(Key::Event(key)) => {
            let (place, ring, key) = (around(key.span), located("ring", key.span), &key.tokens);
            let call = quote_spanned!(place=> disruptor_share(#ring.events(), #key));
            site! {
                {
                    fn disruptor_share<E, K, F, Out, Passes>(events: __disruptor::Events<E>, key: F) -> Out
                    where
                        F: Fn(&E) -> K + __disruptor::Clone + __disruptor::Send,
                        K: __disruptor::Hash,
                        E: __disruptor::SeenByAll<__disruptor::ByEvent<F>, Out, Passes>,
                    {
                        unsafe { __disruptor::by_event(events, key) }
                    }
                    #call
                }
            }
        }
    }
}

/// The projection, as it is passed: it gives pointers to what is listed.
fn projection(body: &Body, picked: &[&Picked]) -> TokenStream {
    let patterns: Vec<_> = picked.iter().filter_map(|picked| Some(&picked.field.as_ref()?.pattern)).collect();
    let picks = picked.iter().map(|picked| &picked.pick);
    if patterns.is_empty() {
        return site!(|event| (#(#picks,)*));
    }
    let path = pattern_path(body);
    // SAFETY of what is emitted: the runtime calls it with a pointer to an event of which what is listed may be touched; the
    // pattern makes references to that alone. Of the user's tokens only the type's path and the fields' names stand inside.
    site! {
        |event| unsafe {
            let #path { #(#patterns,)* .. } = *event;
            (#(#picks,)*)
        }
    }
}

fn part(at: usize, arg: &Arg, planned: &PlannedStage) -> Part {
    let simple = |kind, pass| Part { kind, pass, picked: None };
    match arg {
        Arg::Sequence => simple(site!(__disruptor::Sequence), site!(sequence)),
        Arg::EndOfBatch => simple(site!(bool), site!(end_of_batch)),
        Arg::Access { access, field, kind, place } => match (&access.target, field) {
            (Target::Batch, _) if access.mode == Mode::Read => simple(site!(&[E]), site!(&*batch)),
            (Target::Batch, _) => simple(site!(&mut [E]), site!(&mut *batch)),
            (Target::Field(name), Some(field)) => {
                let shared = planned.shared_fields.iter().any(|shared| shared == name);
                field_part(at, field, kind.as_ref(), access.mode, shared)
            }
            _ => picked_part(picked_name(at, place.first()), access.mode, &site!(E), None),
        },
    }
}

fn field_part(at: usize, field: &TokenTree, written: Option<&TokenStream>, mode: Mode, shared: bool) -> Part {
    let kind = format_ident!("A{at}", span = Span::mixed_site());
    let name = picked_name(at, field.span());
    let asked = if shared {
        site!(#kind: __disruptor::Send + __disruptor::ReadTogether)
    } else {
        site!(#kind: __disruptor::Send)
    };
    let pattern = match mode {
        Mode::Read => quote_spanned!(name.span()=> #field: ref #name),
        Mode::Write => quote_spanned!(name.span()=> #field: ref mut #name),
    };
    let parameter = site!(#kind);
    let written = written.cloned();
    picked_part(name, mode, &parameter, Some(Field { parameter: kind, asked, pattern, written }))
}

/// What a picked argument is called: a name of the expansion's own, at the place of the argument, so that what rustc has to
/// say of it (a packed field, say) is said there.
fn picked_name(at: usize, place: Span) -> Ident {
    format_ident!("a{at}", span = Span::mixed_site().located_at(place))
}

/// A part of the event of this type: a field, or (`None`) the whole.
fn picked_part(name: Ident, mode: Mode, kind: &TokenStream, field: Option<Field>) -> Part {
    let (reference, pass, pointer, pick) = match (mode, &field) {
        (Mode::Read, Some(_)) => {
            (site!(&#kind), site!(&*#name), site!(*const #kind), site!(__disruptor::from_ref(#name)))
        }
        (Mode::Read, None) => (site!(&#kind), site!(&*#name), site!(*const #kind), site!(event as _)),
        (Mode::Write, Some(_)) => {
            (site!(&mut #kind), site!(&mut *#name), site!(*mut #kind), site!(__disruptor::from_mut(#name)))
        }
        (Mode::Write, None) => (site!(&mut #kind), site!(&mut *#name), site!(*mut #kind), site!(event)),
    };
    Part { kind: reference, pass, picked: Some(Picked { name, pointer, pick, field }) }
}

/// The event's type as a pattern takes it: `Trade::<T>` for `Trade<T>`.
pub(super) fn pattern_path(body: &Body) -> TokenStream {
    let Some(event) = &body.settings.event else { return site!(_) };
    let mut path = TokenStream::new();
    let mut after_name = false;
    let mut done = false;
    for token in event.kind.tokens.clone() {
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '<') && after_name && !done {
            path.extend(site!(::));
            done = true;
        }
        after_name = matches!(token, TokenTree::Ident(_));
        path.extend([token]);
    }
    path
}
