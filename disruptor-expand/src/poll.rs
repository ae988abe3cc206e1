//! Stages that are polled: what their pollers see of an event.

use disruptor_syntax::{Arg, Body, EventSetting, Expr, Key, PlannedStage, StageClause};
use disruptor_topology::{Mode, Target};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote_spanned};

use super::pick::{part, pattern_path, picked_name, projection};
use super::{around, bind, local, located, own, value};

/// The field that a poller sees, if it does not see all of the event.
fn field<'a>(body: &Body, clause: &'a StageClause) -> Option<(&'a Arg, &'a TokenTree)> {
    let has_fields = body.settings.event.as_ref().is_some_and(EventSetting::may_have_fields);
    match clause.args() {
        [arg @ Arg::Access { access, field: Some(field), .. }]
            if has_fields && access.mode == Mode::Read && matches!(access.target, Target::Field(_)) =>
        {
            Some((arg, field))
        }
        _ => None,
    }
}

/// `name: polled(…).wait(…)`
pub(super) fn stage(
    body: &Body,
    clause: &StageClause,
    planned: &PlannedStage,
    on_drop: &'static str,
) -> TokenStream {
    let (name, rule) = (&planned.name, Ident::new(on_drop, Span::call_site()));
    let rule = site!(__disruptor::OnDrop::#rule);
    let polled = match field(body, clause) {
        Some(_) if body.named.is_some() && view_kind(body, clause).is_some() => {
            let by = if is_shared(planned) { "polled_shared_by" } else { "polled_by" };
            let (by, ring, view) = (own(by), local("ring"), view_name(planned));
            // SAFETY of what is emitted: a part that is shared is asked to be `Sync`.
            site!(unsafe { __disruptor::#by(#ring, #view, #rule) })
        }
        Some((arg, field)) => {
            let of = if is_shared(planned) { "polled_shared_field" } else { "polled_field" };
            let (of, ring, project) = (located(of, field.span()), local("ring"), local("project"));
            let kind = written(arg).map_or_else(|| site!(_), Clone::clone);
            let projection = projection(body, part(0, arg, planned).picked.as_slice());
            // SAFETY of what is emitted: the projection picks what is listed, and a field that is shared is asked to be `Sync`.
            let call = quote_spanned!(around(field.span())=> unsafe { __disruptor::#of::<_, #kind, _>(#project, #rule) });
            site!({ let #project = __disruptor::project(#ring, #projection); #call })
        }
        None => {
            let ring = bind::ring(planned);
            site!(__disruptor::polled(#ring, #rule))
        }
    };
    let wait = value::stage_wait(body, clause).map(|wait| {
        let method = own("wait");
        site!(.#method(#wait))
    });
    // What cannot be said of it still stands there, for an editor to know.
    let options = &clause.options;
    let key = options.shard.as_ref().and_then(|key| match key {
        Key::Event(key) => Some(key),
        Key::Field { .. } => None,
    });
    let said: [&Option<Expr>; 7] = [
        &clause.handler,
        &options.core,
        &options.batch,
        &options.name,
        &options.start,
        &options.stop,
        &options.timeout,
    ];
    let mut unused: Vec<_> = said.into_iter().flatten().chain(key).map(bind::unused).collect();
    unused.extend(options.on_error.as_ref().map(value::leftover));
    let polled = if unused.is_empty() { polled } else { site!({ #({ #unused })* #polled }) };
    site!(#name: #polled #wait)
}

/// True if another stage may read what the poller sees at the same time, and no stage before asks for what that takes.
fn is_shared(planned: &PlannedStage) -> bool {
    !planned.shared_fields.is_empty()
}

/// The type of a field, if the list says it.
fn written(arg: &Arg) -> Option<&TokenStream> {
    match arg {
        Arg::Access { kind, .. } => kind.as_ref(),
        _ => None,
    }
}

fn view_name(planned: &PlannedStage) -> Ident {
    format_ident!("DisruptorView_{}", planned.name.to_string().trim_start_matches("r#"))
}

/// The type that the list of a poller says of its field.
fn view_kind<'a>(body: &Body, clause: &'a StageClause) -> Option<&'a TokenStream> {
    field(body, clause).and_then(|(arg, _)| written(arg))
}

/// In a named pipeline: the type of what the poller of a stage sees.
pub(super) fn view(body: &Body, clause: &StageClause, planned: &PlannedStage) -> TokenStream {
    match view_kind(body, clause) {
        Some(_) => {
            let view = view_name(planned);
            site!(#view)
        }
        None => site!(__disruptor::WholeEvent),
    }
}

/// In a named pipeline: what makes that a type, if the poller sees a field.
pub(super) fn view_item(body: &Body, clause: &StageClause, planned: &PlannedStage) -> Option<TokenStream> {
    let (kind, (_, field)) = (view_kind(body, clause)?, field(body, clause)?);
    let event = &body.settings.event.as_ref()?.kind.tokens;
    let (view, path, name) = (view_name(planned), pattern_path(body), picked_name(0, field.span()));
    let pattern = quote_spanned!(name.span()=> #field: ref #name);
    let lint = site!(#[allow(non_camel_case_types)]);
    // SAFETY of what is emitted: the pattern makes a reference to what is listed and to nothing else. Bound first, the pointer is to
    // the field itself, and to nothing that it might be coerced to.
    Some(site! {
        #lint
        pub struct #view;
        unsafe impl __disruptor::View<#event> for #view {
            type Part = #kind;
            #[inline(always)]
            unsafe fn part(&self, __event: *mut #event) -> *const Self::Part {
                let __part = unsafe {
                    let #path { #pattern, .. } = *__event;
                    __disruptor::from_ref(#name)
                };
                __part
            }
        }
    })
}
