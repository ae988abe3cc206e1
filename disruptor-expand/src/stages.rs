//! The handlers' struct, and what it says of its stages to the runtime.

use disruptor_frontend::{Arg, Body, Plan, StageClause, clauses};
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
    quote! {
        struct DisruptorHandlers<#(#parameters),*> { #(#fields),* }
    }
}

/// The implementation of the runtime's `Stages`. The handlers are given back in the handlers' struct, or in another.
pub(super) fn stages(body: &Body, plan: &Plan, given_back: Option<GivenBack>) -> TokenStream {
    let parameters = parameters(plan);
    let topology = topology(body, plan);
    let gates = barrier(&quote!(__disruptor::), plan, &plan.gates);
    let first = waits(plan, &plan.first).unwrap_or_else(|| quote!(W));
    // A stage may be called `plan`, too.
    let runtime_plan = local("plan");
    let mut barriers = vec![own("After"), own("Head")];
    if plan.stages.iter().any(|stage| stage.workers.is_some()) {
        barriers.push(own("Workers"));
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
        unsafe impl<M: __disruptor::Memory, W: __disruptor::Wait, #(#parameters: __disruptor::StageConfig<M>),*>
            __disruptor::Stages<M, W> for DisruptorHandlers<#(#parameters),*>
        {
            #topology
            type Gates = #gates;
            type First = #first;
            type Handlers = #kind;
            unsafe fn launch<'a>(
                self,
                #runtime_plan: &mut __disruptor::Plan<'a, M, Self>,
            ) -> __disruptor::Collect<'a, Self::Handlers> {
                use __disruptor::{#(#barriers),*};
                #(#launches)*
                __disruptor::Box::new(move || #collect)
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
    let mut fields = vec![];
    for (id, stage) in plan.stages.iter().enumerate() {
        let (name, slot) = (&stage.name, slot(id));
        fields.push(quote!(#name: #slot()));
    }
    GivenBack {
        kind: quote!(DisruptorHandlers<#(#parameters::Handler),*>),
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
    // The producer waits on the stages that nothing follows.
    let waits = match waits(plan, &stage.followers) {
        Some(waits) => waits,
        None if stage.followers.is_empty() => quote!(W),
        None => quote!(()),
    };
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
    let mut after = vec![];
    for id in upstreams {
        let word = words::first(plan, *id);
        after.push(match words::workers(plan, *id) {
            None => quote!(#path After<#word>),
            Some(workers) => quote!(#path Workers<#word, #workers>),
        });
    }
    paired(after).unwrap_or_else(|| quote!(#path Head))
}

/// How these stages wait, if any do: one that is fused to another follows that without waiting.
fn waits(plan: &Plan, stages: &[usize]) -> Option<TokenStream> {
    let mut waits = vec![];
    for id in stages {
        if plan.stages[*id].fused_to.is_none() {
            let parameter = parameter(*id);
            waits.push(quote!(#parameter::Wait));
        }
    }
    paired(waits)
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
