//! The back end of `disruptor!`: from a declaration to code.
//!
//! The expansion is a block: the handlers' struct, what it says of its stages to the runtime, and the pipeline as a value. The
//! user's expressions stand in the value alone. All else is the runtime's, so that the block stays short enough to read.
//!
//! A crate of its own beside the macro's, as a procedural macro is not begun before all that it is linked with is finished; this
//! one is built beside `disruptor-frontend`.

/// `quote!`, of names that meet no variable of the user's.
macro_rules! site {
    ($($tokens:tt)*) => {
        ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*)
    };
}

mod bind;
mod listed;
mod named;
mod pick;
mod poll;
mod share;
mod stages;
#[cfg(test)]
mod tests;
mod value;
mod words;

use disruptor_syntax::{Body, Declaration, Plan, Report};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

/// The expansion of a declaration; there always is one. `home` is the path of the crate whose parts are used.
#[must_use]
pub fn expansion(home: &TokenStream, declaration: Declaration) -> TokenStream {
    let Declaration { mut body, mut plan, report } = declaration;
    plan.sound &= report.is_empty();
    named::hand_in(&mut body, &plan);
    pipeline(home, &body, &plan, errors(&report))
}

/// The code of what was read; `errors` stand before the value.
fn pipeline(home: &TokenStream, body: &Body, plan: &Plan, errors: TokenStream) -> TokenStream {
    if let Some(named) = &body.named {
        return named::pipeline(home, named, body, plan, &errors);
    }
    let handlers = stages::handlers(plan);
    let stages = stages::stages(body, plan, None);
    let value = value::pipeline(body, plan);
    let (constants, imports) = (words::constants(plan), imports(home, body));
    quote! {
        {
            #imports
            #errors
            #constants
            #handlers
            #stages
            #value
        }
    }
}

/// The runtime under a name of the expansion's own, and the method by which the events are known to have a first value.
fn imports(home: &TokenStream, body: &Body) -> TokenStream {
    if body.settings.event.as_ref().is_some_and(|event| event.value.is_some()) {
        quote!(use #home::__private as __disruptor;)
    } else {
        quote!(use #home::__private::{self as __disruptor, Known as _};)
    }
}

/// The errors, as statements that rustc reports at their places. The first is a value, too: its type is rustc's type for what
/// is wrong already, which silences what would only follow from it.
fn errors(report: &Report) -> TokenStream {
    let name = local("error");
    let mut errors = TokenStream::new();
    for (place, text) in report.errors() {
        let head = quote_spanned!(place.first()=> ::core::compile_error!);
        let body = quote_spanned!(place.last()=> { #text });
        errors.extend(if errors.is_empty() { quote!(let #name = #head #body;) } else { quote!(#head #body) });
    }
    errors
}

/// The type parameter of a stage.
fn parameter(stage: usize) -> Ident {
    format_ident!("S{stage}", span = Span::mixed_site())
}

/// The type parameters of all stages.
fn parameters(plan: &Plan) -> Vec<Ident> {
    (0..plan.stages.len()).map(parameter).collect()
}

/// A name of the expansion's own, which meets no name of the user's.
fn own(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// A variable of the expansion's own. A constant or a unit struct of the user's that were called so would stand in its place in a
/// pattern, whatever the span; so it is called as nobody calls one.
fn local(name: &str) -> Ident {
    local_at(name, Span::mixed_site())
}

/// The same: what rustc has to say of it is said there.
fn local_at(name: &str, place: Span) -> Ident {
    located(&format!("__{name}"), place)
}

/// A name of the expansion's own that stands for something of the user's: what rustc has to say of it is said there.
fn located(name: &str, place: Span) -> Ident {
    Ident::new(name, Span::mixed_site().located_at(place))
}

/// The span of what the expansion writes around something of the user's.
fn around(place: Span) -> Span {
    Span::call_site().located_at(place)
}

/// `(a, (b, c))`
fn paired(mut types: Vec<TokenStream>) -> Option<TokenStream> {
    let mut rest = types.pop()?;
    while let Some(one) = types.pop() {
        rest = quote!((#one, #rest));
    }
    Some(rest)
}
