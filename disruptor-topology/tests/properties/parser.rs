//! The parser reads what is right, and survives what is not.

use std::fmt;

use disruptor_topology::{Concern, Finding, MAX_STAGES, parse, parse::MAX_FINDINGS, parse_chains};
use proptest::{collection::vec, prelude::*, sample::select};

/// A sequence of a chain, without brackets.
#[derive(Clone, Debug)]
pub(crate) struct Tree(Vec<Node>);

/// A step; names are numbers.
#[derive(Clone, Debug)]
enum Node {
    Stage(usize),
    Group(Vec<Tree>, bool),
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, node) in self.0.iter().enumerate() {
            f.write_str(if index > 0 { " -> " } else { "" })?;
            match node {
                Node::Stage(number) => write!(f, "s{number}")?,
                Node::Group(branches, comma) => {
                    let branches: Vec<_> = branches.iter().map(ToString::to_string).collect();
                    write!(f, "({}{})", branches.join(", "), if *comma { "," } else { "" })?;
                }
            }
        }
        Ok(())
    }
}

impl Tree {
    /// The stages that an event meets first, or last.
    fn ends(&self, last: bool) -> Vec<usize> {
        match if last { self.0.last() } else { self.0.first() } {
            Some(Node::Stage(number)) => vec![*number],
            Some(Node::Group(branches, _)) => branches.iter().flat_map(|branch| branch.ends(last)).collect(),
            None => Vec::new(),
        }
    }

    fn arrows(&self) -> Vec<(usize, usize)> {
        let mut arrows = Vec::new();
        for (index, node) in self.0.iter().enumerate() {
            if let Node::Group(branches, _) = node {
                arrows.extend(branches.iter().flat_map(Tree::arrows));
            }
            let Some(next) = self.0.get(index + 1) else { continue };
            for from in Tree(vec![node.clone()]).ends(true) {
                arrows.extend(Tree(vec![next.clone()]).ends(false).into_iter().map(|to| (from, to)));
            }
        }
        arrows
    }

    /// Gives every stage a number of its own, as many as there may be.
    fn number(&mut self, next: &mut usize) {
        for node in &mut self.0 {
            match node {
                Node::Stage(number) => {
                    *number = *next;
                    *next += 1;
                }
                Node::Group(branches, _) => branches.iter_mut().for_each(|branch| branch.number(next)),
            }
        }
    }
}

/// Sequences with groups in groups. If names are repeated, there may be cycles.
pub(crate) fn tree(repeated: bool) -> impl Strategy<Value = Tree> {
    let leaf = vec((0..12_usize).prop_map(Node::Stage), 1..3).prop_map(Tree);
    let tree = leaf.prop_recursive(4, 40, 3, |inner| {
        let group =
            (vec(inner, 1..4), any::<bool>()).prop_map(|(branches, comma)| Node::Group(branches, comma));
        let node = prop_oneof![1 => (0..12_usize).prop_map(Node::Stage), 2 => group];
        vec(node, 1..4).prop_map(Tree)
    });
    let numbered = tree.prop_map(move |mut tree| {
        let mut stages = 0;
        if !repeated {
            tree.number(&mut stages);
        }
        (tree, stages)
    });
    numbered.prop_filter_map("too many stages", |(tree, stages)| (stages <= MAX_STAGES).then_some(tree))
}

/// Every place is a part of the text, and every finding says something.
fn make_sense(body: &str, found: &[Finding]) -> Result<(), TestCaseError> {
    prop_assert!(!found.is_empty() && found.len() <= MAX_FINDINGS);
    for finding in found {
        prop_assert!(!finding.concerns.is_empty() && !finding.text.is_empty() && !finding.help.is_empty());
        for concern in &finding.concerns {
            let Concern::Text(range) = concern else { panic!("{concern:?}") };
            prop_assert!(body.get(range.clone()).is_some(), "{range:?} of {body:?}");
        }
    }
    Ok(())
}

/// Text that is nearly a body.
fn soup() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "<", ">", "->", "(", ")", "[", "]", ",", ";", "+", "a", "b", "x1", "r#fn", "4", "0", "_", "fn", "=>",
        "-", "<-", "|>", "->>", "r#", "é", "→", "@", "\u{301}", "< a", "(b, c)", "[w; 2]",
    ];
    let piece = (select(PIECES).prop_map(str::to_owned), select(vec!["", " ", "\n"]));
    vec(piece.prop_map(|(piece, space)| piece + space), 0..40).prop_map(|pieces| pieces.concat())
}

