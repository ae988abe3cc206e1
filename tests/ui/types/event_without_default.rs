//! Nobody says how the slots are first filled.
use disruptor_pipeline::disruptor;

struct Trade;

fn main() {
    let look = |_: &Trade, _: i64, _: bool| {};
    let _pipeline = disruptor! { event: Trade; < look > };
    let _inferred = disruptor! { < look > };
}
