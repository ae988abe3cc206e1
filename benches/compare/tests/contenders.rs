//! Every contender in every shape, with few events: each checks its own result.

use std::process::{Command, Output};

use compare::{CONTENDERS, Shape};

const EVENTS: i64 = 3_001;

fn contender(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_contender")).args(arguments).output().expect("it starts")
}

fn latency(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_latency")).args(arguments).output().expect("it starts")
}

fn last_line(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout.clone()).expect("text");
    text.lines().last().expect("a line").to_owned()
}

/// A pinned shape, on a machine that has one.
fn needs_two_processors(outcome: &Result<std::time::Duration, String>) -> bool {
    outcome.as_ref().is_err_and(|error| error.contains("two processors are needed"))
}

/// One event, and a number that is no multiple of the batch.
#[test]
fn every_contender_does_every_shape() {
    for contender in CONTENDERS {
        for &shape in contender.shapes {
            for &wait in contender.waits {
                for events in if shape == Shape::LongArray { [1, 1_030] } else { [1, EVENTS] } {
                    let outcome = compare::run(contender.name, shape, events, Some(wait));
                    if needs_two_processors(&outcome) {
                        continue;
                    }
                    assert!(outcome.is_ok(), "{} {shape} {events} {wait}: {outcome:?}", contender.name);
                }
            }
        }
    }
}

/// More than the large rings hold, so that producers wait and slots are used again.
#[test]
fn rings_are_reused() {
    for contender in CONTENDERS {
        for &shape in contender.shapes.iter().filter(|shape| **shape != Shape::LongArray) {
            let outcome = compare::run(contender.name, shape, (1 << 16) + 7, None);
            if needs_two_processors(&outcome) {
                continue;
            }
            assert!(outcome.is_ok(), "{} {shape}: {outcome:?}", contender.name);
        }
    }
}

#[test]
fn every_contender_measures_latencies() {
    for contender in CONTENDERS {
        let there_and_back = compare::ping_pong(contender.name, 200, None).expect(contender.name);
        // The correction adds those that others have held up.
        assert!(there_and_back.count() >= 200, "{}", contender.name);
        let load = compare::load(contender.name, 20_000, 1, None).expect(contender.name);
        assert_eq!(load.count(), 20_000, "{}", contender.name);
        for latencies in [there_and_back, load] {
            let quantiles = [0.5, 0.9, 0.99, 0.999, 0.9999].map(|part| latencies.quantile(part));
            assert!(quantiles.is_sorted() && quantiles[0] > 0, "{}: {quantiles:?}", contender.name);
        }
    }
}

#[test]
fn the_last_line_is_the_figure() {
    let line = last_line(&contender(&["limit", "unicast", "3_001"]));
    assert!(line.parse::<f64>().is_ok_and(|figure| figure > 0.0), "{line}");
    let line = last_line(&latency(&["limit", "ping-pong", "100"]));
    assert!(
        line.starts_with("{\"contender\":\"limit\",\"kind\":\"ping-pong\",\"rate\":0,\"events\":"),
        "{line}"
    );
    let line = last_line(&latency(&["rtrb", "load", "1000", "1", "SpinHint"]));
    let begins = "{\"contender\":\"rtrb\",\"kind\":\"load\",\"rate\":1000,\"events\":1000,\"p50\":";
    assert!(line.starts_with(begins) && line.ends_with('}'), "{line}");
    for key in ["p50", "p90", "p99", "p999", "p9999", "max"] {
        assert_eq!(line.matches(&format!("\"{key}\":")).count(), 1, "{line}");
    }
}

#[test]
fn the_lists_are_what_there_is() {
    let output = contender(&["--list"]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(
        text.lines().count(),
        CONTENDERS.iter().map(|contender| contender.shapes.len()).sum::<usize>()
    );
    assert!(text.lines().any(|line| line == "disruptor! sequencer-batch"), "{text}");
    let output = latency(&["--list"]);
    assert_eq!(String::from_utf8(output.stdout).expect("text").lines().count(), 2 * CONTENDERS.len());
}

#[test]
fn wrong_arguments_are_named() {
    for (arguments, says, code) in [
        (&["limit", "unicast"][..], "three or four arguments", 2),
        (&["limit", "unicats", "1"], "no shape `unicats`", 2),
        (&["limit", "unicast", "many"], "`many` is no number", 2),
        (&["limit", "unicast", "1", "Dozing"], "no wait `Dozing`", 2),
        (&["limit", "unicast", "0"], "from 1 to", 1),
        (&["nobody", "unicast", "1"], "no contender `nobody`", 1),
        (&["crossbeam", "raw", "1"], "has no shape `raw`", 1),
        (&["disruptor-rs", "unicast", "1", "SpinHint"], "has no wait `SpinHint`", 1),
    ] {
        let output = contender(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(says), "{arguments:?}: {said}");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
    for (arguments, says) in [
        (&["limit"][..], "a contender and a kind"),
        (&["limit", "load", "1000"], "takes 2 numbers"),
        (&["limit", "echo", "1"], "no kind `echo`"),
        (&["limit", "ping-pong", "x"], "no whole number"),
    ] {
        let output = latency(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(says), "{arguments:?}: {said}");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
