//! What the contenders are held against: it is what the stages do, event by event, and what differs from it is noticed.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "of each of the modules that it shares with the program it looks at a part"
)]

#[path = "../src/arrays.rs"]
mod arrays;
#[path = "../../../examples/throughput/checked.rs"]
mod checked;
#[path = "../../../examples/throughput/numbers.rs"]
mod numbers;
#[path = "../../../examples/throughput/work.rs"]
mod work;

use std::time::{Duration, Instant};

use checked::checked;

/// One event after the other, on one thread.
#[test]
fn what_is_expected_is_what_the_stages_do() {
    for events in 1..200 {
        let all = 0..events;
        assert_eq!(numbers::sum_below(events), all.clone().sum::<i64>());
        let folded = (all.clone().sum(), -all.clone().sum::<i64>(), all.clone().fold(-1, |a, b| a & b));
        assert_eq!(work::folded_below(events), folded);
        let third = |value: i64| {
            let event = work::Function { one: value, two: work::second_operand(value), ..Default::default() };
            work::kept(work::add_three(work::add(event.one, event.two)))
        };
        assert_eq!(work::kept_below(events), all.clone().map(third).sum::<i64>());
        let both = |value: &i64| work::is_fizz(*value) && work::is_buzz(*value);
        assert_eq!(work::fizz_buzzes_below(events), all.clone().filter(both).count() as i64);
        let threes = all.clone().fold(0, |sum, value| arrays::add_all(sum, &arrays::three(value)));
        assert_eq!(arrays::three_sum(events), threes);
        let mut long = [0; arrays::LONGS];
        let longs = all.fold(0, |sum, value| {
            arrays::fill(&mut long, value);
            arrays::add_all(sum, &long)
        });
        assert_eq!(arrays::long_sum(events), longs);
        let shares: Vec<i64> = numbers::shares(events, work::PRODUCERS).flatten().collect();
        assert!(shares.into_iter().eq(0..events));
    }
}

#[test]
fn a_wrong_result_is_noticed() {
    let begun = Instant::now();
    let ended = begun + Duration::from_millis(3);
    assert_eq!(checked(5, 5, begun, Some(ended)), Ok(Duration::from_millis(3)));
    assert_eq!(checked(5, 6, begun, Some(ended)), Err("wrong result: 5 where 6 was expected".to_owned()));
    assert_eq!(checked(5, 5, begun, None), Err("the last event was not seen".to_owned()));
}

/// Every shape of every contender ends in a comparison with what is expected.
#[test]
fn every_shape_is_checked() {
    for (source, shapes) in [
        // Two of its four shapes are made of one macro.
        (include_str!("../src/own/single.rs"), 3),
        (include_str!("../src/own/arrays.rs"), 2),
        (include_str!("../../../examples/throughput/topologies.rs"), 5),
        // Its three shapes are made of one function.
        (include_str!("../src/limit/unicast.rs"), 1),
        (include_str!("../src/limit/chains.rs"), 3),
        (include_str!("../src/limit/multi.rs"), 1),
        (include_str!("../src/limit/rings.rs"), 1),
        (include_str!("../src/disruptor_rs/single.rs"), 5),
        (include_str!("../src/disruptor_rs/chains.rs"), 3),
        (include_str!("../src/disruptor_rs/multi.rs"), 2),
        (include_str!("../src/queues/shapes.rs"), 6),
    ] {
        let checks = source.lines().filter(|line| line.trim_start().starts_with("checked(")).count();
        assert_eq!(checks, shapes, "{}", &source[..80]);
        assert!(!source.contains("    Ok(begun"), "a time without a check: {}", &source[..80]);
    }
}
