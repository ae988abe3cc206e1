//! Peers' defect 1: a reference to a slot outlives its publication.
use disruptor_pipeline::disruptor;

fn main() {
    let handle = |_: &u64, _: i64, _: bool| {};
    let (mut producer, _running) = disruptor! { < handle > }.spawn().unwrap();
    let mut escaped = None;
    producer.publish(|event| escaped = Some(event)).unwrap();
    *escaped.unwrap() = 1;
}
