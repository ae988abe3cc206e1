//! Peers' defect 1: a reference to a slot outlives its publication, which here is before the next one is written.
use disruptor_pipeline::disruptor;

fn main() {
    let handle = |_: &u64, _: i64, _: bool| {};
    let (mut producer, _running) = disruptor! { < handle > }.spawn().unwrap();
    let mut escaped = Vec::new();
    producer.publish_each(2, |event, _| escaped.push(event)).unwrap();
    *escaped[0] = 1;
}
