//! Two stages that write a field at the same time.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: Vec<u8>,
    order: u64,
}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        risk(&raw, &mut order) = |raw, order| *order = raw.len() as u64;
        price(&mut order) = |order| *order += 1;
        < (risk, price) >
    };
}
