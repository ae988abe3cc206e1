//! Any text that is tokens, as a declaration: always a plan or a finding, and an expansion.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;

fuzz_target!(|text: &str| {
    let Ok(tokens) = text.parse::<TokenStream>() else { return };
    let declaration = disruptor_frontend::read(tokens);
    assert!(declaration.plan.sound || !declaration.report.is_empty(), "no plan, and nothing that says why");
    let home = "::disruptor_pipeline".parse().expect("a path");
    let _ = disruptor_expand::expansion(&home, declaration);
});
