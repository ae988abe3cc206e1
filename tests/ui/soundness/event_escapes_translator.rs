//! Peers' defect 1, by a translator: a reference to a slot outlives its publication.
use disruptor_pipeline::disruptor;

fn main() {
    let handle = |_: &u64, _: i64, _: bool| {};
    let (mut producer, _running) = disruptor! { < handle > }.spawn().unwrap();
    let mut escaped = None;
    producer.publish_with(|event: &mut u64, _: i64| escaped = Some(event), ()).unwrap();
    *escaped.unwrap() = 1;
    let mut escaped = Vec::new();
    producer.publish_batch_with(|event: &mut u64, _: i64| escaped.push(event), [(), ()]).unwrap();
    *escaped[0] = 1;
}
