//! What nobody writes by hand, and a program that writes declarations might: very deep, and very long.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::expand;

/// How long it may take: generous, as other work may share the machine.
const LIMIT: Duration = Duration::from_secs(60);

/// Expands it on a thread with the stack that `rustc` has, and gives what its first error says.
///
/// # Panics
/// If it takes too long.
#[track_caller]
fn within_the_limit(what: &str, tokens: impl FnOnce() -> TokenStream + Send + 'static) -> Option<String> {
    let (send, receive) = mpsc::channel();
    let body = move || {
        let tokens = tokens();
        let _ = expand(&tokens);
        let found = disruptor_frontend::read(tokens.clone());
        let first = found.report.errors().next().map(|(_, text)| text.to_owned());
        let _ = send.send(first);
    };
    let thread = thread::Builder::new().stack_size(8 << 20).spawn(body).expect("a thread");
    match receive.recv_timeout(LIMIT) {
        Ok(first) => {
            thread.join().expect("it has sent");
            first
        }
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{what}: takes longer than {LIMIT:?}"),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            panic!("{what}: {:?}", thread.join().expect_err("it sent nothing"))
        }
    }
}

fn parse(text: &str) -> TokenStream {
    text.parse().expect("tokens")
}

/// Nests what is inside so deep; by hand, as what parses tokens may have limits of its own.
fn nested(delimiter: Delimiter, depth: usize, inside: &str) -> TokenStream {
    let mut tokens = parse(inside);
    for _ in 0..depth {
        tokens = TokenTree::Group(Group::new(delimiter, tokens)).into();
    }
    tokens
}

/// Where brackets may be nested in a declaration: what stands before and behind them.
const PLACES: &[(&str, &str)] = &[
    ("", ""),
    ("<", ">"),
    ("< a -> ", ">"),
    ("ring:", "; < a >"),
    ("wait:", "; < a >"),
    ("wait: PhasedBackoff::before", "; < a >"),
    ("event:", "; < a >"),
    ("event: Trade =", "; < a >"),
    ("producers:", "; < a >"),
    ("overflow:", "; < a >"),
    ("input:", "; < a >"),
    ("clear:", "; < a >"),
    ("a =", "; < a >"),
    ("a = |x|", "; < a >"),
    ("event: Trade; a(&mut x) = |x|", "; < a >"),
    ("a", "= b; < a >"),
    ("event: Trade; a(&x:", ") = b; < a >"),
    ("event: Trade; a(&", ") = b; < a >"),
    ("a { batch:", "} = b; < a >"),
    ("a { shard:", "} = b; < [a; 2] >"),
    ("on_error:", "; < a >"),
    ("< [a;", "] >"),
    ("pub", "struct Orders; < a >"),
    ("#", "struct Orders; < a >"),
    ("pub struct Orders; ring:", "; < a >"),
    ("a = b", "< a >"),
];

#[test]
fn nothing_is_nested_too_deep_for_the_stack() {
    for (before, behind) in PLACES {
        for delimiter in [Delimiter::Parenthesis, Delimiter::Brace, Delimiter::Bracket, Delimiter::None] {
            for (depth, inside) in [(30, "x"), (300, "*"), (40_000, "x"), (40_000, "before(x)"), (40_000, "")]
            {
                let what = format!("{before} {delimiter:?} x {depth} of {inside:?} {behind}");
                // A group is not cut into its brackets when it is parsed: it is put in the place of a name.
                let tokens = move || {
                    let text = format!("{before} here {behind}");
                    let deep = nested(delimiter, depth, inside);
                    replace(text.parse().unwrap_or_else(|error| panic!("{text}: {error}")), &deep)
                };
                let first = within_the_limit(&what, tokens);
                if depth > 1_000 {
                    let first = first.unwrap_or_default();
                    assert!(first.contains("deep"), "{what}: {first}");
                }
            }
        }
    }
}

/// Puts these tokens in the place of the name `here`.
fn replace(tokens: TokenStream, with: &TokenStream) -> TokenStream {
    let each = |token: TokenTree| match token {
        TokenTree::Ident(name) if name == "here" => with.clone(),
        TokenTree::Group(group) => {
            TokenTree::Group(Group::new(group.delimiter(), replace(group.stream(), with))).into()
        }
        other => other.into(),
    };
    tokens.into_iter().flat_map(each).collect()
}

