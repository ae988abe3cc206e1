//! Where each stage's words stand in the pipeline's memory: one for each of its threads, in the order of the stages.

use disruptor_syntax::Plan;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// The constants that hold how many workers a shard has, where that is no literal.
pub(super) fn constants(plan: &Plan) -> TokenStream {
    let mut constants = vec![];
    for (id, stage) in plan.stages.iter().enumerate() {
        if let Some(workers) = &stage.workers
            && workers.number().is_none()
        {
            let (name, count) = (constant(id), &workers.count);
            constants.push(quote!(const #name: usize = { #count };));
        }
    }
    quote!(#(#constants)*)
}

fn constant(id: usize) -> Ident {
    format_ident!("DISRUPTOR_WORKERS_{id}")
}

/// The first word of a stage, as a generic argument.
pub(super) fn first(plan: &Plan, id: usize) -> TokenStream {
    let (mut number, mut constants) = (0, vec![]);
    for (before, stage) in plan.stages[..id].iter().enumerate() {
        match stage.workers.as_ref().map(|workers| workers.number()) {
            None => number += 1,
            Some(Some(workers)) => number += workers,
            Some(None) => constants.push(constant(before)),
        }
    }
    let number = Literal::usize_unsuffixed(number);
    if constants.is_empty() { quote!(#number) } else { quote!({ #number #(+ #constants)* }) }
}

/// How many words there are, as a generic argument.
pub(super) fn all(plan: &Plan) -> TokenStream {
    first(plan, plan.stages.len())
}

/// How many workers a stage has, as a generic argument, if it is a shard.
pub(super) fn workers(plan: &Plan, id: usize) -> Option<TokenStream> {
    let workers = plan.stages[id].workers.as_ref()?;
    Some(match workers.number() {
        Some(number) => {
            let number = Literal::usize_unsuffixed(number);
            quote!(#number)
        }
        None => {
            let name = constant(id);
            quote!({ #name })
        }
    })
}
