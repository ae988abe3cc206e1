//! A function that takes something else than the listed field.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

fn takes_a_string(_: &String) {}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        risk(&order) = takes_a_string;
        < risk >
    };
}
