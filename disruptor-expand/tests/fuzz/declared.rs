//! Generated declarations whose every part is Rust: the expansion is, too, whether or not the declaration makes sense.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::{config, expand, is_rust};

/// A value for each setting, each of them an expression.
const SETTINGS: &[&str] = &[
    "event: Trade;",
    "event: Trade = Trade::new(4);",
    "event: Vec<(u8, u8)> = Vec::new();",
    "event: u64 = 0;",
    "ring: 64;",
    "ring: 1 << 4;",
    "ring: SLOTS;",
    "ring: 1000;",
    "producers: multi;",
    "producers: single;",
    "producers: several;",
    "wait: BusySpin;",
    "wait: Blocking::default();",
    "wait: PhasedBackoff::before(Sleeping::default());",
    "wait: own(3);",
    "producer_wait: Blocking;",
    "on_error: skip;",
    "on_error: stop;",
    "on_error: |fault| decide(fault);",
    "on_error: Retry::new(3);",
    "name: \"orders\";",
    "name: format!(\"{}\", 4);",
    "cores: [1, 2, 3];",
    "cores: auto;",
    "cores: 4..8;",
    "threads: 1;",
    "threads: 2;",
    "priority: 60;",
    "huge_pages: true;",
    "overflow: error;",
    "overflow: lose;",
    "input: x, y;",
    "clear: |event| event.x = 0;",
    "clear: x;",
    "rign: 64;",
    "pub struct Orders;",
    "struct Orders;",
];

const OPTIONS: &[&str] = &[
    "core: 1",
    "core: [1, 2]",
    "wait: Yielding::default()",
    "wait: mine",
    "batch: 4",
    "batch: 4 * 2",
    "on_error: skip",
    "on_error: |fault| Decision::Stop",
    "name: \"first\"",
    "shard: &x",
    "shard: |event| event.x",
    "shard: key",
    "start: |h| h.open()",
    "stop: |h| h.close()",
    "timeout: |h| h.idle()",
    "btach: 3",
];

const ARGS: &[&str] = &[
    "&x",
    "&mut x",
    "&y",
    "&mut y",
    "&z",
    "&mut z",
    "&x: u64",
    "&mut y: Vec<u8>",
    "&*",
    "&mut *",
    "&[*]",
    "&mut [*]",
    "sequence",
    "end_of_batch",
    "&0",
    "&mut 1",
    "&r#type",
    "z",
    "&x.y",
];

const HANDLERS: &[&str] = &[
    "",
    "= handler",
    "= |x| ()",
    "= |x, y| { *y = *x; }",
    "= |x, y, z| Ok::<(), Error>(())",
    "= || Handler::open(4)",
    "= Handler { x: 4 }",
    "= move |event, sequence, end| sum += event.x",
    "= module::function::<u8>",
    "= || |x| x",
    "= |event: &Trade, _: i64, _: bool| ()",
    "= handlers[3]",
    "= if quick { a } else { b }",
];

/// Some of these, joined.
fn some(of: &'static [&'static str], most: usize, between: &'static str) -> impl Strategy<Value = String> {
    vec(select(of), 0..=most).prop_map(move |parts| parts.join(between))
}

fn stage() -> impl Strategy<Value = String> {
    let name = select(vec!["a", "b", "c", "d", "e", "spare"]);
    let list =
        prop_oneof![1 => Just(String::new()), 3 => some(ARGS, 3, ", ").prop_map(|list| format!("({list})"))];
    let options = prop_oneof![2 => Just(String::new()), 1 => some(OPTIONS, 3, ", ").prop_map(|list| format!("{{ {list} }}"))];
    (name, list, options, select(HANDLERS)).prop_map(|(name, list, options, handler)| {
        // A name alone is no clause.
        let handler =
            if list.is_empty() && options.is_empty() && handler.is_empty() { "= handler" } else { handler };
        format!("{name}{list} {options} {handler};")
    })
}

fn chain() -> impl Strategy<Value = String> {
    let unit =
        select(vec!["a", "b", "c", "d", "e", "[a; 2]", "[b; WORKERS]", "a + b", "c + d", "[c; 2 + 1]"]);
    let unit = unit.prop_map(str::to_owned);
    let seq = unit.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..4).prop_map(|steps| steps.join(" -> ")),
            vec(inner, 1..4).prop_map(|branches| format!("({})", branches.join(", "))),
        ]
    });
    seq.prop_map(|seq| format!("< {seq} >"))
}

fn declaration() -> impl Strategy<Value = String> {
    let clauses = vec(prop_oneof![2 => select(SETTINGS).prop_map(str::to_owned), 3 => stage()], 0..8);
    (clauses, vec(chain(), 0..3))
        .prop_map(|(clauses, chains)| format!("{} {}", clauses.join(" "), chains.join(" ")))
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn what_is_made_of_rust_expands_to_rust(text in declaration()) {
        let (_, expansion) = expand(&text.parse().expect("tokens"));
        if let Err(error) = is_rust(&expansion) {
            return Err(TestCaseError::fail(format!("{text}\n{error}")));
        }
    }
}
