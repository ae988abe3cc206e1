//! Declarations that are right, but for a token or two.

use proc_macro2::{Group, TokenStream, TokenTree};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::{config, expand, is_rust, soup};

/// Declarations that are right, with something of everything.
const RIGHT: &[&str] = &[
    "< journal -> (replicate, unmarshal) -> business >",
    "event: Trade = Trade::default(); ring: 1 << 10; wait: Yielding::default();
     journal(&raw, end_of_batch) { batch: 512 } = |raw, end| journal.push((raw.len(), end));
     unmarshal(&raw, &mut order) = decode; risk(&order, &mut score) = |order, score| *score = order / 2;
     business(&*, sequence) = |trade, _sequence| book += trade.score;
     < (journal, unmarshal -> risk) -> business >",
    "event: Order; charge(&amount, &mut fee) { shard: &account } = |amount, fee| *fee = amount / 10;
     total(&fee) = |fee| fees += fee; < [charge; 2] -> total >",
    "pub struct Orders; event: u64; check(&*) = |order| if *order > 1_000 { Err(\"too large\") } else { Ok(()) };
     < check -> book >",
    "#[derive(Debug)] pub(crate) struct Orders; event: Trade; a { on_error: skip } = Plain; < a -> b > < a -> c >",
    "producers: multi; ring: 64; overflow: drop_newest; producer_wait: Blocking; < count >",
    "event: Pair = Pair(0, 0); threads: 2; priority: 50; cores: [1, 2]; name: \"orders\"; huge_pages: true;
     a(&0) { name: \"first\", core: 3 } = |x| (); b(&mut 1) = |y| *y = 1; < a + b -> c >",
    "event: Trade; input: raw; wait: PhasedBackoff::before(Blocking::default()); on_error: |fault| Decision::Skip;
     a(&raw, &mut order) = || |raw, order| *order = 1; clear: |trade| trade.raw.clear(); < a -> b >; b(&mut [*]) = each;",
    "event: Trade; a(&x: Vec<(u8, u8)>, &mut y: u64) { start: |h| h.open(), stop: |h| h.close(),
     timeout: |h| h.idle(), wait: TimeoutBlocking::default() } = handler(1, 2); < a >",
];

/// A change of one token.
#[derive(Clone, Debug)]
enum Change {
    Delete,
    Double,
    Swap,
    /// Puts this one there.
    Insert(String),
    Replace(String),
    /// Everything behind it is gone.
    CutOff,
    /// Puts all of another declaration there.
    Splice(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let word = || {
        prop_oneof![
            select(soup::words()).prop_map(str::to_owned),
            select(vec![
                "<", ">", "->", "(a)", ",", ";", ":", "=", "&", "*", "[a; 2]", "{ x }", "+", "|x|", "0",
                "\"s\""
            ])
            .prop_map(str::to_owned),
        ]
    };
    prop_oneof![
        3 => Just(Change::Delete),
        2 => Just(Change::Double),
        2 => Just(Change::Swap),
        3 => word().prop_map(Change::Insert),
        3 => word().prop_map(Change::Replace),
        1 => Just(Change::CutOff),
        1 => (0..RIGHT.len()).prop_map(Change::Splice),
    ]
}

/// How many tokens there are, those in groups counted.
fn count(tokens: &TokenStream) -> usize {
    let inside = |token: TokenTree| match token {
        TokenTree::Group(group) => 1 + count(&group.stream()),
        _ => 1,
    };
    tokens.clone().into_iter().map(inside).sum()
}

/// Makes the change at the token of this number, in the order of the text.
fn changed(tokens: TokenStream, at: &mut usize, change: &Change) -> TokenStream {
    let mut tokens: Vec<_> = tokens.into_iter().collect();
    for index in 0..tokens.len() {
        if *at == 0 {
            *at = usize::MAX;
            let written =
                |text: &str| text.parse::<TokenStream>().expect("tokens").into_iter().collect::<Vec<_>>();
            match change {
                Change::Delete => drop(tokens.remove(index)),
                Change::Double => tokens.insert(index, tokens[index].clone()),
                Change::Swap => {
                    let next = (index + 1).min(tokens.len() - 1);
                    tokens.swap(index, next);
                }
                Change::Insert(text) => drop(tokens.splice(index..index, written(text)).collect::<Vec<_>>()),
                Change::Replace(text) => {
                    drop(tokens.splice(index..=index, written(text)).collect::<Vec<_>>())
                }
                Change::CutOff => tokens.truncate(index),
                Change::Splice(other) => {
                    drop(tokens.splice(index..index, written(RIGHT[*other])).collect::<Vec<_>>())
                }
            }
            break;
        }
        *at -= 1;
        if let TokenTree::Group(group) = &tokens[index] {
            let mut inside = Group::new(group.delimiter(), changed(group.stream(), at, change));
            inside.set_span(group.span());
            tokens[index] = inside.into();
        }
        if *at == usize::MAX {
            break;
        }
    }
    tokens.into_iter().collect()
}

#[test]
fn what_is_right_is_found_right_and_is_rust() {
    for text in RIGHT {
        let (right, expansion) = expand(&text.parse().expect("tokens"));
        let found = disruptor_frontend::read(text.parse().expect("tokens")).report;
        assert!(right, "{text}: {found:?}");
        is_rust(&expansion).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn nearly_right_declarations_end_in_a_plan_or_in_findings(
        text in select(RIGHT),
        changes in prop::collection::vec((any::<Index>(), change()), 1..4),
    ) {
        let mut tokens: TokenStream = text.parse().expect("tokens");
        for (at, change) in &changes {
            let count = count(&tokens);
            if count > 0 {
                tokens = changed(tokens, &mut at.index(count), change);
            }
        }
        let _ = expand(&tokens);
    }
}
