//! The producer of one pipeline stands in for that of another of the same shape.
use disruptor_pipeline::disruptor;

fn main() {
    let handle = |_: &u64, _: i64, _: bool| {};
    let (mut first, _one) = disruptor! { ring: 8; < handle > }.spawn().unwrap();
    let (second, _two) = disruptor! { ring: 16; < handle > }.spawn().unwrap();
    first = second;
    first.publish(|event| *event = 1).unwrap();
}
