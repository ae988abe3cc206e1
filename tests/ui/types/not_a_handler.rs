//! A value that handles nothing.
use disruptor_pipeline::disruptor;

fn first(_: &u64, _: i64, _: bool) {}

fn main() {
    let second = 5;
    let _pipeline = disruptor! { < first -> second > };
}
