//! What an editor knows of a declaration with mistakes: the user's expressions, each once, where they are written.

use proc_macro2::{TokenStream, TokenTree};

use super::{errors, expand, pretty};

/// Declarations with mistakes. What must be in the expansion is `m` and a number.
const BROKEN: &[&str] = &[
    // Settings and options.
    "event: Trade = m1(); rign: m2; wait: m3; a { core: m4, btach: m5 } = m6; < a >",
    "event: Trade = m1(); ring: m2; ring: m3; wait: m4; wait: m5; on_error: skip; on_error: m6; < a >",
    "event: Trade = m1(); event: Trade = m2(); a(&x) = m3; < a >",
    "evnt: Trade = m1(); a(&x) = m2; < a >",
    "a { core: m1, core: m2, on_error: |f| m3(f), on_error: |f| m4(f) } = m5; < a >",
    "a { core: m1; batch: m2 } = m3; < a >",
    "cores: m1; a { shard: |e| m2, start: |h| m3 } = m4; < a >",
    "a { start: |h| m1, stop: |h| m2, shard: |e| m3, core: m4 } = |x, y| m5; rign: m6; < [a; 2] >",
    "pub struct Orders; event: Trade; rign: m1; a(x) { core: m2 } = m3; < a -> b >",
    "ring = m1; wait = m2; a = m3; < a >",
    "ring: 1000; a { batch: 2000, name: m1 } = m2; < a >",
    "a { core: 1, name: m1 } = m2; b { core: 1, wait: m3 } = m4; < a -> b >",
    "event: Trade; input: x, x, &y; a(&z) = m1; < a >",
    "event: Trade; a(&mut x) { poll: end, wait: m1, core: m2, shard: |e| m3, stop: |a| m4 } = m5; < [a; 2] + b >",
    "a { poll: nd, batch: m1 }; a { poll: end, batch: m2 } = |x| m3; < b + a >",
    // Clauses.
    "event: Trade = m1() ring: m2; a = m3 b = m4; < a -> b >",
    "ring: m1, name: m2; a(&x) = |x| m3(x), b = m4; < a -> b >",
    "a = m1; a { core: m2 } = |e| m3; a = |x, y| m4; < a >",
    "event: Trade; a => m1; b(&y) -> m2; c(&x): m3; < a -> b -> c >",
    "a = m1 < a >",
    "a = |e, s, end| m1(e) < a >",
    "a = m1",
    "a = m1; ring: m2;",
    "a = ; b = m1; < a -> b >",
    "a = m1 +; b = m2; < a -> b >",
    // Lists.
    "event: Trade; a(raw) = |raw| m1(raw); b(&raw.len, &) = m2; c(&x &y) = |x, y| m3; < a -> b -> c >",
    "event: Trade; a(&x) = |x, y| m1(x); b(&x) = || m2; c = |x| m3; < a -> b -> c >",
    "event: Trade; a(&x, &x) = |x, y| m1(x, y); b(&mut x, &x) = m2; c(&[*], &x) = m3; < a -> b -> c >",
    "event: (u64, u64); a(&0) = |x| m1(x); b(&1) = m2; < a -> b >",
    "a(&x) = |x| m1(x); b(&x) = m2; < a -> b >",
    // Chains and topologies.
    "a = m1; b = m2; < a => b >",
    "a = m1; b = m2; < a b > < (a, b) -> () >",
    "a = m1; b = m2; < a -> b; ring: m3;",
    "a = m1; b = m2; a -> b;",
    "event: Trade; a(&mut x) = |x| m1(x); b(&x) = m2; < (a, b) >",
    "event: Trade; a(&mut *) = |e| m1(e); b(&*, &mut x) = |e, x| m2; < a -> b -> a > < b -> b >",
    "a = m1; spare = m2; < a >",
    "event: Trade; unmarshall(&x) = |x| m1(x); < unmarshal >",
    "a = m1; b { core: m2, wait: m3 } = m4; < a + b > < x -> b > < a + c >",
];

/// How often each marker of a declaration is in its expansion, where it is written.
fn kept(declaration: &str) -> Vec<(String, usize)> {
    let mut markers = vec![];
    collect(declaration.parse().expect(declaration), &mut markers);
    let mut expanded = vec![];
    collect(expand(declaration), &mut expanded);
    let times = |marker| expanded.iter().filter(|other| *other == marker).count();
    markers.iter().map(|marker| (marker.0.clone(), times(marker))).collect()
}

/// The markers in the tokens, and where they begin.
fn collect(tokens: TokenStream, found: &mut Vec<(String, usize)>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => collect(group.stream(), found),
            TokenTree::Ident(word) => {
                let name = word.to_string();
                if name.strip_prefix('m').is_some_and(|digits| digits.parse::<u8>().is_ok()) {
                    found.push((name, word.span().byte_range().start));
                }
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

#[test]
fn every_expression_is_kept_once_at_its_place() {
    // Ends with an operator: no expression.
    let not_one = ["a = m1 +; b = m2; < a -> b >"];
    for declaration in BROKEN {
        assert!(!errors(declaration).is_empty(), "`{declaration}` has mistakes");
        let lost = usize::from(not_one.contains(declaration));
        let kept = kept(declaration);
        assert!(
            kept.iter().all(|(name, times)| *times == 1 || (lost == 1 && name == "m1")),
            "`{declaration}`: {kept:?}\n{}",
            pretty(declaration)
        );
    }
}

#[test]
fn the_expansion_keeps_its_type() {
    for declaration in BROKEN {
        let code = pretty(declaration);
        let values = ["refused_single(", "refused_multi("];
        assert_eq!(values.iter().map(|value| code.matches(value).count()).sum::<usize>(), 1, "{code}");
    }
}
