//! How many cases a property is tried with.

use proptest::test_runner::Config;

/// So many, or as many as `PROPTEST_CASES` says. Nothing is written beside the sources: what once failed becomes a test.
pub(crate) fn config(cases: u32) -> Config {
    let said = std::env::var("PROPTEST_CASES").ok().and_then(|said| said.parse().ok());
    Config {
        cases: said.unwrap_or(cases),
        failure_persistence: None,
        max_shrink_time: 30_000,
        ..Config::default()
    }
}
