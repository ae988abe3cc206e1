//! Options that there are not, are there twice, or are written otherwise.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: Vec<u8>,
    order: u64,
}

fn main() {
    let _unknown = disruptor! {
        event: Trade;
        decode(&raw) { btach: 4, colour: 5 } = |raw| drop(raw.len());
        < decode >
    };
    let _twice = disruptor! {
        event: Trade;
        decode(&raw) { core: 0, core: 1 } = |raw| drop(raw.len());
        < decode >
    };
    let _form = disruptor! {
        event: Trade;
        decode(&raw) { batch: 4; wait: Yielding } = |raw| drop(raw.len());
        price(&order) { batch = 4, wait:, 5 } = |order| drop(*order);
        < decode -> price >
    };
}
