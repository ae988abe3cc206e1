//! A function with fewer parameters than its list.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

fn check(_: &u64) {}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        risk(&order, sequence) = check;
        < risk >
    };
}
