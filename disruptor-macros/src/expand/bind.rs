//! A stage's handler, bound to the way in which it is called.

use disruptor_topology::{Mode, Target};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};

use super::own;
use crate::lower::PlannedStage;
use crate::syntax::{Arg, Body, EventSetting, Expr, Key, StageClause};

/// The expression that binds the handler.
pub(super) fn handler(body: &Body, clause: &StageClause, planned: &PlannedStage) -> TokenStream {
    let handler = clause.handler();
    let (ring, value) = (own("ring"), &handler.tokens);
    match clause.args.as_deref() {
        _ if is_broken(body, clause) => broken(clause.handler.as_ref()),
        None => {
            let bind = match (clause.is_made(), handler.is_closure()) {
                (true, _) => quote!(by_ref_made),
                (false, true) => quote!(by_ref_fn),
                (false, false) => quote!(by_ref),
            };
            let bound = quote!(__disruptor::#bind(#ring, #value));
            if planned.event_shared { quote!(__disruptor::shared(#bound)) } else { bound }
        }
        Some([Arg::Access { access, .. }])
            if access.target == Target::Event
                && access.mode == Mode::Write
                && (clause.is_made() || !handler.is_closure()) =>
        {
            let bind = if clause.is_made() { quote!(by_mut_made) } else { quote!(by_mut) };
            quote!(__disruptor::#bind(#ring, #value))
        }
        Some(args) => listed(body, args, clause, planned),
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
    clause.spoilt || !clause.arity_fits() || clause.args.as_ref().is_some_and(misread)
}

/// A stage that cannot be bound, beside a compile error. Its handler still stands there, for an editor to know; what it would
/// be called with is of the type of an error, which silences what would only follow.
fn broken(handler: Option<&Expr>) -> TokenStream {
    let handler = handler.map(unused);
    quote!({ #handler __disruptor::unknown() })
}

/// An expression that has no use, as statements, beside a compile error.
pub(super) fn unused(expr: &Expr) -> TokenStream {
    let value = &expr.tokens;
    let Some(parameters) = expr.parameters() else { return quote!(let _ = #value;) };
    let (error, kinds) = (own("error"), (0..parameters).map(|at| format_ident!("A{at}")).collect::<Vec<_>>());
    let errors = kinds.iter().map(|_| &error);
    quote! {
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
    /// For a field: its type's parameter, and its place in the pattern.
    field: Option<(TokenStream, TokenStream)>,
}

/// A stage with an argument list. A function of its own gives the handler's closure its parameters' types. The projection
/// picks the arguments: from the raw pointer and by pattern, so that no reference to the whole event is made, and rustc itself
/// rejects unions, packed fields and what hides behind `Deref`.
fn listed(body: &Body, args: &[Arg], clause: &StageClause, planned: &PlannedStage) -> TokenStream {
    let is_batch = |arg: &Arg| matches!(arg, Arg::Access { access, .. } if access.target == Target::Batch);
    let batch = args.iter().any(is_batch);
    let parts: Vec<Part> = args.iter().enumerate().map(|(at, arg)| part(at, arg, planned)).collect();
    let (kinds, passes) = (parts.iter().map(|part| &part.kind), parts.iter().map(|part| &part.pass));
    let picked: Vec<&Picked> = parts.iter().filter_map(|part| part.picked.as_ref()).collect();
    let (names, pointers) =
        (picked.iter().map(|picked| &picked.name), picked.iter().map(|picked| &picked.pointer));
    let parameters = picked.iter().filter_map(|picked| Some(&picked.field.as_ref()?.0));
    // Each worker of a shard has a copy.
    let clone = planned.workers.as_ref().map(|_| quote!(+ __disruptor::Clone));
    let (factory, given, kept, keep) = if clause.is_made() {
        let kept = quote!(__disruptor::Made<F, H>);
        (Some(quote!(, F: FnOnce() -> H #clone)), quote!(F), kept, quote!(__disruptor::made(handler)))
    } else {
        (None, quote!(H), quote!(__disruptor::Given<H>), quote!(__disruptor::given(handler)))
    };
    let copied = if clause.is_made() { None } else { clone.as_ref() };
    let sync = planned.event_shared.then(|| quote!(: __disruptor::Sync));
    let (parameter, argument, call) = if batch {
        let call = quote!(slices(events, #keep, |handler, batch, sequence, end_of_batch|));
        (None, None, call)
    } else {
        let commits = args.iter().any(|arg| matches!(arg, Arg::EndOfBatch));
        let each = if commits { quote!(each_committing) } else { quote!(each) };
        let call = quote!(#each(events, project, #keep, |handler, (#(#names,)*), sequence, end_of_batch|));
        let projection = projection(body, &picked);
        (
            Some(quote!(project: impl Fn(*mut E) -> (#(#pointers,)*) #clone + __disruptor::Send,)),
            Some(quote!(#projection,)),
            call,
        )
    };
    let call = with_body(call, &quote!(handler(#(#passes),*)));
    let (ring, value) = (own("ring"), &clause.handler().tokens);
    // SAFETY of what is emitted: `each` and `slices` are promised that the handler gets what is listed and nothing else; the
    // projection and the call are written here from the list. The user's handler stands outside of the `unsafe`.
    quote! {
        {
            fn disruptor_bind<E #sync, #(#parameters,)* R: __disruptor::Outcome, H: FnMut(#(#kinds),*) -> R #copied #factory>(
                events: __disruptor::Events<E>,
                #parameter
                handler: #given,
            ) -> __disruptor::Stage<impl __disruptor::Apply<E, Keep = #kept> #clone> {
                unsafe { __disruptor::#call }
            }
            disruptor_bind(#ring.events(), #argument #value)
        }
    }
}

/// Puts a body behind the parameters of the closure that is the last argument of a call.
fn with_body(call: TokenStream, body: &TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = call.into_iter().collect();
    if let Some(TokenTree::Group(arguments)) = tokens.pop() {
        let arguments = arguments.stream();
        let mut group = Group::new(Delimiter::Parenthesis, quote!(#arguments { #body }));
        group.set_span(Span::mixed_site());
        tokens.push(group.into());
    }
    tokens.into_iter().collect()
}

/// What the events of a shard are shared by.
pub(super) fn share(body: &Body, clause: &StageClause) -> TokenStream {
    let ring = own("ring");
    match &clause.options.shard {
        None => quote!(__disruptor::InTurn),
        Some(Key::Field { .. })
            if !body.settings.event.as_ref().is_some_and(EventSetting::may_have_fields) =>
        {
            quote!(__disruptor::InTurn)
        }
        Some(Key::Field { field, .. }) => {
            let name = picked_name(0, field.span());
            let pattern = quote_spanned!(name.span()=> #field: ref #name);
            let picked = picked_part(name, Mode::Read, &quote!(_), None, Some((quote!(), pattern))).picked;
            let projection = projection(body, &picked.iter().collect::<Vec<_>>());
            let by = if clause.writes() { own("by_value") } else { own("by_hash") };
            let by = Ident::new(&by.to_string(), Span::mixed_site().located_at(field.span()));
            // SAFETY of what is emitted: the projection picks the key as it is declared, which the checks keep the workers from
            // writing; and those that `by_hash` is for write nothing.
            quote!(unsafe { __disruptor::#by(#ring.events(), #projection) })
        }
        // SAFETY of what is emitted: the checks refuse such a key for workers that write. It stands outside of the `unsafe`.
        Some(Key::Event(key)) => {
            let key = &key.tokens;
            quote! {
                {
                    fn disruptor_share<E: __disruptor::Sync, K: __disruptor::Hash>(
                        events: __disruptor::Events<E>,
                        key: impl Fn(&E) -> K + __disruptor::Clone + __disruptor::Send,
                    ) -> impl __disruptor::Share<E> {
                        unsafe { __disruptor::by_event(events, key) }
                    }
                    disruptor_share(#ring.events(), #key)
                }
            }
        }
    }
}

/// The projection, as it is passed: it gives pointers to what is listed.
fn projection(body: &Body, picked: &[&Picked]) -> TokenStream {
    let patterns: Vec<_> = picked.iter().filter_map(|picked| Some(&picked.field.as_ref()?.1)).collect();
    let picks = picked.iter().map(|picked| &picked.pick);
    if patterns.is_empty() {
        return quote!(|event| (#(#picks,)*));
    }
    let path = pattern_path(body);
    // SAFETY of what is emitted: the runtime calls it with a pointer to an event of which what is listed may be touched; the
    // pattern makes references to that alone. Of the user's tokens only the type's path and the fields' names stand inside.
    quote! {
        |event| unsafe {
            let #path { #(#patterns,)* .. } = *event;
            (#(#picks,)*)
        }
    }
}

fn part(at: usize, arg: &Arg, planned: &PlannedStage) -> Part {
    let simple = |kind, pass| Part { kind, pass, picked: None };
    match arg {
        Arg::Sequence => simple(quote!(__disruptor::Sequence), quote!(sequence)),
        Arg::EndOfBatch => simple(quote!(bool), quote!(end_of_batch)),
        Arg::Access { access, field, kind, place } => match (&access.target, field) {
            (Target::Batch, _) if access.mode == Mode::Read => simple(quote!(&[E]), quote!(&*batch)),
            (Target::Batch, _) => simple(quote!(&mut [E]), quote!(&mut *batch)),
            (Target::Field(name), Some(field)) => {
                let shared = planned.shared_fields.iter().any(|shared| shared == name);
                field_part(at, field, kind.as_ref(), access.mode, shared)
            }
            _ => picked_part(picked_name(at, place.first()), access.mode, &quote!(E), None, None),
        },
    }
}

fn field_part(at: usize, field: &TokenTree, written: Option<&TokenStream>, mode: Mode, shared: bool) -> Part {
    let kind = format_ident!("A{at}", span = Span::mixed_site());
    let name = picked_name(at, field.span());
    let parameter = if shared {
        quote!(#kind: __disruptor::Send + __disruptor::Sync)
    } else {
        quote!(#kind: __disruptor::Send)
    };
    let pattern = match mode {
        Mode::Read => quote_spanned!(name.span()=> #field: ref #name),
        Mode::Write => quote_spanned!(name.span()=> #field: ref mut #name),
    };
    picked_part(name, mode, &quote!(#kind), written, Some((parameter, pattern)))
}

/// What a picked argument is called: a name of the expansion's own, at the place of the argument, so that what rustc has to
/// say of it (a packed field, say) is said there.
fn picked_name(at: usize, place: Span) -> Ident {
    format_ident!("a{at}", span = Span::mixed_site().located_at(place))
}

/// A part of the event of this type: a field, or (`None`) the whole.
fn picked_part(
    name: Ident,
    mode: Mode,
    kind: &TokenStream,
    written: Option<&TokenStream>,
    field: Option<(TokenStream, TokenStream)>,
) -> Part {
    // The type as it is written, for rustc to hold against the field's.
    let written = written.map(|kind| quote!(::<#kind>));
    let (reference, pass, pointer, pick) = match (mode, &field) {
        (Mode::Read, Some(_)) => (
            quote!(&#kind),
            quote!(&*#name),
            quote!(*const #kind),
            quote!(__disruptor::from_ref #written (#name)),
        ),
        (Mode::Read, None) => {
            (quote!(&#kind), quote!(&*#name), quote!(*const #kind), quote!(event.cast_const()))
        }
        (Mode::Write, Some(_)) => (
            quote!(&mut #kind),
            quote!(&mut *#name),
            quote!(*mut #kind),
            quote!(__disruptor::from_mut #written (#name)),
        ),
        (Mode::Write, None) => (quote!(&mut #kind), quote!(&mut *#name), quote!(*mut #kind), quote!(event)),
    };
    Part { kind: reference, pass, picked: Some(Picked { name, pointer, pick, field }) }
}

/// The event's type as a pattern takes it: `Trade::<T>` for `Trade<T>`.
pub(super) fn pattern_path(body: &Body) -> TokenStream {
    let Some(event) = &body.settings.event else { return quote!(_) };
    let mut path = TokenStream::new();
    let mut after_name = false;
    let mut done = false;
    for token in event.kind.tokens.clone() {
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '<') && after_name && !done {
            path.extend(quote!(::));
            done = true;
        }
        after_name = matches!(token, TokenTree::Ident(_));
        path.extend([token]);
    }
    path
}
