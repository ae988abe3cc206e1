//! One stage reads the whole event, another at the same time a field of it that is not `Sync`.
use std::cell::Cell;

use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: Cell<u64>,
}

fn main() {
    let look = |trade: &Trade, _: i64, _: bool| drop(trade.order.get());
    let _pipeline = disruptor! {
        event: Trade;
        risk(&order) = |order| order.set(1);
        < (look, risk) >
    };
}
