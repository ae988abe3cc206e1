//! Two stages read events at once that only one thread at a time may read.
use std::cell::Cell;

use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: Cell<u64>,
}

fn main() {
    let (first, second) = (|trade: &Trade, _: i64, _: bool| trade.order.set(1), |_: &Trade, _: i64, _: bool| {});
    let _pipeline = disruptor! { < (first, second) > };
    let _listed = disruptor! {
        event: Trade;
        left(&*) = |trade| trade.order.set(1);
        right(&*) = |trade| trade.order.set(2);
        < (left, right) >
    };
}
