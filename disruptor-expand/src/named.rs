//! Named pipelines: an item whose fields are the handlers, and the types that it has while it runs.

use disruptor_syntax::{Arg, Body, Expr, Named, Plan, PlannedStage, StageClause, clauses};
use disruptor_topology::{Mode, Target};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::stages::{self, GivenBack};
use super::{bind, paired, poll, value, words};

/// Has the handlers that are not declared come from the fields of the struct, and the ring's size from a constant.
pub(super) fn hand_in(body: &mut Body, plan: &Plan) {
    let Some(named) = &mut body.named else { return };
    // The size is a part of many types; as it is written it stands in a constant.
    if let Some(ring) = &mut body.settings.ring {
        let constant = Expr { tokens: quote!(DISRUPTOR_RING), span: ring.span };
        named.ring = Some(std::mem::replace(ring, constant));
    }
    for stage in &plan.stages {
        let known = body.stages.iter_mut().find(|clause| clause.name == stage.name);
        if stage.polled.is_some() || known.as_ref().is_some_and(|clause| clause.handler.is_some()) {
            continue;
        }
        let name = &stage.name;
        let handler = Expr::new(quote!(self.#name));
        named.open.push(name.clone());
        match known {
            Some(clause) => clause.handler = handler,
            None => body.stages.push(StageClause { handler, ..StageClause::bare(name.clone()) }),
        }
    }
}

/// A handler that is given where the pipeline is made.
struct Field<'a> {
    name: &'a Ident,
    /// The parameter that is its type, where nothing of the user's stands that might be called so.
    shown: Ident,
    /// The same elsewhere.
    kind: Ident,
    /// Where it stands among the stages.
    id: usize,
    clause: &'a StageClause,
}

/// The items of a named pipeline.
pub(super) fn pipeline(
    home: &TokenStream,
    named: &Named,
    body: &Body,
    plan: &Plan,
    errors: &TokenStream,
) -> TokenStream {
    let Named { attributes, visibility, name, .. } = named;
    let fields = fields(named, body, plan);
    let (mut kinds, mut declared, mut nothing) = (vec![], vec![], vec![]);
    for Field { name, shown: kind, .. } in &fields {
        let doc = format!("The handler of the stage `{}`.", name.to_string().trim_start_matches("r#"));
        declared.push(quote!(#[doc = #doc] pub #name: #kind));
        kinds.push(kind);
        nothing.push(quote!(()));
    }
    let (producer, running) = (format_ident!("{name}Producer"), format_ident!("{name}Running"));
    let pollers = plan.stages.iter().any(|stage| stage.polled.is_some()).then(|| {
        let (pollers, doc) =
            (format_ident!("{name}Pollers"), format!("The pollers of [`{name}`], while it runs."));
        quote! {
            #[doc = #doc]
            #visibility type #pollers = <#name<#(#nothing),*> as #home::__private::Named>::Pollers;
        }
    });
    let given_back = given_back(plan, &fields, |field| field.shown.clone());
    let (of_producer, of_running) =
        (format!("The producer of [`{name}`], while it runs."), format!("[`{name}`], while it runs."));
    let implementation = implementation(named, body, plan, &fields, errors);
    let imports = super::imports(home, body);
    quote! {
        #attributes
        #visibility struct #name<#(#kinds),*> { #(#declared),* }
        #[doc = #of_producer]
        #visibility type #producer = <#name<#(#nothing),*> as #home::__private::Named>::Producer;
        #[doc = #of_running]
        #visibility type #running<#(#kinds),*> = #home::Running<#name<#(#given_back),*>>;
        #pollers
        const _: () = {
            #imports
            #implementation
        };
    }
}

fn fields<'a>(named: &Named, body: &'a Body, plan: &'a Plan) -> Vec<Field<'a>> {
    let clauses = clauses(body);
    let mut fields: Vec<Field<'a>> = vec![];
    for (id, PlannedStage { name, .. }) in plan.stages.iter().enumerate() {
        if !named.open.contains(name) {
            continue;
        }
        let Some(clause) = clauses.get(&name.to_string()) else { continue };
        let mut shown = shown(name, id);
        if fields.iter().any(|field| field.shown == shown) {
            shown = format_ident!("{shown}{id}");
        }
        fields.push(Field { name, shown, kind: format_ident!("DisruptorH{id}"), id, clause });
    }
    fields
}

/// `RiskCheckHandler` for the stage `risk_check`.
fn shown(stage: &Ident, id: usize) -> Ident {
    let name = stage.to_string();
    let (mut camel, mut begins) = (String::new(), true);
    for letter in name.trim_start_matches("r#").chars() {
        match letter {
            '_' => {}
            letter if begins => camel += &letter.to_uppercase().to_string(),
            letter => camel.push(letter),
        }
        begins = letter == '_';
    }
    if camel.is_empty() { format_ident!("Handler{id}") } else { format_ident!("{camel}Handler") }
}

/// The types in which the handlers of the fields are given back.
fn given_back(plan: &Plan, fields: &[Field<'_>], kind: fn(&Field<'_>) -> Ident) -> Vec<TokenStream> {
    let mut back = vec![];
    for field in fields {
        let kind = kind(field);
        back.push(match plan.stages[field.id].workers {
            None => quote!(#kind),
            Some(_) => quote!(::std::vec::Vec<#kind>),
        });
    }
    back
}

fn implementation(
    named: &Named,
    body: &Body,
    plan: &Plan,
    fields: &[Field<'_>],
    errors: &TokenStream,
) -> TokenStream {
    let name = &named.name;
    let workers = words::constants(plan);
    let slots = named.ring.as_ref().map(|ring| {
        let slots = &ring.tokens;
        quote!(const DISRUPTOR_RING: usize = #slots;)
    });
    let handlers = stages::handlers(plan);
    let back = given_back(plan, fields, |field| field.kind.clone());
    let stages = stages::stages(body, plan, Some(collected(name, plan, fields)));
    let value = value::pipeline(body, plan);
    // Beside errors the value may have another type than is written here, which would be another error.
    let error = super::local("error");
    let value = if errors.is_empty() { value } else { quote!(let _ = { #value }; #error) };
    let (ring, count, event) = (value::size(body), words::all(plan), event(body));
    let (producers, head) = if body.settings.multi {
        (quote!(Multi), quote!(Multi<#ring>))
    } else {
        (quote!(Single), quote!(Single))
    };
    let producer_wait = wait(body.settings.producer_wait.as_ref());
    let gates = stages::gates(&quote!(__disruptor::), plan);
    let first = first_waits(body, plan).unwrap_or_else(|| producer_wait.clone());
    let memory = quote!(__disruptor::Core<#event, __disruptor::#head, #ring, #count>);
    let (mut kinds, mut nothing) = (vec![], vec![]);
    let (mut parameters, mut bounds) = (vec![], vec![]);
    for field in fields {
        let (of_bound, bound) = self::bounds(body, plan, field);
        kinds.push(&field.kind);
        nothing.push(quote!(()));
        parameters.extend_from_slice(&of_bound);
        bounds.push(bound);
    }
    let (views, pollers) = polled(body, plan, &memory);
    let topology = stages::topology(body, plan);
    let label = if body.settings.name.is_some() { quote!(NAME) } else { quote!("") };
    quote! {
        #slots
        #workers
        #handlers
        #stages
        #(#views)*
        impl __disruptor::Named for #name<#(#nothing),*> {
            type Producer = __disruptor::Producer<#memory, #gates, #producer_wait, #first>;
            type Pollers = #pollers;
        }
        impl #name<#(#nothing),*> {
            /// What is declared, as a constant to be drawn.
            pub const TOPOLOGY: &'static __disruptor::Topology = &{
                #topology
                __disruptor::Topology { name: #label, ring: #ring, producers: __disruptor::Producers::#producers, stages: STAGES }
            };
        }
        impl<#(#kinds),*> #name<#(#kinds),*> {
            /// The pipeline with these handlers, not yet started.
            pub fn pipeline<#(#parameters),*>(self) -> __disruptor::Pipeline<
                impl __disruptor::Stages<
                    #memory,
                    #producer_wait,
                    Gates = #gates,
                    First = #first,
                    Handlers = #name<#(#back),*>,
                    Pollers = #pollers,
                >,
                impl FnMut() -> #event,
                #event,
                __disruptor::#head,
                #producer_wait,
                #ring,
                #count,
            >
            where
                #(#bounds)*
            {
                #errors
                #value
            }
        }
    }
}

/// What makes the types of what the pollers see, and the type of the pollers.
fn polled(body: &Body, plan: &Plan, memory: &TokenStream) -> (Vec<TokenStream>, TokenStream) {
    let (clauses, mut views, mut kinds) = (clauses(body), vec![], vec![]);
    for stage in plan.stages.iter().filter(|stage| stage.polled.is_some()) {
        let Some(clause) = clauses.get(&stage.name.to_string()) else { continue };
        views.extend(poll::view_item(body, clause, stage));
        let barrier = stages::barrier(&quote!(__disruptor::), plan, &stage.upstreams);
        let own = wait(clause.options.wait.as_ref().or(body.settings.wait.as_ref()));
        let view = poll::view(body, clause, stage);
        kinds.push(quote!(__disruptor::Poller<#memory, #barrier, #own, #view>));
    }
    let pollers = if kinds.is_empty() { quote!(()) } else { quote!(DisruptorPollers<#(#kinds),*>) };
    (views, pollers)
}

/// The handlers are given back in the struct itself; those that are declared have no place there.
fn collected(name: &Ident, plan: &Plan, fields: &[Field<'_>]) -> GivenBack {
    let (mut kinds, mut given, mut closed) = (vec![], vec![], vec![]);
    for id in 0..plan.stages.len() {
        let (slot, parameter) = (stages::slot(id), super::parameter(id));
        match fields.iter().find(|field| field.id == id) {
            Some(Field { name, .. }) => {
                kinds.push(quote!(#parameter::Handler));
                given.push(quote!(#name: #slot()));
            }
            None if plan.stages[id].polled.is_some() => {}
            None => closed.push(slot),
        }
    }
    let kind = quote!(#name<#(#kinds),*>);
    GivenBack { kind, collect: quote!({ #(#closed();)* #name { #(#given),* } }) }
}

/// What a field's handler must be, with the parameters that saying so takes.
fn bounds(body: &Body, plan: &Plan, field: &Field<'_>) -> (Vec<Ident>, TokenStream) {
    let Field { kind, id, clause, .. } = field;
    if bind::is_broken(body, clause) {
        return (vec![], TokenStream::new());
    }
    let event = event(body);
    let clone = plan.stages[*id].workers.as_ref().map(|_| quote!(+ __disruptor::Clone));
    let parameter = format_ident!("DisruptorR{id}");
    match clause.args.as_deref() {
        None => {
            let bound = quote!(__disruptor::GivenHandler<#event, #parameter>);
            (vec![parameter], quote!(#kind: #bound + __disruptor::Send #clone,))
        }
        Some([Arg::Access { access, .. }])
            if access.target == Target::Event && access.mode == Mode::Write =>
        {
            let passes = format_ident!("DisruptorX{id}");
            let bound = quote!(__disruptor::GivenHandlerMut<#event, #parameter, #passes>);
            (vec![parameter, passes], quote!(#kind: #bound + __disruptor::Send #clone,))
        }
        Some(args) => {
            let args: Vec<_> = args.iter().map(|arg| argument(arg, &event)).collect();
            let bound = quote!(FnMut(#(#args),*) -> #parameter);
            let bounds = quote! {
                #kind: #bound + __disruptor::Send #clone,
                #parameter: __disruptor::Outcome,
            };
            (vec![parameter], bounds)
        }
    }
}

/// The type of a handler's argument.
fn argument(arg: &Arg, event: &TokenStream) -> TokenStream {
    match arg {
        Arg::Sequence => quote!(__disruptor::Sequence),
        Arg::EndOfBatch => quote!(bool),
        Arg::Access { access, kind, .. } => {
            let part = match access.target {
                Target::Batch => quote!([#event]),
                Target::Event => event.clone(),
                // Without a type there is an error already.
                Target::Field(_) => kind.clone().unwrap_or_else(|| quote!(())),
            };
            if access.mode == Mode::Read { quote!(&#part) } else { quote!(&mut #part) }
        }
    }
}

fn event(body: &Body) -> TokenStream {
    body.settings.event.as_ref().map_or_else(|| quote!(()), |event| event.kind.tokens.clone())
}

/// The type of a wait; of one that is not written, that of the default.
fn wait(written: Option<&Expr>) -> TokenStream {
    written.and_then(value::wait_kind).unwrap_or_else(|| quote!(__disruptor::PhasedBackoff))
}

/// The types of the waits of those that the producer wakes.
fn first_waits(body: &Body, plan: &Plan) -> Option<TokenStream> {
    let clauses = clauses(body);
    let mut waits = vec![];
    for waiter in stages::first(body, plan) {
        let Some(id) = waiter else {
            waits.push(wait(body.settings.producer_wait.as_ref()));
            continue;
        };
        // One that is fused to another does not wait.
        if plan.stages[id].fused_to.is_none() {
            let clause = clauses.get(&plan.stages[id].name.to_string());
            let own = clause.and_then(|clause| clause.options.wait.as_ref());
            waits.push(wait(own.or(body.settings.wait.as_ref())));
        }
    }
    paired(waits)
}
