//! A producer has one claim at a time, and does not publish beside it: both would have the same slots.
use disruptor_pipeline::disruptor;

fn main() {
    let handle = |_: &u64, _: i64, _: bool| {};
    let (mut producer, _running) = disruptor! { < handle > }.spawn().unwrap();

    let first = producer.claim(1).unwrap();
    let second = producer.claim(1).unwrap();
    first.publish();
    second.publish();

    let claim = producer.claim(1).unwrap();
    producer.publish(|event| *event = 1).unwrap();
    claim.publish();

    let claim = producer.claim(1).unwrap();
    drop(producer);
    claim.publish();
}
