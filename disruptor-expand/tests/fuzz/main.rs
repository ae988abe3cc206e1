//! Whatever tokens stand in `disruptor!`: no panic, no hang, no stack used up; always a finding or a plan, and always Rust where what
//! the user wrote is.

mod declared;
mod large;
mod mutated;
mod soup;

use disruptor_frontend::read;
use proc_macro2::{TokenStream, TokenTree};
use proptest::test_runner::Config;

/// So many cases, or as many as `PROPTEST_CASES` says. What fails is to be kept in `regressions`.
fn config(cases: u32) -> Config {
    let said = std::env::var("PROPTEST_CASES").ok().and_then(|said| said.parse().ok());
    Config {
        cases: said.unwrap_or(cases),
        failure_persistence: None,
        max_shrink_time: 30_000,
        ..Config::default()
    }
}

/// The expansion of these tokens, of which it was seen that it says what is wrong if anything is. Gives whether nothing is.
fn expand(tokens: &TokenStream) -> (bool, TokenStream) {
    let declaration = read(tokens.clone());
    let findings = declaration.report.errors().count();
    assert!(declaration.plan.sound || findings > 0, "no plan, and nothing that says why: {tokens}");
    for (_, text) in declaration.report.errors() {
        assert!(text.len() > 10, "a finding says something: {text:?} of {tokens}");
    }
    let expansion =
        disruptor_expand::expansion(&"::disruptor_pipeline".parse().expect("a path"), declaration);
    assert_eq!(compile_errors(&expansion), findings, "each finding is told, of {tokens}");
    (findings == 0, expansion)
}

/// How often the expansion of what was written says `compile_error!`.
fn compile_errors(tokens: &TokenStream) -> usize {
    let mut count = 0;
    // Without recursion, as tokens may be nested.
    let mut open = vec![tokens.clone()];
    while let Some(tokens) = open.pop() {
        for token in tokens {
            match token {
                TokenTree::Ident(word) => count += usize::from(word == "compile_error"),
                TokenTree::Group(group) => open.push(group.stream()),
                _ => {}
            }
        }
    }
    count
}

/// That an expansion is an expression, or items.
fn is_rust(expansion: &TokenStream) -> Result<(), String> {
    let Err(no_expression) = syn::parse2::<syn::Expr>(expansion.clone()) else { return Ok(()) };
    match syn::parse2::<syn::File>(expansion.clone()) {
        Ok(file) if !file.items.is_empty() => Ok(()),
        _ => Err(format!("{no_expression}\n{expansion}")),
    }
}

/// What once failed: the text of a declaration in each file.
#[test]
fn what_once_failed_does_no_more() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/regressions");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "there are some");
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a text");
        let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let _ = expand(&tokens);
    }
}
