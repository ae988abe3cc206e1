//! Stages, and nothing that puts them in order.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: Vec<u8>,
    order: u64,
}

fn main() {
    let _empty = disruptor! {};
    let _unordered = disruptor! {
        event: Trade;
        decode(&raw, &mut order) = |raw, order| *order = raw.len() as u64;
        price(&order) = |order| drop(*order);
    };
}
