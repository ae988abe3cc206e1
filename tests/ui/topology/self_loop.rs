//! A stage that waits on itself.
use disruptor_pipeline::disruptor;

fn a<E>(_: &E, _: i64, _: bool) {}

fn main() {
    let _pipeline = disruptor! { event: u64; < a -> a > };
}
