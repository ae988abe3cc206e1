//! Tokens of all kinds, from the language's own words and from others, in no order at all.

use disruptor_syntax::settings::{OPTIONS, POLICIES, SETTINGS, WAITS};
use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::{config, expand};

/// Words of the language, names of stages, and words that are near the language's or mean something to Rust.
pub(crate) fn words() -> Vec<&'static str> {
    let tables = SETTINGS.iter().chain(OPTIONS).map(|row| row.name);
    let others = [
        "a",
        "b",
        "c",
        "a",
        "b",
        "x",
        "y",
        "sequence",
        "end_of_batch",
        "single",
        "multi",
        "block",
        "drop_newest",
        "auto",
        "mut",
        "move",
        "pub",
        "struct",
        "Orders",
        "Trade",
        "u64",
        "String",
        "r#type",
        "r#a",
        "fn",
        "self",
        "Self",
        "crate",
        "_",
        "true",
        "rign",
        "btach",
        "wiat",
        "sequnce",
        "None",
        "Ok",
        "Err",
        "größe",
        "before",
        "new",
        "default",
        "static",
        "async",
        "in",
        "skip",
        "stop",
        "retry",
        "drop_oldest",
        "S0",
        "W",
        "M",
        "__disruptor",
        "__event",
    ];
    tables.chain(WAITS.iter().copied()).chain(POLICIES.iter().copied()).chain(others).collect()
}

const LITERALS: [&str; 14] = [
    "0",
    "1",
    "2",
    "64",
    "1000",
    "1024",
    "1_024usize",
    "0x40",
    "340282366920938463463374607431768211456",
    "1.5",
    "'a'",
    "\"text\"",
    "b\"bytes\"",
    "4u8",
];

/// One token that is no group.
fn leaf() -> impl Strategy<Value = TokenTree> {
    let word = select(words()).prop_map(|word| match word.strip_prefix("r#") {
        Some(raw) => TokenTree::Ident(Ident::new_raw(raw, Span::call_site())),
        None => TokenTree::Ident(Ident::new(word, Span::call_site())),
    });
    let sign = (select("<><>->->,;:=&*+|.?!#$@%^~/".chars().collect::<Vec<_>>()), any::<bool>());
    let sign = sign.prop_map(|(sign, joint)| {
        TokenTree::Punct(Punct::new(sign, if joint { Spacing::Joint } else { Spacing::Alone }))
    });
    let literal = select(&LITERALS[..])
        .prop_map(|text| TokenTree::Literal(text.parse::<Literal>().expect("a literal")));
    prop_oneof![5 => word, 6 => sign, 1 => literal]
}

/// Some tokens, in groups of all kinds, those without delimiters among them.
pub(crate) fn tokens() -> impl Strategy<Value = TokenStream> {
    let some = vec(leaf(), 0..12).prop_map(TokenStream::from_iter);
    some.prop_recursive(4, 120, 6, |inner| {
        let delimiter = select(vec![
            Delimiter::Parenthesis,
            Delimiter::Parenthesis,
            Delimiter::Brace,
            Delimiter::Bracket,
            Delimiter::None,
        ]);
        let group = (delimiter, inner)
            .prop_map(|(delimiter, inside)| TokenTree::Group(Group::new(delimiter, inside)));
        vec(prop_oneof![3 => leaf(), 1 => group], 0..24).prop_map(TokenStream::from_iter)
    })
}

/// Pieces that are longer than a token, as people put them together.
fn pieces() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "ring: 1 << 10;",
        "event: Trade;",
        "event: Vec<u8> = Vec::new();",
        "a(&x, &mut y) = |x, y| *y = *x;",
        "b = handler;",
        "< a -> b >",
        "< (a, b) -> c >",
        "< [a; 2] + b >",
        "wait:",
        "Blocking::default()",
        "PhasedBackoff::before(",
        ")",
        "producers: multi;",
        "pub struct Orders;",
        "#[doc = \"x\"]",
        "{ core: 1, batch:",
        "}",
        "a {",
        "shard: &x,",
        "start: |h| h.open(),",
        "= ||",
        "|x, y|",
        "input: x, y;",
        "clear: |e| *e = 0;",
        "overflow:",
        "&[*]",
        "&mut *",
        "sequence",
        ", end_of_batch)",
        "(&*",
        "=>",
        "->",
        "<",
        ">",
        ";",
        ",",
        "(",
        ")",
        "[",
        "]",
        "threads: 2;",
        "on_error:",
        "cores: auto;",
        "a + b",
        "x: Vec<(u8, u8)>",
        "&0",
        "&mut 1",
        "'outer",
        "..",
        "==",
        "a = b = c",
        "r#fn",
        "/* */",
    ];
    vec(select(PIECES), 0..14).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn any_tokens_end_in_a_plan_or_in_findings(tokens in tokens()) {
        let _ = expand(&tokens);
    }

    #[test]
    fn any_pieces_end_in_a_plan_or_in_findings(text in pieces()) {
        // What is not in pairs is refused by Rust itself.
        if let Ok(tokens) = text.parse::<TokenStream>() {
            let _ = expand(&tokens);
        }
    }

    #[test]
    fn any_text_that_is_tokens_ends_in_a_plan_or_in_findings(bytes in vec(any::<u8>(), 0..200)) {
        if let Ok(tokens) = String::from_utf8_lossy(&bytes).parse::<TokenStream>() {
            let _ = expand(&tokens);
        }
    }
}
