//! The pipeline as a value: here the user's expressions stand, each once, outside of any `unsafe`.

use proc_macro2::{Group, Literal, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use super::{RING, around, bind, located, own, words};
use crate::lower::{Plan, PlannedStage, clauses};
use crate::settings::{POLICIES, WAITS};
use crate::syntax::{Body, Expr, StageClause};

/// The value, with what it needs before it.
pub(super) fn pipeline(body: &Body, plan: &Plan) -> TokenStream {
    let settings = &body.settings;
    let clauses = clauses(body);
    let place = settings.event.as_ref().map(|event| event.kind.span);
    let place = place.or(plan.stages.first().map(|stage| stage.name.span())).unwrap_or_else(Span::call_site);
    let (known, first) = match settings.event.as_ref().and_then(|event| event.value.as_ref()) {
        Some(value) => {
            let value = &value.tokens;
            (None, quote!(|| #value))
        }
        None => {
            let ring = located("ring", place);
            let first = quote_spanned!(around(place)=> move || __disruptor::initial(#ring).disruptor_known());
            (
                Some(quote!(
                    use __disruptor::Known as _;
                )),
                first,
            )
        }
    };
    let (size, count) = (size(body), words::all(plan));
    let events = match &settings.event {
        Some(event) => {
            let kind = &event.kind.tokens;
            quote!(__disruptor::event::<#kind>())
        }
        // Of what the expansion adds, rustc explains only what seems to be the user's.
        None => quote_spanned!(place=> __disruptor::event()),
    };
    let head = if settings.multi { quote!(multi) } else { quote!(single) };
    let producer_wait = settings.producer_wait.as_ref().map_or_else(default_wait, wait);
    let checked_ring = settings.ring.as_ref().filter(|ring| is_name(ring)).map(|ring| {
        let slots = slots(ring);
        quote!(const { #slots };)
    });
    let (ring, waits, policy) = (own("ring"), own("wait"), own("on_error"));
    let (declared, fill, producers_wait) = (own("stages"), own("event"), own("producer_wait"));
    let shared_wait = settings.wait.as_ref().map(|expr| {
        let wait = wait(expr);
        quote!(let #waits = #wait;)
    });
    let shared_policy = settings.on_error.as_ref().map(|expr| {
        let on_error = on_error(expr);
        quote!(let #policy = #on_error;)
    });
    let stages = plan.stages.iter().enumerate().map(|(id, stage)| {
        let bare = StageClause::bare(stage.name.clone());
        let clause = clauses.get(&stage.name.to_string()).copied().unwrap_or(&bare);
        let spoilt = body.spoilt.contains(&stage.name);
        self::stage(body, clause, stage, words::workers(plan, id), spoilt)
    });
    // A factory is a closure by its looks: the path that clippy would have in its place is a handler.
    let made = body.stages.iter().any(StageClause::is_made);
    let lint = made.then(|| quote!(#[allow(clippy::redundant_closure)]));
    // SAFETY of what is emitted: the stages were bound by `bind`, as they are declared. The user's expressions stand before, and
    // outside of the `unsafe`.
    let pipeline = quote!(unsafe { __disruptor::#head(#ring, #declared, #fill, #producers_wait) });
    let start = match &settings.cores {
        None => pipeline,
        Some(cores) => {
            let (made, cores) = (own("pipeline"), &cores.tokens);
            quote!(let #made = #pipeline; #made.cores(#cores))
        }
    };
    quote! {
        #checked_ring
        let #ring = __disruptor::ring::<_, #size, #count>(#events);
        #shared_wait
        #shared_policy
        #lint
        let #declared = DisruptorHandlers { #(#stages),* };
        #known
        let #fill = #first;
        let #producers_wait = #producer_wait;
        #start
    }
}

/// The ring's size, as a generic argument.
pub(super) fn size(body: &Body) -> TokenStream {
    let default = TokenTree::from(Literal::u128_unsuffixed(RING)).into();
    body.settings.ring.as_ref().map_or(default, |ring| {
        // A number is checked already. A name may be a parameter of the function around, of which nothing can be computed here.
        if is_name(ring) || ring.number().is_some() {
            let size = &ring.tokens;
            quote!({ #size })
        } else {
            let slots = slots(ring);
            quote!({ #slots })
        }
    })
}

/// The ring's size, checked.
fn slots(ring: &Expr) -> TokenStream {
    let size = &ring.tokens;
    quote_spanned!(around(ring.span)=> __disruptor::slots(#size))
}

/// True for a single word.
fn is_name(expr: &Expr) -> bool {
    let mut tokens = expr.tokens.clone().into_iter();
    matches!((tokens.next(), tokens.next()), (Some(TokenTree::Ident(_)), None))
}

/// `name: by_ref(…).core(…)`
fn stage(
    body: &Body,
    clause: &StageClause,
    planned: &PlannedStage,
    workers: Option<TokenStream>,
    spoilt: bool,
) -> TokenStream {
    let name = &planned.name;
    let bound = if spoilt { quote!(__disruptor::unknown()) } else { bind::handler(body, clause, planned) };
    let options = &clause.options;
    let clone_of = |name| {
        let shared = own(name);
        quote!(__disruptor::Clone::clone(&#shared))
    };
    let wait = match (&options.wait, &body.settings.wait) {
        (Some(expr), _) => Some(wait(expr)),
        (None, Some(_)) => Some(clone_of("wait")),
        (None, None) => None,
    };
    let on_error = match (&options.on_error, &body.settings.on_error) {
        (Some(expr), _) => Some(on_error(expr)),
        (None, Some(_)) => Some(clone_of("on_error")),
        (None, None) => None,
    };
    let value = |expr: &Option<Expr>| expr.as_ref().map(|expr| expr.tokens.clone());
    let hooks = (options.start.is_some() || options.stop.is_some()).then(|| {
        let [start, stop] =
            [&options.start, &options.stop].map(|hook| value(hook).unwrap_or_else(|| quote!(|_| ())));
        quote!(#start, #stop)
    });
    let core = value(&options.core).map(|core| quote!(.core(#core)));
    let methods = [
        ("hooks", hooks),
        ("wait", wait),
        ("on_error", on_error),
        ("batch", value(&options.batch)),
        ("name", value(&options.name)),
    ];
    let methods = methods.into_iter().filter_map(|(method, value)| {
        let (method, value) = (own(method), value?);
        Some(quote!(.#method(#value)))
    });
    let one = quote!(#bound #(#methods)*);
    match workers {
        None => quote!(#name: #one #core),
        Some(workers) => {
            let share = bind::share(body, clause);
            let shard = located("shard", clause.handler().span);
            let arguments = quote_spanned!(around(clause.handler().span)=> (#one, #share));
            quote!(#name: __disruptor::#shard::<#workers, _, _, _, _, _, _> #arguments #core)
        }
    }
}

fn default_wait() -> TokenStream {
    quote!(__disruptor::PhasedBackoff::default())
}

/// A wait; those of the runtime need no path.
fn wait(expr: &Expr) -> TokenStream {
    let value = at_home(&expr.value(), WAITS);
    let value = quote_spanned!(around(expr.span)=> __disruptor::wait(#value));
    match expr.kind().filter(|_| expr.value().tokens.to_string() != expr.tokens.to_string()) {
        None => value,
        Some(_) => {
            let (name, kind) = (own("wait"), wait_kind(expr));
            quote!({ let #name: #kind = #value; #name })
        }
    }
}

/// The type of a wait that says it, or shows it.
pub(super) fn wait_kind(expr: &Expr) -> Option<TokenStream> {
    Some(with_paths(expr.kind()?, WAITS))
}

/// A policy: a word, a closure, or a value; those of the runtime need no path.
fn on_error(expr: &Expr) -> TokenStream {
    let tokens: Vec<_> = expr.tokens.clone().into_iter().collect();
    match &tokens[..] {
        [TokenTree::Ident(word)] if *word == "stop" => quote_spanned!(word.span()=> __disruptor::Stop),
        [TokenTree::Ident(word)] if *word == "skip" => quote_spanned!(word.span()=> __disruptor::Skip),
        [TokenTree::Ident(word), TokenTree::Group(policy)] if *word == "retry" => {
            let policy = Expr { tokens: policy.stream(), span: policy.span() };
            let policy = at_home(&policy, POLICIES);
            quote_spanned!(word.span()=> __disruptor::retry(#policy))
        }
        _ if expr.is_closure() => {
            let closure = &expr.tokens;
            quote_spanned!(around(expr.span)=> __disruptor::on_error(#closure))
        }
        _ => {
            let policy = at_home(expr, POLICIES);
            quote_spanned!(around(expr.span)=> __disruptor::policy(#policy))
        }
    }
}

/// The expression, with the runtime's path before each of these names that has none; a name alone stands for its default.
fn at_home(expr: &Expr, names: &[&str]) -> TokenStream {
    let tokens = with_paths(expr.tokens.clone(), names);
    let alone: Vec<_> = expr.tokens.clone().into_iter().collect();
    match &alone[..] {
        [TokenTree::Ident(name)]
            if names.iter().any(|known| name == known) && HAVE_VALUES.iter().any(|has| name == has) =>
        {
            quote!(#tokens::default())
        }
        _ => tokens,
    }
}

/// Those of the runtime's names that are not values by themselves.
const HAVE_VALUES: &[&str] = &["Yielding", "Sleeping", "Blocking", "PhasedBackoff"];

fn with_paths(tokens: TokenStream, names: &[&str]) -> TokenStream {
    let mut found = TokenStream::new();
    let mut in_path = false;
    for token in tokens {
        match token {
            TokenTree::Ident(name) if !in_path && names.iter().any(|known| name == known) => {
                found.extend(quote!(__disruptor::#name));
                in_path = false;
            }
            TokenTree::Group(group) => {
                let mut inside = Group::new(group.delimiter(), with_paths(group.stream(), names));
                inside.set_span(group.span());
                found.extend([TokenTree::from(inside)]);
                in_path = false;
            }
            other => {
                in_path = matches!(&other, TokenTree::Punct(punct) if ":.".contains(punct.as_char()));
                found.extend([other]);
            }
        }
    }
    found
}
