//! Any text as chains: always a graph or findings, whose places are parts of the text.
#![no_main]

use disruptor_topology::{Concern, check, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match parse(text) {
        Ok(graph) => {
            let _ = check(&graph);
        }
        Err(found) => {
            assert!(!found.is_empty());
            for concern in found.iter().flat_map(|finding| &finding.concerns) {
                let Concern::Text(range) = concern else { panic!("{concern:?}") };
                assert!(text.get(range.clone()).is_some(), "{range:?}");
            }
        }
    }
});
