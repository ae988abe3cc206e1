//! Handlers without a list may not change events.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

fn main() {
    let _annotated = disruptor! {
        event: Trade;
        work = |event: &mut Trade, _, _| event.order = 1;
        < work >
    };
    let _inferred = disruptor! {
        event: Trade;
        work = |event, _, _| event.order = 1;
        < work >
    };
}
