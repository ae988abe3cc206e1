//! The bare arrow body, from a string: `< journal -> (replicate, unmarshal) -> business > < b -> e >`.
//!
//! ```text
//! body  = chain { chain } ;
//! chain = "<" seq ">" ;
//! seq   = step { "->" step } ;
//! step  = unit { "+" unit } | "(" seq { "," seq } [ "," ] ")" ;
//! unit  = NAME | "[" NAME ";" COUNT "]" ;
//! ```
//!
//! A name met again is the same stage. Names are Rust's identifiers, also raw ones, and a count is a whole number
//! above zero. Any text is safe to parse: depth, length and the number of findings have a limit.

mod lexer;
mod messages;
mod names;
mod parser;

use std::ops::Range;

pub use names::is_reserved;

use crate::{
    arrow::{Seq, Step, Unit},
    finding::Finding,
    graph::Graph,
};

/// How deep groups may be nested.
pub const MAX_DEPTH: usize = 64;

/// How often a body may name a stage. Fewer than 1200 are enough to write any order of
/// [`MAX_STAGES`](crate::MAX_STAGES) stages: without arrows that others imply there are at most 32 × 32.
pub const MAX_NAMES: usize = 2048;

/// How many findings are collected before the rest of the text is left unread.
pub const MAX_FINDINGS: usize = 100;

/// A value, and the part of the text that it was read from, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub range: Range<usize>,
}

/// A chain as it stands in a text.
pub type Chain = Seq<Spanned<String>, Spanned<usize>>;

/// The chains of a body as trees, with the place of every name.
///
/// # Errors
/// Every finding about the text, up to [`MAX_FINDINGS`]; their concerns are [`Concern::Text`](crate::Concern::Text).
#[inline] // As `parse`.
pub fn parse_chains(body: &str) -> Result<Vec<Chain>, Vec<Finding>> {
    let (chains, findings) = recover(body);
    if findings.is_empty() { Ok(chains) } else { Err(findings) }
}

/// As [`parse_chains`], with what could be read beside what is wrong with it: after a mistake the text is read on as if the
/// likeliest correction had been made.
#[must_use]
pub fn recover(body: &str) -> (Vec<Chain>, Vec<Finding>) {
    let (chains, mut findings) = parser::parse(body);
    if chains.is_empty() && findings.is_empty() {
        findings.push(messages::no_chain(&(0..body.len())));
    }
    (chains, findings)
}

