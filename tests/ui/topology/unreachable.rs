//! A stage that stands in no chain would never run.
use disruptor_pipeline::disruptor;

fn a<E>(_: &E, _: i64, _: bool) {}

fn main() {
    let _pipeline = disruptor! { event: u64; spare = a; < a > };
}
