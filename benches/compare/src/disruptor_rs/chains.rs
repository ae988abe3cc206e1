//! One producer, several stages.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::time::Instant;

use disruptor::wait_strategies::WaitStrategy;
use disruptor::{Producer, build_single_producer};

use super::{adder, folder, publish};
use crate::numbers::sum_below;
use crate::shape::SMALL;
use crate::work::{
    Value, add, add_three, fizz_buzzes_below, is_buzz, is_fizz, kept, kept_below, second_operand,
};
use crate::{Outcome, checked};

#[derive(Default)]
struct Function {
    one: i64,
    two: i64,
    sum: AtomicI64,
    more: AtomicI64,
}

#[derive(Default)]
struct FizzBuzz {
    value: i64,
    fizz: AtomicBool,
    buzz: AtomicBool,
}

pub(super) fn pipeline<W: WaitStrategy + 'static>(events: i64, wait: W) -> Outcome {
    let (last, lasts) = channel();
    let keep = folder(0, last, |sum, event: &Function| sum.wrapping_add(kept(event.more.load(Relaxed))));
    let mut producer = build_single_producer(SMALL, Function::default, wait)
        .handle_events_with(|event: &Function, _, _| event.sum.store(add(event.one, event.two), Relaxed))
        .and_then()
        .handle_events_with(|event: &Function, _, _| {
            event.more.store(add_three(event.sum.load(Relaxed)), Relaxed);
        })
        .and_then()
        .handle_events_with(keep)
        .build();
    let begun = Instant::now();
    for value in 0..events {
        producer.publish(|event| {
            event.one = value;
            event.two = second_operand(value);
        });
    }
    drop(producer);
    let (sum, ended) = lasts.recv().expect("a last event");
    checked(sum, kept_below(events), begun, Some(ended))
}

pub(super) fn diamond<W: WaitStrategy + 'static>(events: i64, wait: W) -> Outcome {
    let (last, lasts) = channel();
    let count = folder(0, last, |count, event: &FizzBuzz| {
        count + i64::from(event.fizz.load(Relaxed) && event.buzz.load(Relaxed))
    });
    let mut producer = build_single_producer(SMALL, FizzBuzz::default, wait)
        .handle_events_with(|event: &FizzBuzz, _, _| event.fizz.store(is_fizz(event.value), Relaxed))
        .handle_events_with(|event: &FizzBuzz, _, _| event.buzz.store(is_buzz(event.value), Relaxed))
        .and_then()
        .handle_events_with(count)
        .build();
    let begun = Instant::now();
    for value in 0..events {
        producer.publish(|event| event.value = value);
    }
    drop(producer);
    let (count, ended) = lasts.recv().expect("a last event");
    checked(count, fizz_buzzes_below(events), begun, Some(ended))
}

pub(super) fn multicast<W: WaitStrategy + 'static>(events: i64, wait: W) -> Outcome {
    let (last, lasts) = channel();
    let subtract = folder(0, last.clone(), |result, event: &Value| result.wrapping_sub(event.value));
    let and = folder(-1, last.clone(), |result, event: &Value| result & event.value);
    let mut producer = build_single_producer(SMALL, Value::default, wait)
        .handle_events_with(adder(last))
        .handle_events_with(subtract)
        .handle_events_with(and)
        .build();
    let begun = Instant::now();
    publish::<1>(&mut producer, 0..events);
    drop(producer);
    let lasts: Vec<_> = (0..3).map(|_| lasts.recv().expect("a last event")).collect();
    let mut results: Vec<_> = lasts.iter().map(|(result, _)| *result).collect();
    results.sort_unstable();
    let ended = lasts.iter().map(|(_, ended)| *ended).max();
    checked(results, vec![-sum_below(events), 0, sum_below(events)], begun, ended)
}
