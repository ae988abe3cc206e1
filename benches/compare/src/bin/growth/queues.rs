//! Bounded channels of crossbeam: one on each arrow of the graph. They wait as they always do, by spinning, giving way, and parking.

use std::thread;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::numbers::{shares, sum_below};
use super::work::{Adder, Outcome, checked};
use super::{LARGE, SMALL};

pub(super) const DIMENSIONS: [&str; 5] = ["ring", "chain", "fan-out", "diamond", "producers"];

pub(super) fn run(dimension: &str, value: u64, events: i64) -> Option<Outcome> {
    let few = (1..=16).contains(&value);
    match dimension {
        "ring" if value <= 1 << 20 => Some(chain(events, 1, value as usize)),
        "chain" if few => Some(chain(events, value, SMALL)),
        "fan-out" if few => Some(fan_out(events, value, false)),
        "diamond" if few => Some(fan_out(events, value, true)),
        "producers" if few => Some(producers(events, value)),
        _ => None,
    }
}

/// Adds up what comes, and hands it on to the next, if there is one.
fn stage(events: i64, input: &Receiver<i64>, output: Option<&Sender<i64>>) -> Adder {
    let mut adder = Adder::new(events);
    for value in input {
        adder.add(value);
        if let Some(output) = output {
            output.send(value).expect("the next stage lives");
        }
    }
    adder
}

fn chain(events: i64, stages: u64, slots: usize) -> Outcome {
    thread::scope(|scope| {
        let (first, mut input) = bounded(slots);
        let mut all = Vec::new();
        for place in 1..=stages {
            let (output, next) = bounded(slots);
            let from = std::mem::replace(&mut input, next);
            let output = (place < stages).then_some(output);
            all.push(scope.spawn(move || stage(events, &from, output.as_ref())));
        }
        let begun = Instant::now();
        (0..events).for_each(|value| first.send(value).expect("the stage lives"));
        drop(first);
        let all: Vec<Adder> = all.into_iter().map(|stage| stage.join().expect("it does not panic")).collect();
        checked(&all, sum_below(events), begun)
    })
}

/// `joined`: one stage more that takes every event from each of the others.
fn fan_out(events: i64, stages: u64, joined: bool) -> Outcome {
    thread::scope(|scope| {
        let (mut first, mut last, mut all) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..stages {
            let (sender, input) = bounded(SMALL);
            let (output, next) = bounded(SMALL);
            first.push(sender);
            last.push(next);
            all.push(scope.spawn(move || stage(events, &input, joined.then_some(&output))));
        }
        if joined {
            all.push(scope.spawn(move || {
                let mut adder = Adder::new(events);
                for value in &last[0] {
                    for other in &last[1..] {
                        assert_eq!(other.recv().expect("the stage lives"), value, "they come in order");
                    }
                    adder.add(value);
                }
                adder
            }));
        }
        let begun = Instant::now();
        for value in 0..events {
            first.iter().for_each(|first| first.send(value).expect("the stage lives"));
        }
        drop(first);
        let all: Vec<Adder> = all.into_iter().map(|stage| stage.join().expect("it does not panic")).collect();
        checked(&all, sum_below(events), begun)
    })
}

fn producers(events: i64, count: u64) -> Outcome {
    thread::scope(|scope| {
        let (sender, input) = bounded(LARGE);
        let adder = scope.spawn(move || stage(events, &input, None));
        let begun = Instant::now();
        for mut share in shares(events, count as i64) {
            let sender = sender.clone();
            scope.spawn(move || share.try_for_each(|value| sender.send(value)).expect("the stage lives"));
        }
        drop(sender);
        checked(&[adder.join().expect("it does not panic")], sum_below(events), begun)
    })
}
