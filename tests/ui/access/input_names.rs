//! What stands in `input` are fields, each once.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: Vec<u8>,
    order: u64,
}

fn main() {
    let _names = disruptor! {
        event: Trade;
        input: raw, &order, raw;
        decode(&raw) = |raw| drop(raw.len());
        < decode >
    };
    let _unknown = disruptor! {
        event: Trade;
        input: raw, colour;
        decode(&raw) = |raw| drop(raw.len());
        < decode >
    };
}
