//! Every finding of `disruptor_topology` that a declaration can have is shown in a test that must not compile.

use std::fs;
use std::path::Path;

use disruptor_topology::Code;

/// A part of the message that no other code has; `None` for what no declaration can have.
fn message(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::TooManyStages => "and at most 64 are supported",
        Code::Unreachable => "is declared but stands in no chain",
        Code::SelfLoop => "waits on itself",
        Code::Cycle => "wait on each other in a circle",
        Code::SelfConflict => "more than once: `&mut order` and `&order`",
        Code::Conflict => "may run at the same time",
        Code::UnwrittenRead => "and no stage writes it",
        Code::ExpectedChain => "this stands outside of a chain",
        Code::EmptyChain => "this chain has no stage",
        Code::UnclosedChain => "this chain is not closed",
        Code::EmptyGroup => "this group has no stage",
        Code::TooDeep => "groups are nested more than",
        Code::TooLong => "the body names stages more than",
        Code::WrongArrow => "is not an arrow",
        Code::MissingArrow => "an arrow is missing before",
        Code::MissingStage => "no stage stands",
        Code::StrayComma => "they need parentheses",
        Code::Unexpected => "has no place in a chain",
        Code::BadName => "is a keyword of Rust",
        Code::BadCount => "a whole number above zero",
        // A declaration without a chain is refused in other words; a name is one stage there; and rustc itself asks for
        // delimiters in pairs.
        Code::EmptyTopology | Code::DuplicateStage | Code::UnclosedGroup => return None,
        other => panic!("`{other}` needs a message here, and a test in tests/ui that shows it"),
    })
}

/// What rustc says in all of the tests that must not compile.
pub(super) fn shown() -> String {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ui");
    let mut shown = String::new();
    for folder in fs::read_dir(ui).expect("the tests that must not compile") {
        for file in fs::read_dir(folder.expect("a folder").path()).expect("a folder") {
            let path = file.expect("a file").path();
            if path.extension().is_some_and(|extension| extension == "stderr") {
                shown += &fs::read_to_string(path).expect("what rustc says");
            }
        }
    }
    shown
}

#[test]
fn every_code_is_shown() {
    let shown = shown();
    for code in Code::ALL {
        if let Some(message) = message(*code) {
            assert!(shown.contains(message), "no test in tests/ui shows `{code}`: {message}");
        }
    }
}