/// The graph that a body says: its stages without accesses, and its arrows. It is not [checked](crate::check()).
///
/// Stages are in the order in which their names first appear, and edges in that of [`Seq::edges`], chain by chain. A fused
/// stage, `a + b`, is one that follows another; a shard is a stage that has [workers](Graph::workers).
///
/// # Errors
/// As [`parse_chains`], and a finding for each shard that is written with two counts.
#[inline] // Compiled where it is called: the macro, which users wait for, is built without it.
pub fn parse(body: &str) -> Result<Graph, Vec<Finding>> {
    let mut graph = Graph::new();
    let mut findings = Vec::new();
    for chain in parse_chains(body)? {
        for name in chain.names() {
            let known = graph.stage_named(&name.value);
            let stage = known.unwrap_or_else(|| graph.add_stage(name.value.as_str()));
            graph.place(stage);
        }
        chain.visit(&mut |step| {
            let Step::Fused(units) = step else { return };
            for unit in units {
                if let Unit::Shard { worker, count } = unit
                    && let Some(stage) = graph.stage_named(&worker.value)
                {
                    match graph.workers(stage) {
                        1 => graph.set_workers(stage, count.value),
                        workers if workers == count.value => {}
                        workers => findings.push(messages::two_counts(worker, workers, count.value)),
                    }
                }
            }
        });
        for (from, to) in chain.edges() {
            if let (Some(from), Some(to)) = (graph.stage_named(&from.value), graph.stage_named(&to.value)) {
                graph.add_edge(from, to);
            }
        }
    }
    if findings.is_empty() { Ok(graph) } else { Err(findings) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;

    /// The edges of a body, as pairs of names.
    fn edges(body: &str) -> Vec<String> {
        let graph = parse(body).expect(body);
        let pair = |(_, from, to)| format!("{} {}", graph.name(from), graph.name(to));
        graph.edges().map(pair).collect()
    }

    fn codes(body: &str) -> Vec<Code> {
        parse(body).expect_err(body).iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_group_stands_between_two_stages() {
        let body = "< journal -> (replicate, unmarshal,) -> business >";
        let expected = ["journal replicate", "journal unmarshal", "replicate business", "unmarshal business"];
        assert_eq!(edges(body), expected);
    }

    #[test]
    fn a_name_met_again_is_the_same_stage() {
        let graph = parse("< (a, b) -> d > < b -> e > < (a, a) > < lone >").unwrap();
        let names: Vec<_> = graph.stages().map(|stage| graph.name(stage)).collect();
        assert_eq!(names, ["a", "b", "d", "e", "lone"]);
        assert!(graph.stages().all(|stage| graph.is_placed(stage)));
        assert_eq!(graph.edges().count(), 3);
    }

    #[test]
    fn groups_nest_as_deep_as_they_may() {
        let nested = |depth| format!("< a -> {}b{} >", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(edges(&nested(MAX_DEPTH)), ["a b"]);
        assert_eq!(codes(&nested(MAX_DEPTH + 1)), [Code::TooDeep]);
    }

    #[test]
    fn names_may_be_raw_or_in_any_script() {
        assert_eq!(edges("<größe->日本->r#type->_x>"), ["größe 日本", "日本 r#type", "r#type _x"]);
    }

    #[test]
    fn a_tree_knows_its_places() {
        let body = "< a -> ([ work ; 4 ], b + c) >";
        let chains = parse_chains(body).unwrap();
        let names: Vec<_> = chains[0].names().into_iter().map(|name| &body[name.range.clone()]).collect();
        assert_eq!(names, ["a", "work", "b", "c"]);
        let mut counts = Vec::new();
        chains[0].visit(&mut |step| {
            if let Step::Fused(units) = step
                && let [Unit::Shard { count, .. }] = &units[..]
            {
                counts.push((count.value, &body[count.range.clone()]));
            }
        });
        assert_eq!(counts, [(4, "4")]);
    }

    #[test]
    fn fused_stages_follow_each_other_and_shards_have_workers() {
        let body = "< a + b -> [work; 4] > < work -> c >";
        assert_eq!(edges(body), ["a b", "b work", "work c"]);
        let graph = parse(body).unwrap();
        let workers = |name| graph.workers(graph.stage_named(name).unwrap());
        assert_eq!(["a", "work", "c"].map(workers), [1, 4, 1]);
    }

    #[test]
    fn a_shard_has_one_count() {
        assert_eq!(edges("< [a; 2] -> b > < [a; 2] -> c >"), ["a b", "a c"]);
        let found = parse("< [a; 2] -> b > < [a; 3] -> c >").unwrap_err();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text, "`a` has 2 workers in one place, and 3 in another");
        assert_eq!(found[0].help, "say it once, `[a; 3]`, and write `a` elsewhere");
    }

    #[test]
    fn mistakes_in_several_places_are_all_found() {
        let body = "< a => b, c > x < (d -> ) > < fn -> ()";
        let expected = [
            Code::WrongArrow,
            Code::StrayComma,
            Code::ExpectedChain,
            Code::MissingStage,
            Code::BadName,
            Code::EmptyGroup,
            Code::UnclosedChain,
        ];
        assert_eq!(codes(body), expected);
    }

    #[test]
    fn there_is_an_end_to_findings() {
        assert_eq!(codes(&"< a b > ".repeat(1000)).len(), MAX_FINDINGS);
        assert_eq!(codes(&"<<<->>->(r#<-4@]>".repeat(200)).len(), MAX_FINDINGS);
        assert_eq!(codes(&"(".repeat(100_000)), [Code::ExpectedChain]);
        assert_eq!(codes(&format!("<{}", "(".repeat(100_000))).len(), 2 + MAX_DEPTH);
    }

    #[test]
    fn a_wide_group_to_a_wide_group_is_all_pairs() {
        let group = |letter: char| (0..32).map(|n| format!("{letter}{n}")).collect::<Vec<_>>().join(", ");
        assert_eq!(edges(&format!("< ({}) -> ({}) >", group('a'), group('b'))).len(), 32 * 32);
    }
}
