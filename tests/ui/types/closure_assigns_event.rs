//! A closure without a list assigns to the event.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        work = |event, _, _| event.order = 1;
        < work >
    };
}
