//! Nothing says what the events are.
use disruptor_pipeline::disruptor;

fn main() {
    let look = |_: &_, _: i64, _: bool| {};
    let _pipeline = disruptor! { < look > };
    let _closures = disruptor! {
        first = |_, _, _| {};
        second = |_, _, _| {};
        < first -> second >
    };
}
