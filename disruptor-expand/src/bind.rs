//! A stage's handler, bound to the way in which it is called.

use disruptor_syntax::{Arg, Body, EventSetting, Expr, PlannedStage, StageClause};
use disruptor_topology::{Mode, Target};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};

use super::listed::listed;
use super::{around, local, local_at};

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
pub(super) fn ring(planned: &PlannedStage) -> TokenStream {
    if planned.event_shared {
        let ring = local_at("ring", planned.name.span());
        quote_spanned!(around(planned.name.span())=> __disruptor::shared(#ring))
    } else {
        local("ring").to_token_stream()
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
        || clause.asks_for_more()
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
    let (mut kinds, mut errors) = (vec![], vec![]);
    for at in 0..parameters {
        kinds.push(format_ident!("A{at}"));
        errors.push(local("error"));
    }
    site! {
        fn disruptor_broken<#(#kinds,)* R>(#(_: #kinds,)* _: impl FnMut(#(#kinds),*) -> R) {}
        disruptor_broken(#(#errors,)* #value);
    }
}

/// True if a list takes a field twice.
fn takes_twice(args: &[Arg]) -> bool {
    let mut fields = vec![];
    for arg in args {
        if let Arg::Access { access, field: Some(_), .. } = arg {
            if fields.contains(&&access.target) {
                return true;
            }
            fields.push(&access.target);
        }
    }
    false
}

/// True if a list names a field.
fn names_fields(args: &[Arg]) -> bool {
    args.iter().any(|arg| matches!(arg, Arg::Access { field: Some(_), .. }))
}
