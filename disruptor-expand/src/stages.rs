//! The handlers' struct, and what it says of its stages to the runtime.

use disruptor_syntax::{Arg, Body, Plan, PlannedStage, StageClause, clauses};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::{local, own, paired, parameter, parameters, words};

/// The struct that holds something for each stage: what is declared, later the handlers.
pub(super) fn handlers(plan: &Plan) -> TokenStream {
    let parameters = parameters(plan);
    let mut fields = vec![];
    for (stage, kind) in plan.stages.iter().zip(&parameters) {
        let name = &stage.name;
        fields.push(quote!(pub #name: #kind));
    }
    let pollers = polled(plan);
    quote! {
        struct DisruptorHandlers<#(#parameters),*> { #(#fields),* }
        #pollers
    }
}

/// The struct of the pollers, if there are any.
fn polled(plan: &Plan) -> Option<TokenStream> {
    let (mut kinds, mut fields) = (vec![], vec![]);
    for (id, stage) in plan.stages.iter().enumerate().filter(|(_, stage)| stage.polled.is_some()) {
        let (name, kind) = (&stage.name, parameter(id));
        let doc = format!("The poller of the stage `{}`.", name.to_string().trim_start_matches("r#"));
        fields.push(quote!(#[doc = #doc] pub #name: #kind));
        kinds.push(kind);
    }
    (!kinds.is_empty()).then(|| {
        quote! {
            /// The pollers of a pipeline, by the names of their stages.
            pub struct DisruptorPollers<#(#kinds),*> { #(#fields),* }
        }
    })
}

/// The implementation of the runtime's `Stages`. The handlers are given back in the handlers' struct, or in another.
pub(super) fn stages(body: &Body, plan: &Plan, given_back: Option<GivenBack>) -> TokenStream {
    let parameters = parameters(plan);
    let configs = plan.stages.iter().map(|stage| match stage.polled {
        None => quote!(StageConfig),
        Some(_) => quote!(PolledConfig),
    });
    let topology = topology(body, plan);
    let gates = gates(&quote!(__disruptor::), plan);
    let first = waits(plan, &first(body, plan)).unwrap_or_else(|| quote!(W));
    let (pollers, given) = pollers(plan);
    let collect_all = match given {
        None => quote!(collected),
        Some(_) => quote!(collected_beside),
    };
    let given = given.map(|given| quote!(#given,));
    // A stage may be called `plan`, too.
    let runtime_plan = local("plan");
    let mut barriers = vec![own("After"), own("Head")];
    if plan.stages.iter().any(|stage| stage.workers.is_some()) {
        barriers.push(own("Workers"));
    }
    if plan.stages.iter().any(PlannedStage::is_released) {
        barriers.push(own("Released"));
    }
    let mut launches = vec![];
    for id in order(plan) {
        launches.push(launch(plan, id, &runtime_plan));
    }
    let GivenBack { kind, collect } = match given_back {
        Some(given_back) => given_back,
        None => in_handlers(plan, &parameters),
    };
    // No method is called on the plan: a trait of the user's could be meant by it, and would have the plan.
    // SAFETY of what is emitted: the plan has passed the topology's checks, ids count up, barriers are the reduced upstreams (those
    // of a fused stage are on its thread before it, or before its thread's first stage), and the gates are exactly the stages that nothing follows. Where it has not, a compile error stands beside it.
    quote! {
        unsafe impl<M: __disruptor::Memory, W: __disruptor::Wait, #(#parameters: __disruptor::#configs<M>),*>
            __disruptor::Stages<M, W> for DisruptorHandlers<#(#parameters),*>
        {
            #topology
            type Gates = #gates;
            type First = #first;
            type Handlers = #kind;
            type Pollers = #pollers;
            unsafe fn launch<'a>(
                self,
                #runtime_plan: &mut __disruptor::Plan<'a, M, Self>,
            ) -> (__disruptor::Collect<'a, Self::Handlers>, Self::Pollers) {
                use __disruptor::{#(#barriers),*};
                #(#launches)*
                __disruptor::#collect_all(#given move || #collect)
            }
        }
    }
}

/// What the handlers are given back in: its type, and how it is made of what the stages have left.
pub(super) struct GivenBack {
    pub(super) kind: TokenStream,
    pub(super) collect: TokenStream,
}

/// In the handlers' struct.
fn in_handlers(plan: &Plan, parameters: &[Ident]) -> GivenBack {
    let (mut kinds, mut fields) = (vec![], vec![]);
    for (id, (stage, parameter)) in plan.stages.iter().zip(parameters).enumerate() {
        let (name, slot) = (&stage.name, slot(id));
        // What a poller calls is its caller's.
        let (kind, value) = match stage.polled {
            None => (quote!(#parameter::Handler), quote!(#slot())),
            Some(_) => (quote!(()), quote!(())),
        };
        kinds.push(kind);
        fields.push(quote!(#name: #value));
    }
    GivenBack {
        kind: quote!(DisruptorHandlers<#(#kinds),*>),
        collect: quote!(DisruptorHandlers { #(#fields),* }),
    }
}

/// The stages in an order in which one that is fused to another comes before it.
fn order(plan: &Plan) -> Vec<usize> {
    let mut order = vec![];
    for (head, stage) in plan.stages.iter().enumerate() {
        if stage.fused_to.is_some() {
            continue;
        }
        let (mut thread, mut next) = (vec![], Some(head));
        while let Some(id) = next
            && thread.len() < plan.stages.len()
        {
            thread.push(id);
            next = plan.stages[id].fused_with;
        }
        thread.reverse();
        order.extend_from_slice(&thread);
    }
    order
}

/// Where a stage's handler will be found.
pub(super) fn slot(id: usize) -> Ident {
    local(&format!("h{id}"))
}

/// Has the runtime plan a stage.
fn launch(plan: &Plan, id: usize, runtime_plan: &Ident) -> TokenStream {
    let stage = &plan.stages[id];
    let (word, name) = (words::first(plan, id), &stage.name);
    let (slot, tail) = (slot(id), local("tail"));
    let barrier = barrier(&TokenStream::new(), plan, &stage.upstreams);
    let waits = waits_behind(plan, id);
    if stage.polled.is_some() {
        return quote!(let #slot = self.#name.poller::<#barrier, #waits>(#runtime_plan, #word););
    }
    let behind = if stage.fused_with.is_some() { quote!(#tail) } else { quote!(()) };
    match (stage.fused_to, stage.fused_with) {
        (Some(_), _) => {
            quote!(let (#slot, #tail) = self.#name.fuse::<#waits, _>(#runtime_plan, #word, #behind);)
        }
        (None, Some(_)) => {
            quote!(let #slot = self.#name.launch_with::<#barrier, #waits, _>(#runtime_plan, #word, #behind);)
        }
        (None, None) => quote!(let #slot = self.#name.launch::<#barrier, #waits>(#runtime_plan, #word);),
    }
}

/// What waits on these stages waits on; on no stages: on the producer.
pub(super) fn barrier(path: &TokenStream, plan: &Plan, upstreams: &[usize]) -> TokenStream {
    joined(path, plan, upstreams, false)
}

/// What the producer waits on.
pub(super) fn gates(path: &TokenStream, plan: &Plan) -> TokenStream {
    joined(path, plan, &plan.gates, true)
}

/// The barriers of these stages; behind a poller that may be released, with what it waits on. Where that is the producers alone, one of
/// them that waits there `is_gate`, has a barrier of its own.
fn joined(path: &TokenStream, plan: &Plan, upstreams: &[usize], is_gate: bool) -> TokenStream {
    let mut after = vec![];
    for id in upstreams {
        let (word, stage) = (words::first(plan, *id), &plan.stages[*id]);
        after.push(match words::workers(plan, *id) {
            Some(workers) => quote!(#path Workers<#word, #workers>),
            None if !stage.is_released() => quote!(#path After<#word>),
            None if is_gate && stage.upstreams.is_empty() => quote!(#path Unheld<#word>),
            None => {
                let behind = joined(path, plan, &stage.upstreams, is_gate);
                quote!(#path Released<#word, #behind>)
            }
        });
    }
    paired(after).unwrap_or_else(|| quote!(#path Head))
}

/// How those wait who wait on a stage, or may come to.
fn waits_behind(plan: &Plan, id: usize) -> TokenStream {
    let mut waiters = vec![];
    behind(plan, id, &mut waiters);
    waits(plan, &waiters).unwrap_or_else(|| quote!(()))
}

/// How these wait. One that is fused to another follows that without waiting.
fn waits(plan: &Plan, waiters: &[Option<usize>]) -> Option<TokenStream> {
    let mut waits = vec![];
    for waiter in waiters {
        match waiter {
            Some(id) if plan.stages[*id].fused_to.is_some() => {}
            Some(id) => {
                let parameter = parameter(*id);
                waits.push(quote!(#parameter::Wait));
            }
            None => waits.push(quote!(W)),
        }
    }
    paired(waits)
}

/// Who waits on the producers, or may come to, as a poller between is released; `None` is one of several producers, which then waits
/// for another.
pub(super) fn first(body: &Body, plan: &Plan) -> Vec<Option<usize>> {
    let mut waiters = vec![];
    for id in &plan.first {
        see(plan, Some(*id), &mut waiters);
    }
    waiters.retain(|waiter| waiter.is_some() || body.settings.multi);
    waiters
}

/// Who waits on a stage, or may come to. A producer, `None`, waits on those that nothing follows.
fn behind(plan: &Plan, id: usize, waiters: &mut Vec<Option<usize>>) {
    let followers = &plan.stages[id].followers;
    if followers.is_empty() {
        see(plan, None, waiters);
    }
    for follower in followers {
        see(plan, Some(*follower), waiters);
    }
}

/// Adds one who waits, and, if that is a poller that may be released, those behind it.
fn see(plan: &Plan, waiter: Option<usize>, waiters: &mut Vec<Option<usize>>) {
    if waiters.contains(&waiter) {
        return;
    }
    waiters.push(waiter);
    if let Some(id) = waiter
        && plan.stages[id].is_released()
    {
        behind(plan, id, waiters);
    }
}

/// The type of the pollers, and the pollers, if there are any.
fn pollers(plan: &Plan) -> (TokenStream, Option<TokenStream>) {
    let (mut kinds, mut fields) = (vec![], vec![]);
    for (id, stage) in plan.stages.iter().enumerate().filter(|(_, stage)| stage.polled.is_some()) {
        let (name, slot, parameter) = (&stage.name, slot(id), parameter(id));
        let barrier = barrier(&quote!(__disruptor::), plan, &stage.upstreams);
        kinds.push(quote!(__disruptor::Poller<M, #barrier, #parameter::Wait, #parameter::View>));
        fields.push(quote!(#name: #slot));
    }
    if kinds.is_empty() {
        return (quote!(()), None);
    }
    (quote!(DisruptorPollers<#(#kinds),*>), Some(quote!(DisruptorPollers { #(#fields),* })))
}

/// The constants `NAME`, where there is a name, and `STAGES`.
pub(super) fn topology(body: &Body, plan: &Plan) -> TokenStream {
    let clauses = clauses(body);
    let name = body.settings.name.as_ref().map(|name| {
        let name = &name.tokens;
        quote!(const NAME: &'static str = #name;)
    });
    let mut rows = vec![];
    for (id, stage) in plan.stages.iter().enumerate() {
        let name = stage.name.to_string();
        let (mut after, mut accesses) = (vec![], vec![]);
        for upstream in &stage.upstreams {
            after.push(Literal::usize_unsuffixed(*upstream));
        }
        for arg in clauses.get(&name).map_or(&[][..], StageClause::args) {
            if let Arg::Access { access, .. } = arg {
                accesses.push(access.to_string());
            }
        }
        let (name, gates) = (name.trim_start_matches("r#"), plan.gates.contains(&id));
        let row = quote!(__disruptor::row(#name, &[#(#after),*], #gates, &[#(#accesses),*]));
        rows.push(match words::workers(plan, id) {
            None => row,
            Some(workers) => quote!(__disruptor::shard_of(#workers, #row)),
        });
    }
    quote! {
        #name
        const STAGES: &'static [__disruptor::StageRow] = &[#(#rows),*];
    }
}
