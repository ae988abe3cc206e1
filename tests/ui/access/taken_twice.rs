//! A list that takes something twice, and once to write it.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: Vec<u8>,
    order: u64,
}

fn main() {
    let _field = disruptor! {
        event: Trade;
        a(&mut order, &order) = |new, old| *new = *old + 1;
        < a >
    };
    let _whole = disruptor! {
        event: Trade;
        a(&*, &mut order) = |trade, order| *order = trade.order + 1;
        < a >
    };
}
