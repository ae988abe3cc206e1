//! A closure without a list asks for an event that it may change.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        work = |event: &mut Trade, _, _| event.order = 1;
        < work >
    };
}
