//! A listed stage is given a value that cannot be called.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

fn main() {
    let limit = 5;
    let _pipeline = disruptor! {
        event: Trade;
        risk(&order) = limit;
        < risk >
    };
}
