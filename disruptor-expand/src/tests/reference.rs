//! The language reference says what the code says: its settings and options, and its errors.

use std::collections::HashMap;

use proc_macro2::{TokenStream, TokenTree};

use super::codes::shown;
use super::errors;
use disruptor_syntax::settings::{OPTIONS, Row, SETTINGS};

const PAGE: &str = include_str!("../../../docs/language.md");

/// Where the runtime has words for types that do not fit.
const RUNTIME: [&str; 3] = [
    include_str!("../../../disruptor-runtime/src/stage/bounds.rs"),
    include_str!("../../../disruptor-runtime/src/stage/on_error.rs"),
    include_str!("../../../disruptor-runtime/src/stage/shard.rs"),
];

#[test]
fn every_setting_and_option_has_its_row_in_the_language_reference() {
    for Row { name, doc, default, example, .. } in SETTINGS.iter().chain(OPTIONS) {
        let cells = [format!("`{name}`"), (*doc).to_owned(), (*default).to_owned(), format!("`{example}`")];
        let row = format!("| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
        assert!(PAGE.lines().any(|line| line == row), "docs/language.md should have the line\n{row}");
    }
}

#[test]
fn every_error_stands_once_in_the_language_reference() {
    let quoted = quoted();
    let shown = shown();
    // The macro's own errors have a help in the line that follows.
    let lines: Vec<_> = shown.lines().collect();
    let own = lines.windows(2).filter(|pair| pair[1].trim_start().starts_with("help: "));
    let own = own.filter_map(|pair| pair[0].strip_prefix("error: "));
    let of_types = RUNTIME.iter().flat_map(|text| text.lines());
    let of_types = of_types.filter_map(|line| line.trim().strip_prefix("message = \"")?.split('"').next());
    let mut wrong: Vec<_> = own
        .chain(of_types)
        .map(|message| (quoted.get(&general(message)).copied().unwrap_or(0), message))
        .filter(|(times, _)| *times != 1)
        .map(|(times, message)| format!("{times} times: {message}"))
        .collect();
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "docs/language.md should quote each of these once:\n{}", wrong.join("\n"));
}

#[test]
fn examples_that_must_not_compile_have_the_error_that_they_show() {
    let mut examples = 0;
    for example in PAGE.split("```compile_fail\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        let shown: Vec<_> =
            example.lines().filter_map(|line| line.trim().strip_prefix("// error: ")).collect();
        let tokens: Vec<TokenTree> =
            example.parse::<TokenStream>().expect("an example is Rust").into_iter().collect();
        let declarations: Vec<_> = declarations(&tokens);
        let [declaration] = &declarations[..] else { panic!("one declaration in\n{example}") };
        let found = errors(declaration);
        let first: Vec<_> = found.iter().filter_map(|error| error.lines().next()).collect();
        assert_eq!(first, shown, "in\n{example}");
        examples += 1;
    }
    assert!(examples > 0, "the page has such examples");
}

/// What stands in the braces of `disruptor! { … }`, at any depth.
fn declarations(tokens: &[TokenTree]) -> Vec<String> {
    let mut found = vec![];
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let before = &tokens[at.saturating_sub(2)..at];
        match before {
            [TokenTree::Ident(word), TokenTree::Punct(_)] if *word == "disruptor" => {
                found.push(group.stream().to_string());
            }
            _ => found.extend(declarations(&group.stream().into_iter().collect::<Vec<_>>())),
        }
    }
    found
}

/// Fails unless the page quotes this message.
#[track_caller]
pub(super) fn quotes(message: &str) {
    assert!(quoted().contains_key(&general(message)), "docs/language.md should quote: {message}");
}

/// What the page quotes, made general, and how often.
fn quoted() -> HashMap<String, usize> {
    let mut quoted = HashMap::new();
    for span in spans() {
        *quoted.entry(general(&span)).or_default() += 1;
    }
    quoted
}

/// What stands between backticks in the tables of the page.
fn spans() -> Vec<String> {
    let mut spans = vec![];
    for line in PAGE.lines().filter(|line| line.starts_with("| ")) {
        let mut rest = line;
        while let Some(start) = rest.find('`') {
            rest = &rest[start..];
            let fence = &rest[..rest.len() - rest.trim_start_matches('`').len()];
            let behind = &rest[fence.len()..];
            // The closing run of backticks is as long as the opening one.
            let runs = behind.match_indices('`').map(|(at, _)| at);
            let end = runs.filter(|at| !behind[..*at].ends_with('`')).find(|at| {
                let run = &behind[*at..];
                run.len() - run.trim_start_matches('`').len() == fence.len()
            });
            let Some(end) = end else { break };
            spans.push(behind[..end].trim().replace("\\|", "|"));
            rest = &behind[end + fence.len()..];
        }
    }
    spans
}

/// The message without what differs from case to case: what it quotes, numbers, and the plural that follows one.
fn general(message: &str) -> String {
    let quotes = message.split('`').enumerate();
    let text: String = quotes.map(|(at, part)| if at % 2 == 0 { part } else { "`…`" }).collect();
    let text = text.replace("{WORKERS}", "0").replace("parameters", "parameter");
    let mut general = String::new();
    for character in text.chars() {
        match character {
            '0'..='9' if general.ends_with('0') => {}
            '0'..='9' => general.push('0'),
            other => general.push(other),
        }
    }
    general
}
