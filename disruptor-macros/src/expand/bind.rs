//! A stage's handler, bound to the way in which it is called.

use disruptor_topology::{Mode, Target};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};

use super::own;
use crate::lower::PlannedStage;
use crate::syntax::{Arg, Body, StageClause};

/// The expression that binds the handler.
pub(super) fn handler(body: &Body, clause: &StageClause, planned: &PlannedStage) -> TokenStream {
    let handler = clause.handler();
    let (events, value) = (own("events"), &handler.tokens);
    match clause.args.as_deref() {
        None => {
            let bind = if handler.is_closure() { quote!(by_ref_fn) } else { quote!(by_ref) };
            let bound = quote!(__disruptor::#bind(#events, #value));
            if planned.event_shared { quote!(__disruptor::shared(#bound)) } else { bound }
        }
        Some([Arg::Access { access, .. }])
            if access.target == Target::Event && access.mode == Mode::Write && !handler.is_closure() =>
        {
            quote!(__disruptor::by_mut(#events, #value))
        }
        Some(args) => listed(body, args, planned, value),
    }
}

/// One argument, seen from all sides.
struct Part {
    /// The parameter's type in the bound of the handler.
    kind: TokenStream,
    /// What the handler is called with.
    pass: TokenStream,
    /// For a field: its type parameter, and how it is picked and handed on.
    field: Option<Field>,
}

struct Field {
    parameter: TokenStream,
    name: Ident,
    pointer: TokenStream,
    pattern: TokenStream,
    pick: TokenStream,
}

/// A stage with an argument list. A function of its own gives the handler's closure its parameters' types, and calls it with
/// what the projection has picked: from the raw pointer and by pattern, so that no reference to the whole event is made, and
/// rustc itself rejects unions, packed fields and what hides behind `Deref`.
fn listed(body: &Body, args: &[Arg], planned: &PlannedStage, value: &TokenStream) -> TokenStream {
    let parts: Vec<Part> = args.iter().enumerate().map(|(at, arg)| part(at, arg, planned)).collect();
    let (kinds, passes) = (parts.iter().map(|part| &part.kind), parts.iter().map(|part| &part.pass));
    let fields: Vec<&Field> = parts.iter().filter_map(|part| part.field.as_ref()).collect();
    let parameters = fields.iter().map(|field| &field.parameter);
    let batch =
        args.iter().any(|arg| matches!(arg, Arg::Access { access, .. } if access.target == Target::Batch));
    let commits = batch || args.iter().any(|arg| matches!(arg, Arg::EndOfBatch));
    let sync = planned.event_shared.then(|| quote!(: ::core::marker::Sync));
    let bind = if batch { quote!(slices) } else { quote!(each::<#commits, _, _, _, _>) };
    let bind = quote!(__disruptor::#bind);
    let name = format_ident!("{}", planned.name, span = proc_macro2::Span::mixed_site());
    let projection = projection(body, &fields);
    let project_parameter = projection.as_ref().map(|_| {
        let pointers = fields.iter().map(|field| &field.pointer);
        quote!(project: impl Fn(*mut E) -> (#(#pointers,)*) + Send,)
    });
    let picked = projection.as_ref().map(|_| {
        let names = fields.iter().map(|field| &field.name);
        quote!(let (#(#names,)*) = project(event);)
    });
    let events = own("events");
    quote! {
        {
            fn #name<E #sync, #(#parameters,)* R: __disruptor::Outcome, H: FnMut(#(#kinds),*) -> R>(
                events: __disruptor::Events<E>,
                #project_parameter
                handler: H,
            ) -> impl __disruptor::Apply<E, Handler = H> {
                unsafe {
                    #bind(events, handler, move |handler, event, sequence, end_of_batch| {
                        #picked
                        handler(#(#passes),*)
                    })
                }
            }
            #name(#events, #projection #value)
        }
    }
}

/// The projection, as it is passed: it gives pointers to the fields.
fn projection(body: &Body, fields: &[&Field]) -> Option<TokenStream> {
    if fields.is_empty() {
        return None;
    }
    let path = pattern_path(body);
    let (patterns, picks) =
        (fields.iter().map(|field| &field.pattern), fields.iter().map(|field| &field.pick));
    let event = own("event");
    Some(quote! {
        |#event| unsafe {
            let #path { #(#patterns,)* .. } = *#event;
            (#(#picks,)*)
        },
    })
}

fn part(at: usize, arg: &Arg, planned: &PlannedStage) -> Part {
    let simple = |kind, pass| Part { kind, pass, field: None };
    match arg {
        Arg::Sequence => simple(quote!(__disruptor::Sequence), quote!(sequence)),
        Arg::EndOfBatch => simple(quote!(bool), quote!(end_of_batch)),
        Arg::Access { access, field, .. } => match (&access.target, access.mode) {
            (Target::Event, Mode::Read) => simple(quote!(&E), quote!(&*event)),
            (Target::Event, Mode::Write) => simple(quote!(&mut E), quote!(&mut *event)),
            (Target::Batch, Mode::Read) => simple(quote!(&[E]), quote!(&*event)),
            (Target::Batch, Mode::Write) => simple(quote!(&mut [E]), quote!(&mut *event)),
            (Target::Field(name), mode) => {
                let field = field.as_ref().expect("a field's access carries the field's token");
                let shared = planned.shared_fields.iter().any(|shared| shared == name);
                field_part(at, field, mode, shared)
            }
        },
    }
}

fn field_part(at: usize, field: &TokenTree, mode: Mode, shared: bool) -> Part {
    let kind = format_ident!("A{at}", span = proc_macro2::Span::mixed_site());
    let name = format_ident!("a{at}", span = proc_macro2::Span::mixed_site());
    let parameter = if shared { quote!(#kind: ::core::marker::Sync) } else { quote!(#kind) };
    let (kind, pass, pointer, pattern, pick) = match mode {
        Mode::Read => (
            quote!(&#kind),
            quote!(&*#name),
            quote!(*const #kind),
            quote!(#field: ref #name),
            quote!(::core::ptr::from_ref(#name)),
        ),
        Mode::Write => (
            quote!(&mut #kind),
            quote!(&mut *#name),
            quote!(*mut #kind),
            quote!(#field: ref mut #name),
            quote!(::core::ptr::from_mut(#name)),
        ),
    };
    Part { kind, pass, field: Some(Field { parameter, name, pointer, pattern, pick }) }
}

/// The event's type as a pattern takes it: `Trade::<T>` for `Trade<T>`.
fn pattern_path(body: &Body) -> TokenStream {
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
