//! Peers' defect 1: an iterator over slots outlives its publication.
use disruptor_pipeline::disruptor;

fn main() {
    let handle = |_: &u64, _: i64, _: bool| {};
    let (mut producer, _running) = disruptor! { < handle > }.spawn().unwrap();
    let mut escaped = Vec::new();
    producer.publish_batch(2, |batch| escaped.extend(batch)).unwrap();
    *escaped[0] = 1;
}
