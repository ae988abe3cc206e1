//! The handler of a stage with an argument list.

use disruptor_syntax::{Arg, Body, Expr, PlannedStage, StageClause};
use disruptor_topology::Target;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;

use super::bind::ring;
use super::pick::{Field, Picked, numbered, part, projection};
use super::{around, local, own};

/// How the handler of a stage with a list is given.
struct Given {
    /// For one that is made: the parameter for what makes it.
    factory: Option<TokenStream>,
    /// The parameter that is the type of what is written.
    given: Ident,
    /// What asks it to be `Send`.
    movable: Ident,
    /// What it is kept in.
    keep: TokenStream,
    /// The type of that.
    kept: TokenStream,
    /// For a shard: that it must be copied.
    clone: Option<TokenStream>,
}

impl Given {
    fn of(clause: &StageClause, planned: &PlannedStage) -> Self {
        let clone = planned.workers.as_ref().map(|_| site!(+ __disruptor::Clone));
        if clause.is_made() {
            let factory = Some(site!(, F: FnOnce() -> H));
            let (keep, kept) = (site!(__disruptor::made(__handler)), site!(__disruptor::Made<F, H>));
            Self { factory, given: own("F"), movable: own("MovableFactory"), keep, kept, clone }
        } else {
            let (keep, kept) = (site!(__disruptor::given(__handler)), site!(__disruptor::Given<H>));
            Self { factory: None, given: own("H"), movable: own("Movable"), keep, kept, clone }
        }
    }
}

/// A stage with an argument list. A function of its own gives the handler's closure its parameters' types, and one before it
/// compares the handler with the list, so that a mistake is said once.
pub(super) fn listed(
    body: &Body,
    args: &[Arg],
    clause: &StageClause,
    planned: &PlannedStage,
    handler: &Expr,
) -> TokenStream {
    let is_batch = |arg: &Arg| matches!(arg, Arg::Access { access, .. } if access.target == Target::Batch);
    let batch = args.iter().any(is_batch);
    let (mut kinds, mut said_kinds, mut passes, mut picked) = (vec![], vec![], vec![], vec![]);
    for (at, arg) in args.iter().enumerate() {
        let part = part(at, arg, planned);
        kinds.push(part.kind);
        said_kinds.push(part.said);
        passes.push(part.pass);
        picked.extend(part.picked);
    }
    // Of what the handler must take, rustc shows where it is said: in the list.
    let list = Span::mixed_site().located_at(clause.list.unwrap_or(handler.span));
    let (declared, listed) =
        (Ident::new("disruptor_check", list), quote_spanned!(list=> FnMut(#(#said_kinds),*) -> R));
    let (mut names, mut pointers, mut parameters, mut asked) = (vec![], vec![], vec![], vec![]);
    for Picked { name, pointer, field, .. } in &picked {
        names.push(name);
        pointers.push(pointer);
        if let Some(Field { parameter, asked: asks, written, .. }) = field {
            asked.push(asks);
            // What is written may be no type of a field: without a size.
            let unsized_too = written.as_ref().map(|_| site!(: ?Sized));
            parameters.push(site!(#parameter #unsized_too));
        }
    }
    let Given { factory, given, movable, keep, kept, clone } = Given::of(clause, planned);
    let (ring, project, value) = (ring(planned), local("project"), &handler.tokens);
    let (projects, projected, call) = if batch {
        let call = site!(slices(__events, #keep, |__handler, __batch, __sequence, __end_of_batch|));
        (site!(__disruptor::Send), site!((#ring.events(), ())), call)
    } else {
        let commits = args.iter().any(|arg| matches!(arg, Arg::EndOfBatch));
        let each = if commits { site!(each_committing) } else { site!(each) };
        let call =
            site!(#each(__events, #project, #keep, |__handler, (#(#names,)*), __sequence, __end_of_batch|));
        let projects = site!(Fn(*mut E) -> (#(#pointers,)*) + __disruptor::Send #clone);
        let projection = projection(body, &picked);
        (projects, site!(__disruptor::project(#ring, #projection)), call)
    };
    let call = with_body(call, &site!(__handler(#(#passes),*)));
    // Of a field whose type is not what is written, nothing is known behind the check. It stands outside of the projection, where
    // the field would be coerced to what is written.
    let mut picks = own("P");
    let (mut more, mut said, mut saying) = (TokenStream::new(), TokenStream::new(), TokenStream::new());
    let (mut checks, mut passed) = (TokenStream::new(), site!(#project.1));
    for Picked { name, field, .. } in &picked {
        let Some(Field { parameter, written: Some((written, at)), .. }) = field else { continue };
        let (kind, next, passes) = (numbered("T", *at), numbered("P", *at), numbered("X", *at));
        more.extend(site!(, #kind: ?Sized, #next, #passes));
        said.extend(site!(_: __disruptor::Kind<#kind>,));
        saying.extend(quote_spanned!(around(name.span())=> __disruptor::kind::<#written>(),));
        checks.extend(site!(#kind: __disruptor::Listed<#parameter, #picks, #next, #passes>,));
        passed = site!(#kind::pass(#passed));
        picks = next;
    }
    // What each worker of a shard has a copy of is asked for at the end of the row of checks.
    let (last, copy) = match &clone {
        None => (site!(B), None),
        Some(_) => {
            more.extend(site!(, C, Z));
            checks.extend(site!(#given: __disruptor::Copied<B, C, Z>,));
            (
                site!(C),
                Some(site!(let __handler = <#given as __disruptor::Copied<_, _, _>>::pass(__handler);)),
            )
        }
    };
    let check = Ident::new("disruptor_check", around(handler.span));
    let arguments = quote_spanned!(around(handler.span)=> (#project, #saying #value));
    // SAFETY of what is emitted: `each` and `slices` are promised that the handler gets what is listed and nothing else; the
    // projection and the call are written here from the list. The user's handler stands outside of the `unsafe`.
    let bound = site!(unsafe { __disruptor::#call });
    site! {
        {
            fn #declared<E, #(#asked,)* P, H, R, A, B, X, Y #more #factory>(
                #project: (__disruptor::Events<E>, P),
                #said
                __handler: #given,
            ) -> (__disruptor::Events<E>, #picks, #last)
            where
                P: #projects,
                H: #listed,
                #given: __disruptor::#movable<#given, A, X>,
                R: __disruptor::Returned<A, B, Y>,
                #checks
            {
                let __handler = R::pass(<#given as __disruptor::#movable<_, _, _>>::pass(__handler));
                #copy
                (#project.0, #passed, __handler)
            }
            fn disruptor_bind<E, #(#parameters,)* P, H, R #factory>(
                (__events, #project, __handler): (__disruptor::Events<E>, P, #given),
            ) -> __disruptor::Stage<impl __disruptor::Apply<E, Keep = #kept> #clone>
            where
                P: #projects,
                H: FnMut(#(#kinds),*) -> R,
                #given: __disruptor::Send #clone,
                R: __disruptor::Outcome,
            {
                #bound
            }
            let #project = #projected;
            disruptor_bind(#check #arguments)
        }
    }
}

/// Puts a body behind the parameters of the closure that is the last argument of a call.
fn with_body(call: TokenStream, body: &TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = call.into_iter().collect();
    if let Some(TokenTree::Group(arguments)) = tokens.pop() {
        let arguments = arguments.stream();
        let mut group = Group::new(Delimiter::Parenthesis, site!(#arguments { #body }));
        group.set_span(Span::mixed_site());
        tokens.push(group.into());
    }
    tokens.into_iter().collect()
}