#[test]
fn nothing_takes_for_ever() {
    let many = std::env::var("LARGE").map_or(1_000, |many| many.parse().expect("a number"));
    let lines = |line: fn(usize) -> String| (0..many).map(line).collect::<String>();
    let texts: Vec<(&str, String)> = vec![
        ("stages", lines(|n| format!("s{n}(&x) = |x| x;")) + "< s0 >"),
        ("one stage", lines(|_| "a(&x) = |x| x;".to_owned()) + "< a >"),
        ("settings", lines(|_| "ring: 4;".to_owned()) + "< a >"),
        ("settings that there are not", lines(|n| format!("setting{n}: 4;")) + "< a >"),
        ("clauses without an end", lines(|n| format!("s{n} = 4 ")) + "< a >"),
        ("settings with commas", lines(|_| "ring: 4, ".to_owned()) + "< a >"),
        ("settings without an end", lines(|_| "ring: 4 ".to_owned()) + "< a >"),
        ("an event of many types", format!("event: {} u8; < a >", "Vec<".repeat(many))),
        ("an event and its types", format!("event: Trade {}; < a >", "= x ".repeat(many))),
        ("a chain", format!("< {} a >", "a -> ".repeat(many))),
        ("chains", "< a -> b >".repeat(many)),
        ("chains without an end", "< a -> b ".repeat(many)),
        ("branches", format!("< ({}) >", "a, ".repeat(many))),
        ("branches of branches", format!("< ({}) -> ({}) >", "a, ".repeat(600), "b, ".repeat(600))),
        ("wrong arrows", format!("< {} a >", "a => ".repeat(many))),
        ("no arrows", format!("< {} >", "a ".repeat(many))),
        ("signs", "<".repeat(many) + &">".repeat(many)),
        ("arrows", "-> ".repeat(many)),
        ("arrows with names", "a -> ".repeat(many)),
        ("semicolons in a chain", format!("< {} a >", "a; ".repeat(many))),
        ("semicolons", ";".repeat(many)),
        ("colons", ":".repeat(many)),
        ("words", "word ".repeat(many)),
        ("commas", "a, ".repeat(many)),
        ("arguments", format!("event: T; a({}) = b; < a >", lines(|n| format!("&x{n}, ")))),
        ("arguments that write", format!("event: T; a({}) = b; < a >", lines(|n| format!("&mut x{n}, ")))),
        ("the same argument", format!("event: T; a({}) = b; < a >", "&x, ".repeat(many))),
        ("arguments without commas", format!("event: T; a({}) = b; < a >", "&x ".repeat(many))),
        ("options", format!("a {{ {} }} = b; < a >", "core: 1, ".repeat(many))),
        ("options that there are not", format!("a {{ {} }} = b; < a >", lines(|n| format!("o{n}: 1, ")))),
        ("options with bars", format!("a {{ {} }} = b; < a >", "on_error: |f, ".repeat(many))),
        ("bars", format!("a = {}; < a >", "|x| ".repeat(many))),
        ("a closure of many parameters", format!("a = |{}| (); < a >", lines(|n| format!("p{n}, ")))),
        ("a sum", format!("ring: {} 1; < a >", "1 + ".repeat(many))),
        ("input", format!("input: {} x; < a >", lines(|n| format!("f{n}, ")))),
        ("equals", format!("a {}; < a >", "= b ".repeat(many))),
        ("attributes", format!("{} struct Orders; < a >", "#[doc = \"\"]".repeat(many))),
        ("names of pipelines", "struct Orders; ".repeat(many) + "< a >"),
        ("a long name", format!("{} = b; < {0} >", "a".repeat(100_000))),
        ("a long name that is no setting", format!("{}: b; < a >", "a".repeat(100_000))),
        ("a long number", format!("ring: {}; < a >", "1".repeat(100_000))),
        ("a long text", format!("name: \"{}\"; < a >", "x".repeat(100_000))),
        ("shards", format!("< {} a >", "[a; 2] -> ".repeat(many))),
        ("a shard of much", format!("< [a; {} 1] >", "1 + ".repeat(many))),
        ("fused stages", format!("< {} z >", (0..60).map(|n| format!("s{n} + ")).collect::<String>())),
        ("sixty-four stages that read and write", sixty_four()),
    ];
    for (what, text) in texts {
        let begun = Instant::now();
        within_the_limit(what, move || parse(&text));
        println!("{what}: {:?}", begun.elapsed());
    }
}

/// Each stage touches every field, in every order.
fn sixty_four() -> String {
    let list = |stage: usize| {
        (0..64)
            .map(move |field| if field == stage { format!("&mut f{field},") } else { format!("&f{field},") })
    };
    let stages = (0..64).map(|stage| format!("s{stage}({}) = h;", list(stage).collect::<String>()));
    let chains = (0..64).map(|stage| format!("< s{stage} >"));
    format!("event: Trade; {} {}", stages.collect::<String>(), chains.collect::<String>())
}
