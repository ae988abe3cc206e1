//! The handlers' struct, and what it says of its stages to the runtime.

use std::iter::successors;

use disruptor_frontend::{Arg, Body, Plan, StageClause, clauses};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::{local, own, paired, parameter, words};

/// The struct that holds something for each stage: what is declared, later the handlers.
pub(super) fn handlers(plan: &Plan) -> TokenStream {
    let parameters = (0..plan.stages.len()).map(parameter);
    let fields = plan.stages.iter().enumerate().map(|(id, stage)| {
        let (name, kind) = (&stage.name, parameter(id));
        quote!(pub #name: #kind)
    });
    quote! {
        struct DisruptorHandlers<#(#parameters),*> { #(#fields),* }
    }
}

/// The implementation of the runtime's `Stages`. The handlers are given back in the handlers' struct, or in another.
pub(super) fn stages(body: &Body, plan: &Plan, given_back: Option<GivenBack>) -> TokenStream {
    let all = || (0..plan.stages.len()).map(parameter);
    let (bounds, given, back) = (all(), all(), all());
    let slots = (0..plan.stages.len()).map(slot);
    let names: Vec<_> = plan.stages.iter().map(|stage| &stage.name).collect();
    let topology = topology(body, plan);
    let gates = barrier(&quote!(__disruptor::), plan, &plan.gates);
    let first = waits(&plan.first).unwrap_or_else(|| quote!(W));
    // A stage may be called `plan`, too.
    let runtime_plan = local("plan");
    let workers = plan.stages.iter().any(|stage| stage.workers.is_some()).then(|| own("Workers"));
    let barriers = [own("After"), own("Head")].into_iter().chain(workers);
    let launches = order(plan).map(|id| launch(plan, id, &runtime_plan));
    let GivenBack { kind, collect } = given_back.unwrap_or_else(|| GivenBack {
        kind: quote!(DisruptorHandlers<#(#back::Handler),*>),
        collect: quote!(DisruptorHandlers { #(#names: #slots()),* }),
    });
    // SAFETY of what is emitted: the plan has passed the topology's checks, ids count up, barriers are the reduced upstreams, and
    // the gates are exactly the stages that nothing follows. Where it has not, a compile error stands beside it.
    quote! {
        unsafe impl<M: __disruptor::Memory, W: __disruptor::Wait, #(#bounds: __disruptor::StageConfig<M>),*>
            __disruptor::Stages<M, W> for DisruptorHandlers<#(#given),*>
        {
            #topology
            type Gates = #gates;
            type First = #first;
            type Handlers = #kind;
            fn launch<'a>(
                self,
                #runtime_plan: &mut __disruptor::Plan<'a, M, Self>,
            ) -> __disruptor::Collect<'a, Self::Handlers> {
                use __disruptor::{#(#barriers),*};
                #(#launches)*
                #runtime_plan.collect(move || #collect)
            }
        }
    }
}

/// What the handlers are given back in: its type, and how it is made of what the stages have left.
pub(super) struct GivenBack {
    pub(super) kind: TokenStream,
    pub(super) collect: TokenStream,
}

/// The stages in an order in which one that is fused to another comes before it.
fn order(plan: &Plan) -> impl Iterator<Item = usize> + '_ {
    let heads = (0..plan.stages.len()).filter(|id| plan.stages[*id].fused_to.is_none());
    heads.flat_map(|head| {
        let thread: Vec<_> =
            successors(Some(head), |id| plan.stages[*id].fused_with).take(plan.stages.len()).collect();
        thread.into_iter().rev()
    })
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
    // The producer waits on the stages that nothing follows; a fused stage follows without waiting.
    let others: Vec<_> =
        stage.followers.iter().copied().filter(|other| Some(*other) != stage.fused_with).collect();
    let waits = match waits(&others) {
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
    let after = upstreams.iter().map(|id| {
        let word = words::first(plan, *id);
        match words::workers(plan, *id) {
            None => quote!(#path After<#word>),
            Some(workers) => quote!(#path Workers<#word, #workers>),
        }
    });
    paired(after).unwrap_or_else(|| quote!(#path Head))
}

/// How these stages wait, if there are any.
fn waits(stages: &[usize]) -> Option<TokenStream> {
    paired(stages.iter().map(|id| {
        let parameter = parameter(*id);
        quote!(#parameter::Wait)
    }))
}

/// The constants `NAME`, where there is a name, and `STAGES`.
pub(super) fn topology(body: &Body, plan: &Plan) -> TokenStream {
    let clauses = clauses(body);
    let name = body.settings.name.as_ref().map(|name| {
        let name = &name.tokens;
        quote!(const NAME: &'static str = #name;)
    });
    let rows = plan.stages.iter().enumerate().map(|(id, stage)| {
        let name = stage.name.to_string();
        let after = stage.upstreams.iter().map(|id| Literal::usize_unsuffixed(*id));
        let gates = plan.gates.contains(&id);
        let access = clauses.get(&name).map_or(&[][..], StageClause::args).iter();
        let access = access.filter_map(|arg| match arg {
            Arg::Access { access, .. } => Some(access.to_string()),
            Arg::Sequence | Arg::EndOfBatch => None,
        });
        let name = name.trim_start_matches("r#");
        let row = quote!(__disruptor::row(#name, &[#(#after),*], #gates, &[#(#access),*]));
        match words::workers(plan, id) {
            None => row,
            Some(workers) => quote!(__disruptor::shard_of(#workers, #row)),
        }
    });
    quote! {
        #name
        const STAGES: &'static [__disruptor::StageRow] = &[#(#rows),*];
    }
}
