//! The program `growth`: every contender along every dimension, and a wrong result is noticed.

#[path = "../../../examples/throughput/numbers.rs"]
mod numbers;
mod ran;
#[path = "../src/bin/growth/work.rs"]
mod work;

use std::time::Instant;

use numbers::{shares, sum_below};
use ran::ran;
use work::{Adder, checked};

fn growth(arguments: &[&str]) -> (Option<i32>, String, String) {
    ran(env!("CARGO_BIN_EXE_growth"), arguments)
}

#[test]
fn every_contender_does_every_dimension_right() {
    let (_, list, _) = growth(&["--list"]);
    let mut measured = 0;
    for (contender, dimension) in list.lines().filter_map(|line| line.split_once(' ')) {
        let values: &[&str] = match dimension {
            "ring" => &["16", "1048576"],
            "event" => &["8", "1024"],
            "batch" => &["1", "7", "1024"],
            "diamond" => &["2", "6"],
            _ => &["1", "3", "7"],
        };
        for value in values {
            let (code, printed, said) = growth(&[dimension, value, "1000", contender]);
            assert_eq!(code, Some(0), "{contender} {dimension} {value}: {said}");
            let rate: f64 = printed.lines().last().and_then(|line| line.parse().ok()).expect("a figure");
            assert!(rate > 0.0, "{contender} {dimension} {value}: {printed}");
            measured += 1;
        }
    }
    assert!(measured > 40, "{measured}");
}

#[test]
fn mistakes_are_told_of() {
    for (arguments, named) in [
        (&["speed", "1", "1000"][..], "speed"),
        (&["chain", "5", "1000"], "5"),
        (&["ring", "17", "1000"], "17"),
        (&["chain", "1", "none"], "none"),
        (&["chain", "1", "1000", "nobody"], "nobody"),
        (&["chain"], "three or four"),
    ] {
        let (code, _, said) = growth(arguments);
        assert!(code == Some(2) && said.contains(named), "{arguments:?}: {code:?} {said}");
    }
}

#[test]
fn a_wrong_sum_is_noticed() {
    let begun = Instant::now();
    let mut adder = Adder::new(2);
    adder.add(3);
    assert!(checked(&[adder], 3, begun).is_err(), "an event is missing");
    let mut adder = Adder::new(2);
    adder.add(3);
    adder.add(4);
    assert_eq!(adder.sum, 7);
    assert!(checked(std::slice::from_ref(&adder), 6, begun).is_err());
    assert!(checked(&[adder], 7, begun).is_ok());
    assert_eq!(sum_below(4), 6);
}

#[test]
fn shares_are_all_of_it() {
    let all: Vec<i64> = shares(10, 3).flatten().collect();
    assert_eq!(all, (0..10).collect::<Vec<_>>());
}
