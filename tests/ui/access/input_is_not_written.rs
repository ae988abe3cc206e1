//! With `input`, a field is read only behind a stage that writes it.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: Vec<u8>,
    order: u64,
}

fn main() {
    let _never = disruptor! {
        event: Trade;
        input: raw;
        risk(&raw, &order) = |raw, order| drop(raw.len() as u64 + *order);
        < risk >
    };
    let _later = disruptor! {
        event: Trade;
        input: raw;
        risk(&order) = |order| drop(*order);
        decode(&raw, &mut order) = |raw, order| *order = raw.len() as u64;
        < risk -> decode >
    };
    let _misspelt = disruptor! {
        event: Trade;
        input: rwa;
        decode(&raw, &mut order) = |raw, order| *order = raw.len() as u64;
        < decode >
    };
}
