//! The pipeline as a value: here the user's expressions stand, each once, outside of any `unsafe`.

use disruptor_syntax::settings::{POLICIES, POLICY_WORDS, WAITS};
use disruptor_syntax::{Body, Expr, Key, Plan, PlannedStage, RING, StageClause, clauses, suggest};
use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};

use super::{around, bind, local, local_at, located, own, pick, poll, share, words};

/// The value, with what it needs before it.
pub(super) fn pipeline(body: &Body, plan: &Plan) -> TokenStream {
    let settings = &body.settings;
    let clauses = clauses(body);
    let place = settings.event.as_ref().map(|event| event.kind.span);
    let place = place.or(plan.stages.first().map(|stage| stage.name.span())).unwrap_or_else(Span::call_site);
    let first = match settings.event.as_ref().and_then(|event| event.value.as_ref()) {
        Some(value) => {
            let value = &value.tokens;
            quote!(|| #value)
        }
        None => {
            let ring = local_at("ring", place);
            quote_spanned!(around(place)=> move || __disruptor::initial(#ring).disruptor_known())
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
    let head = format_ident!("{}", if settings.multi { "multi" } else { "single" });
    let producer_wait = settings.producer_wait.as_ref().map_or_else(default_wait, wait);
    let checked_ring = settings.ring.as_ref().filter(|ring| is_name(ring) && plan.sound).map(|ring| {
        let slots = slots(ring);
        quote!(const { #slots };)
    });
    let (ring, waits, policy) = (local("ring"), local("wait"), local("on_error"));
    let (declared, fill, producers_wait) = (local("stages"), local("event"), local("producer_wait"));
    let shared_wait = settings.wait.as_ref().map(|expr| {
        let wait = wait(expr);
        quote!(let #waits = #wait;)
    });
    let shared_policy = settings.on_error.as_ref().map(|expr| {
        let on_error = on_error(expr);
        quote!(let #policy = #on_error;)
    });
    let mut stages = vec![];
    for (id, stage) in plan.stages.iter().enumerate() {
        let bare = StageClause::bare(stage.name.clone());
        let clause = clauses.get(&stage.name.to_string()).unwrap_or(&bare);
        stages.push(self::stage(body, clause, stage, words::workers(plan, id)));
    }
    let leftovers: Vec<_> = body.leftovers.iter().map(leftover).collect();
    let input = input(body);
    // A factory is a closure by its looks: the path that clippy would have in its place is a handler.
    let made = body.stages.iter().any(StageClause::is_made);
    let lint = made.then(|| quote!(#[allow(clippy::redundant_closure)]));
    // SAFETY of what is emitted: the stages were bound by `bind`, as they are declared. The user's expressions stand before, and
    // outside of the `unsafe`.
    let pipeline = if plan.sound {
        quote!(unsafe { __disruptor::#head(#ring, #declared, #fill, #producers_wait) })
    } else {
        let refused = format_ident!("refused_{head}");
        quote!(__disruptor::#refused(#ring, #declared, #fill, #producers_wait))
    };
    let mut calls = vec![];
    if let Some(cores) = &settings.cores {
        let tokens = &cores.tokens;
        calls.push(if is_name(cores) && tokens.to_string() == "auto" {
            quote!(.auto_cores())
        } else {
            quote!(.cores(#tokens))
        });
    }
    if let Some(priority) = &settings.priority {
        let priority = &priority.tokens;
        calls.push(quote!(.priority(#priority)));
    }
    if let Some(wanted) = &settings.huge_pages {
        let wanted = &wanted.tokens;
        calls.push(quote!(.huge_pages(#wanted)));
    }
    if let Some(rule) = settings.overflow {
        let rule = Ident::new(rule, Span::call_site());
        calls.push(quote!(.overflow(__disruptor::Overflow::#rule)));
    }
    let start = if calls.is_empty() {
        pipeline
    } else {
        let made = local("pipeline");
        quote!(let #made = #pipeline; #made #(#calls)*)
    };
    quote! {
        #checked_ring
        let #ring = __disruptor::ring::<_, #size, #count>(#events);
        #(#leftovers)*
        #input
        #shared_wait
        #shared_policy
        #lint
        let #declared = DisruptorHandlers { #(#stages),* };
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
) -> TokenStream {
    if let Some(on_drop) = planned.polled {
        return poll::stage(body, clause, planned, on_drop);
    }
    let name = &planned.name;
    let bound = bind::handler(body, clause, planned);
    let options = &clause.options;
    let wait = stage_wait(body, clause);
    let on_error = match (&options.on_error, &body.settings.on_error) {
        (Some(expr), _) => Some(on_error(expr)),
        (None, Some(_)) => Some(clone_of("on_error")),
        (None, None) => None,
    };
    let value = |expr: &Option<Expr>| expr.as_ref().map(|expr| expr.tokens.clone());
    // What cannot be said of the stage still stands there, for an editor to know.
    let mut unused: Vec<&Expr> = vec![];
    let is_broken = bind::is_broken(body, clause);
    if is_broken {
        unused.extend(&options.start);
        unused.extend(&options.stop);
        unused.extend(&options.timeout);
    }
    if let (None, Some(Key::Event(key))) = (&workers, &options.shard) {
        unused.push(key);
    }
    let hook = options.start.as_ref().or(options.stop.as_ref()).filter(|_| !is_broken);
    let hooks = hook.map(|first| {
        let nothing = quote_spanned!(around(first.span)=> |_| ());
        let hook = |hook| value(hook).unwrap_or_else(|| nothing.clone());
        let (start, stop) = (hook(&options.start), hook(&options.stop));
        // What does not fit is shown where it stands, and not as the whole declaration.
        let hooks = located("hooks", first.span);
        quote!(.#hooks(#start, #stop))
    });
    let timeout = options.timeout.as_ref().filter(|_| !is_broken).map(|timeout| {
        let (method, hook) = (located("timeout", timeout.span), &timeout.tokens);
        quote!(.#method(#hook))
    });
    let core = value(&options.core).map(|core| quote!(.core(#core)));
    let methods = [
        ("wait", wait),
        ("on_error", on_error),
        ("batch", value(&options.batch)),
        ("name", value(&options.name)),
    ];
    let unused: Vec<_> = unused.into_iter().map(bind::unused).collect();
    let bound = if unused.is_empty() { bound } else { quote!({ #({ #unused })* #bound }) };
    let mut one = quote!(#bound #hooks #timeout);
    for (method, value) in methods {
        if let Some(value) = value {
            let method = own(method);
            one = quote!(#one.#method(#value));
        }
    }
    match workers {
        None => quote!(#name: #one #core),
        Some(workers) => {
            let share = share::share(body, clause);
            let place = around(clause.handler().span);
            let shard =
                quote_spanned!(place=> __disruptor::shard::<#workers, _, _, _, _, _, _>(#one, #share));
            quote!(#name: #shard #core)
        }
    }
}

/// How a stage waits, if anything is said of that.
pub(super) fn stage_wait(body: &Body, clause: &StageClause) -> Option<TokenStream> {
    match (&clause.options.wait, &body.settings.wait) {
        (Some(expr), _) => Some(wait(expr)),
        (None, Some(_)) => Some(clone_of("wait")),
        (None, None) => None,
    }
}

/// A copy of what is said for every stage.
fn clone_of(name: &str) -> TokenStream {
    let shared = local(name);
    quote!(__disruptor::Clone::clone(&#shared))
}

/// What was given twice: a wait, a policy, a number.
pub(super) fn leftover(expr: &Expr) -> TokenStream {
    let tokens = with_paths(expr.tokens.clone(), WAITS);
    let value = Expr { tokens, span: expr.span };
    if value.is_closure() {
        return bind::unused(&value);
    }
    let value = on_error(&value);
    quote!({ let _ = #value; })
}

/// Lets rustc say of what stands in `input` that it is no field.
fn input(body: &Body) -> Option<TokenStream> {
    let fields = body.settings.input.as_ref()?;
    body.settings.event.as_ref().filter(|event| event.may_have_fields())?;
    let path = pick::pattern_path(body);
    Some(quote!(let _ = |#path { #(#fields: _,)* .. }| {};))
}

fn default_wait() -> TokenStream {
    quote!(__disruptor::PhasedBackoff::default())
}

/// A wait; those of the runtime need no path.
fn wait(expr: &Expr) -> TokenStream {
    let alone = expr.value();
    let value = near(&alone, WAITS).unwrap_or_else(|| at_home(&alone, WAITS));
    let value = quote_spanned!(around(expr.span)=> __disruptor::wait(#value));
    match expr.kind().filter(|_| alone.tokens.to_string() != expr.tokens.to_string()) {
        None => value,
        Some(_) => {
            let (name, kind) = (local("wait"), wait_kind(expr));
            quote!({ let #name: #kind = #value; #name })
        }
    }
}

/// An expression that begins with nearly one of these names. It may be the user's own, and rustc alone knows that: with the
/// runtime's name in scope, it suggests that one if there is no other.
fn near(expr: &Expr, names: &[&str]) -> Option<TokenStream> {
    let tokens: Vec<_> = expr.tokens.clone().into_iter().collect();
    let [TokenTree::Ident(first), rest @ ..] = &tokens[..] else { return None };
    // A method or field is one of a value in scope.
    let called = rest.first().is_none_or(|next| match next {
        TokenTree::Punct(punct) => punct.as_char() == ':',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Parenthesis,
        _ => false,
    });
    let written = first.to_string();
    // Case says whether a word or a type is meant, and rustc minds it.
    let is_type = |name: &str| name.starts_with(char::is_uppercase);
    let (mut alike, mut others) = (vec![], vec![]);
    for name in names {
        if is_type(name) == is_type(&written) { alike.push(*name) } else { others.push(*name) }
    }
    let known = suggest::closest(&written, &alike).or_else(|| suggest::closest(&written, &others));
    let known = known.filter(|known| called && *known != written)?;
    let name = format_ident!("{known}");
    let bring = match POLICY_WORDS.iter().find(|(word, _)| *word == known) {
        Some((_, item)) => {
            let item = format_ident!("{item}");
            quote!(use __disruptor::#item as #name;)
        }
        // A name alone stands for its default, and is no value of its own.
        None if rest.is_empty() && HAVE_VALUES.contains(&known) => quote!(use __disruptor::names::#name;),
        None => quote!(use __disruptor::#name;),
    };
    let value = with_paths(expr.tokens.clone(), names);
    Some(quote!({ #[allow(unused_imports)] #bring #value }))
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
            let mut words = vec![];
            for (word, _) in POLICY_WORDS {
                words.push(*word);
            }
            words.extend_from_slice(POLICIES);
            let policy = near(expr, &words).unwrap_or_else(|| at_home(expr, POLICIES));
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
const HAVE_VALUES: &[&str] =
    &["Yielding", "Sleeping", "Blocking", "LiteBlocking", "TimeoutBlocking", "PhasedBackoff"];

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
