//! The table of arrow bodies that the macro and the parser of strings treat alike, on the macro's side.

use super::{errors, places};
use disruptor_syntax::Report;

include!("../../../disruptor-topology/tests/data/arrow_bodies.rs");

/// Names and arrows, as the table writes them.
fn meaning(body: &str) -> String {
    let mut report = Report::default();
    let read = disruptor_frontend::parse(body.parse().expect(body), &mut report);
    assert!(report.is_empty(), "`{body}`: {report:?}");
    let mut names: Vec<String> = vec![];
    for name in read.chains.iter().flat_map(|chain| chain.names()).map(ToString::to_string) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let arrows = read.chains.iter().flat_map(|chain| chain.edges());
    let arrows = arrows.map(|(from, to)| format!(" {from}->{to}"));
    format!("{} |{}", names.join(" "), arrows.collect::<String>())
}

#[test]
fn every_body_means_what_the_table_says() {
    for (body, expected) in ARROW_BODIES {
        match expected {
            Means(expected) => assert_eq!(meaning(body), *expected, "`{body}`"),
            Refused(expected) => {
                let found = errors(body);
                let texts: Vec<_> =
                    found.iter().map(|text| text.split("\nhelp: ").next().unwrap_or_default()).collect();
                let expected_texts: Vec<_> = expected.iter().map(|(_, text)| *text).collect();
                assert_eq!(texts, expected_texts, "`{body}`");
                let expected_places: Vec<_> = expected.iter().map(|(place, _)| *place).collect();
                assert_eq!(places(body), expected_places, "`{body}`");
            }
        }
    }
}
