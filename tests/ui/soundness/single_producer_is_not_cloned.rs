//! Two handles of a single producer would publish over each other.
use disruptor_pipeline::disruptor;

fn main() {
    let handle = |_: &u64, _: i64, _: bool| {};
    let (producer, _running) = disruptor! { < handle > }.spawn().unwrap();
    let _second = producer.clone();
}
