//! Two stages read a field at once that only one thread at a time may read.
use std::cell::Cell;

use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: Cell<u64>,
}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        risk(&order) = |order| order.set(1);
        price(&order) = |order| order.set(2);
        < (risk, price) >
    };
}