/// What a hand may slip to.
#[derive(Clone, Debug)]
enum Slip {
    Delete,
    Insert(&'static str),
    CutOff,
    /// What follows stands twice.
    Again,
}

fn slip() -> impl Strategy<Value = Slip> {
    const SIGNS: &[&str] = &[
        "<", ">", "-", "->", "=>", "(", ")", "[", "]", ",", ";", "+", " ", "\n", "s1", "4", "é", "\u{0}",
        "|", "r#",
    ];
    prop_oneof![
        3 => Just(Slip::Delete),
        4 => select(SIGNS).prop_map(Slip::Insert),
        1 => Just(Slip::CutOff),
        1 => Just(Slip::Again),
    ]
}

/// What nobody writes by hand, and a program that writes bodies might. An hour would be a hang; this takes a second.
#[test]
fn very_long_and_very_deep_bodies_end_in_findings_soon() {
    let begun = std::time::Instant::now();
    let pieces = [
        "<",
        ">",
        "->",
        "(",
        ")",
        "[",
        "]",
        ",",
        ";",
        "+",
        "a",
        " ",
        "-",
        "- >",
        "=> ",
        "a -> ",
        "(a, ",
        "a) -> ",
        "[a; ",
        "< a >",
        "< (",
        "é",
        "< a -> b > ",
        "|",
        "r#",
        "4",
        "4_",
        "a, ",
        "a + ",
        "< a - ",
    ];
    for piece in pieces {
        for (before, behind) in [("", ""), ("< ", " >"), ("< a -> (", ") >")] {
            let body = format!("{before}{}{behind}", piece.repeat(100_000));
            match parse(&body) {
                Ok(graph) => assert!(!graph.is_empty(), "{piece}"),
                Err(found) => make_sense(&body, &found).expect(piece),
            }
        }
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(120), "it took {:?}", begun.elapsed());
}

proptest! {
    #[test]
    fn a_chain_is_read_as_it_is_written(tree in tree(true)) {
        let body = format!("< {tree} >");
        let graph = parse(&body).map_err(|found| TestCaseError::fail(format!("{body}: {found:?}")))?;
        let mut read: Vec<_> = graph
            .edges()
            .map(|(_, from, to)| (graph.name(from).to_owned(), graph.name(to).to_owned()))
            .collect();
        let mut written: Vec<_> =
            tree.arrows().into_iter().map(|(from, to)| (format!("s{from}"), format!("s{to}"))).collect();
        read.sort_unstable();
        written.sort_unstable();
        prop_assert_eq!(read, written, "{}", body);
    }

    #[test]
    fn spaces_mean_nothing(tree in tree(true)) {
        let spread = format!("< {tree} >");
        let dense = spread.replace(' ', "");
        let names = |body: &str| {
            let chains = parse_chains(body).expect(body);
            let chains = chains.into_iter().map(|chain| chain.map(&mut |name| name.value.clone(), &mut |count| count.value));
            chains.flat_map(|chain| chain.edges()).collect::<Vec<_>>()
        };
        prop_assert_eq!(names(&dense), names(&spread));
    }

    #[test]
    fn any_text_ends_in_a_graph_or_in_findings(body in any::<String>()) {
        match parse(&body) {
            Ok(graph) => prop_assert!(!graph.is_empty()),
            Err(found) => make_sense(&body, &found)?,
        }
    }

    #[test]
    fn a_piece_of_soup_ends_in_a_graph_or_in_findings(soup in soup(), times in select(vec![1, 1, 1, 200])) {
        let body = soup.repeat(times);
        match parse(&body) {
            Ok(graph) => prop_assert!(!graph.is_empty()),
            Err(found) => make_sense(&body, &found)?,
        }
    }

    #[test]
    fn any_bytes_end_in_a_graph_or_in_findings(bytes in vec(any::<u8>(), 0..300)) {
        let body = String::from_utf8_lossy(&bytes);
        match parse(&body) {
            Ok(graph) => prop_assert!(!graph.is_empty()),
            Err(found) => make_sense(&body, &found)?,
        }
    }

    #[test]
    fn a_body_with_slips_ends_in_a_graph_or_in_findings(
        tree in tree(true),
        slips in vec((any::<prop::sample::Index>(), slip()), 1..5),
    ) {
        let mut body = format!("< {tree} > < s1 -> [s2; 4] > < s3 + s4 >");
        for (at, slip) in &slips {
            let places: Vec<_> = body.char_indices().map(|(at, _)| at).collect();
            let Some(&place) = places.get(at.index(places.len().max(1))) else { break };
            match slip {
                Slip::Delete => drop(body.remove(place)),
                Slip::Insert(text) => body.insert_str(place, text),
                Slip::CutOff => body.truncate(place),
                Slip::Again => {
                    let rest = body[place..].to_owned();
                    body.insert_str(place, &rest);
                }
            }
        }
        match parse(&body) {
            Ok(graph) => prop_assert!(!graph.is_empty()),
            Err(found) => make_sense(&body, &found)?,
        }
    }

    #[test]
    fn a_chain_without_one_of_its_brackets_is_an_error(tree in tree(true), which in any::<prop::sample::Index>()) {
        let body = format!("< {tree} >");
        let brackets: Vec<_> = body.match_indices(['(', ')']).map(|(at, _)| at).collect();
        // Any parenthesis of a group, or the chain's `>` if there is no group.
        let at = if brackets.is_empty() { body.len() - 1 } else { *which.get(&brackets) };
        let mut broken = body.clone();
        broken.remove(at);
        let found = parse(&broken).expect_err(&broken);
        make_sense(&broken, &found)?;
    }
}
