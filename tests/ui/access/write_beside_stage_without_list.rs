//! A stage without a list reads the whole event.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: Vec<u8>,
    order: u64,
}

fn audit<E>(_: &E, _: i64, _: bool) {}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        decode(&raw, &mut order) = |raw, order| *order = raw.len() as u64;
        < (decode, audit) >
    };
}
