//! Stages that wait on each other in a circle.
use disruptor_pipeline::disruptor;

fn a(_: &u64, _: i64, _: bool) {}
fn b(_: &u64, _: i64, _: bool) {}
fn c(_: &u64, _: i64, _: bool) {}

fn main() {
    let _pipeline = disruptor! { < a -> b -> c -> a > };
}
