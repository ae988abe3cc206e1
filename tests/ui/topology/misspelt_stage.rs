//! A stage whose clause and whose place are spelt differently: nothing follows from it.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: Vec<u8>,
    order: u64,
}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        journal(&raw) = |raw| drop(raw.len());
        unmarshall(&raw, &mut order) = |raw, order| *order = raw.len() as u64;
        < journal -> unmarshal >
    };
}
