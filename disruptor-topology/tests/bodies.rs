//! The table of arrow bodies that the macro and the parser of strings treat alike, on the side of strings.

use disruptor_topology::{Concern, parse};

include!("data/arrow_bodies.rs");

/// Names and arrows, as the table writes them.
fn meaning(body: &str) -> String {
    let graph = parse(body).unwrap_or_else(|found| panic!("`{body}`: {found:#?}"));
    let names: Vec<_> = graph.stages().map(|stage| graph.name(stage)).collect();
    let arrows = graph.edges().map(|(_, from, to)| format!(" {}->{}", graph.name(from), graph.name(to)));
    format!("{} |{}", names.join(" "), arrows.collect::<String>())
}

#[test]
fn every_body_means_what_the_table_says() {
    for (body, expected) in ARROW_BODIES {
        match expected {
            Means(expected) => assert_eq!(meaning(body), *expected, "`{body}`"),
            Refused(expected) => {
                let found = parse(body).expect_err(body);
                let shown: Vec<_> = found
                    .iter()
                    .map(|finding| match &finding.concerns[..] {
                        [Concern::Text(range), ..] => (&body[range.clone()], finding.text.as_str()),
                        other => panic!("{other:?}"),
                    })
                    .collect();
                assert_eq!(shown, *expected, "`{body}`");
            }
        }
    }
}
