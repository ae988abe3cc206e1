//! What cannot be built at run time, and what is said of it.
#![forbid(unsafe_code)]

use disruptor_pipeline::dynamic::{Problem, Stage};
use disruptor_pipeline::{Builder, Sequence, SpawnError};

fn problems<E: Send + Sync + 'static>(builder: Builder<E>) -> Vec<Problem> {
    builder.build().map(drop).expect_err("it cannot be built").problems
}

#[test]
fn what_is_wrong_with_a_text_is_said() {
    let nothing = |_: &i64, _: Sequence, _: bool| {};
    let mut builder = Builder::single(32, i64::default);
    builder.chains("< a -> ) >", [Stage::new("a", nothing)]);
    let found = problems(builder);
    assert!(found[0].text.contains("at byte"), "{found:?}");

    let mut builder = Builder::single(32, i64::default);
    builder.chains(
        "< a -> [b; 3] -> c >",
        [Stage::new("a", nothing), Stage::pool("b", [nothing, nothing]), Stage::new("d", nothing)],
    );
    let found = problems(builder);
    let codes: Vec<_> = found.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["worker-count", "unknown-stage", "unreachable", "unknown-stage"], "{found:#?}");
}

#[test]
fn a_circle_is_spelt() {
    let nothing = |_: &i64, _: Sequence, _: bool| {};
    let mut builder = Builder::single(16, i64::default);
    builder
        .handle_events_with([Stage::new("a", nothing)])
        .then([Stage::new("b", nothing)])
        .then([Stage::new("c", nothing)]);
    builder.arrow("c", "a");
    let found = problems(builder);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].code, "cycle");
    assert_eq!(found[0].text, "these stages wait on each other in a circle: `a -> b -> c -> a`");
    assert!(found[0].help.contains("remove one of these arrows"), "{}", found[0].help);
}

#[test]
fn a_writer_stands_alone() {
    let nothing = |_: &i64, _: Sequence, _: bool| {};
    let mut builder = Builder::single(16, i64::default);
    builder.handle_events_with([
        Stage::new("audit", nothing),
        Stage::writing("risk", |event: &mut i64| *event += 1),
    ]);
    let found = problems(builder);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].code, "conflict");
    let text = "`risk` and `audit` may run at the same time: `risk` writes the whole event, `audit` reads the whole event";
    assert_eq!(found[0].text, text);
    let help = "order them, as in `builder.after([\"risk\"]).then([audit])`, or let `risk` only read: \
                `Stage::new` in place of `Stage::writing`";
    assert_eq!(found[0].help, help);
}

#[test]
fn everything_wrong_is_said_at_once() {
    let nothing = |_: &i64, _: Sequence, _: bool| {};
    let mut builder = Builder::single(48, i64::default);
    builder.room_for(4);
    builder.after(["jurnal"]).then([Stage::new("a", nothing), Stage::new("a", nothing)]);
    builder.handle_events_with([
        Stage::pool("none", [nothing; 0]),
        Stage::writing_pool("both", [|event: &mut i64| *event += 1; 4]).by_key(|event: &i64| *event),
    ]);
    let error = builder.build().map(drop).expect_err("it cannot be built");
    let codes: Vec<_> = error.problems.iter().map(|problem| problem.code).collect();
    for code in
        ["no-worker", "key-beside-writer", "unknown-stage", "no-room", "duplicate-stage", "conflict", "ring"]
    {
        assert!(codes.contains(&code), "{code}: {error}");
    }
    assert!(
        error.to_string().contains("choose a power of two from 1 to 1099511627776, such as 64"),
        "{error}"
    );
    assert!(error.to_string().contains("`a` stands in an order with `jurnal`"), "{error}");

    let empty = problems(Builder::single(16, i64::default));
    assert_eq!(empty[0].code, "empty-topology");
}

#[test]
fn a_ring_that_no_memory_holds_is_refused() {
    let mut builder = Builder::single(1 << 40, || [0_u8; 1 << 20]);
    builder.handle_events_with([Stage::new("a", |_: &[u8; 1 << 20], _: Sequence, _: bool| {})]);
    let found = builder.build().map(drop).expect_err("no such memory").problems;
    assert_eq!(found[0].code, "memory");
}

#[test]
fn what_cannot_be_placed_is_refused() {
    let nothing = |_: &i64, _: Sequence, _: bool| {};
    let mut builder = Builder::single(4, i64::default);
    builder.handle_events_with([Stage::new("a", nothing).batch(5)]);
    let error = builder.build().expect("it is right").spawn().map(drop).expect_err("it cannot be started");
    assert!(matches!(error, SpawnError::BatchLimit { stage: "a", batch: 5, ring: 4 }), "{error}");

    let mut builder = Builder::single(4, i64::default);
    builder.handle_events_with([Stage::pool("b", [nothing, nothing]).cores([0, 100_000])]);
    let error = builder.build().expect("it is right").spawn().map(drop).expect_err("it cannot be started");
    assert!(matches!(error, SpawnError::NoSuchCore { stage: "b", core: 100_000, .. }), "{error}");
}
