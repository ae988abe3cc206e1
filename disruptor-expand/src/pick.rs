//! How the parts of an event that a list names are picked: from the raw pointer and by pattern, so that no reference to the whole
//! event is made, and rustc itself rejects unions, packed fields and what hides behind `Deref`.

use disruptor_syntax::{Arg, Body, PlannedStage};
use disruptor_topology::{Mode, Target};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;

use super::{local_at, own};

/// One argument, seen from all sides.
pub(super) struct Part {
    /// The parameter's type in the bound of the handler.
    pub(super) kind: TokenStream,
    /// The same, as far as the list says it: what is compared with the field's.
    pub(super) said: TokenStream,
    /// What the handler is called with.
    pub(super) pass: TokenStream,
    /// For a part of the event: how it is picked.
    pub(super) picked: Option<Picked>,
}

pub(super) struct Picked {
    pub(super) name: Ident,
    /// The type of the pointer to it.
    pub(super) pointer: TokenStream,
    /// The pointer.
    pub(super) pick: TokenStream,
    pub(super) field: Option<Field>,
}

pub(super) struct Field {
    /// The parameter for its type.
    pub(super) parameter: Ident,
    /// The same, with what is asked of the type.
    pub(super) asked: TokenStream,
    /// Its place in the pattern.
    pub(super) pattern: TokenStream,
    /// Its type, if that is written, and the number of the argument.
    pub(super) written: Option<(TokenStream, usize)>,
}

/// The projection, as it is passed: it gives pointers to what is listed.
pub(super) fn projection(body: &Body, picked: &[Picked]) -> TokenStream {
    let (mut patterns, mut picks) = (vec![], vec![]);
    for picked in picked {
        picks.push(&picked.pick);
        patterns.extend(picked.field.as_ref().map(|field| &field.pattern));
    }
    if patterns.is_empty() {
        return site!(|__event| (#(#picks,)*));
    }
    let path = pattern_path(body);
    // Where rustc names the closure, it shows where it is: at the list.
    let first = picked.first().map_or_else(Span::mixed_site, |picked| picked.name.span());
    let head = quote_spanned!(first=> |__event|);
    // SAFETY of what is emitted: the runtime calls it with a pointer to an event of which what is listed may be touched; the
    // pattern makes references to that alone. Of the user's tokens only the type's path and the fields' names stand inside.
    site! {
        #head unsafe {
            let #path { #(#patterns,)* .. } = *__event;
            (#(#picks,)*)
        }
    }
}

pub(super) fn part(at: usize, arg: &Arg, planned: &PlannedStage) -> Part {
    let simple = |kind: TokenStream, pass| Part { said: kind.clone(), kind, pass, picked: None };
    match arg {
        Arg::Sequence => simple(site!(__disruptor::Sequence), site!(__sequence)),
        Arg::EndOfBatch => simple(site!(bool), site!(__end_of_batch)),
        Arg::Access { access, field, kind, place } => match (&access.target, field) {
            (Target::Batch, _) if access.mode == Mode::Read => simple(site!(&[E]), site!(&*__batch)),
            (Target::Batch, _) => simple(site!(&mut [E]), site!(&mut *__batch)),
            (Target::Field(name), Some(field)) => {
                let shared = planned.shared_fields.iter().any(|shared| shared == name);
                field_part(at, field, kind.as_ref(), access.mode, shared)
            }
            _ => picked_part(picked_name(at, place.first()), access.mode, &site!(E), None),
        },
    }
}

fn field_part(at: usize, field: &TokenTree, written: Option<&TokenStream>, mode: Mode, shared: bool) -> Part {
    let kind = numbered("A", at);
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
    let said = numbered(if written.is_some() { "T" } else { "A" }, at);
    let written = written.map(|written| (written.clone(), at));
    let part = picked_part(name, mode, &parameter, Some(Field { parameter: kind, asked, pattern, written }));
    Part { said: reference(mode, &site!(#said)), ..part }
}

/// What a picked argument is called: a name of the expansion's own, at the place of the argument, so that what rustc has to
/// say of it (a packed field, say) is said there.
pub(super) fn picked_name(at: usize, place: Span) -> Ident {
    local_at(&format!("a{at}"), place)
}

/// A part of the event of this type: a field, or (`None`) the whole.
pub(super) fn picked_part(name: Ident, mode: Mode, kind: &TokenStream, field: Option<Field>) -> Part {
    let (pass, pointer, pick) = match (mode, &field) {
        (Mode::Read, Some(_)) => (site!(&*#name), site!(*const #kind), site!(__disruptor::from_ref(#name))),
        (Mode::Read, None) => (site!(&*#name), site!(*const #kind), site!(__event as _)),
        (Mode::Write, Some(_)) => {
            (site!(&mut *#name), site!(*mut #kind), site!(__disruptor::from_mut(#name)))
        }
        (Mode::Write, None) => (site!(&mut *#name), site!(*mut #kind), site!(__event)),
    };
    let kind = reference(mode, kind);
    Part { said: kind.clone(), kind, pass, picked: Some(Picked { name, pointer, pick, field }) }
}

fn reference(mode: Mode, kind: &TokenStream) -> TokenStream {
    if mode == Mode::Read { site!(&#kind) } else { site!(&mut #kind) }
}

/// The parameter of this name for the argument at this place.
pub(super) fn numbered(name: &str, at: usize) -> Ident {
    own(&format!("{name}{at}"))
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
