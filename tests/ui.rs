//! What must not compile, and what the compiler says then; and what must.
//!
//! The expected texts stand beside the cases. They are those of the pinned toolchain; `TRYBUILD=overwrite cargo test --test ui`
//! writes them anew.

#[test]
fn declarations() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    for kind in ["access", "parse", "soundness", "topology", "types"] {
        cases.compile_fail(format!("tests/ui/{kind}/*.rs"));
    }
    if cfg!(feature = "async") {
        cases.compile_fail("tests/ui/tasks/*.rs");
    }
}
