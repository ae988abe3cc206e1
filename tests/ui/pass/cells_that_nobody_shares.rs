//! Events and fields that are not `Sync`, where no two stages touch the same at once.
use std::cell::Cell;

use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: Cell<u64>,
    quote: Cell<u64>,
}

fn main() {
    let first = |trade: &Trade, _: i64, _: bool| trade.order.set(trade.order.get() + 1);
    let linear = disruptor! { second = |trade: &Trade, _, _| assert_eq!(trade.order.get(), 2); < first -> second > };
    linear.run(|producer| producer.publish(|trade| trade.order.set(1))).unwrap().0.unwrap();

    let apart = disruptor! {
        event: Trade;
        risk(&order) = |order| order.set(1);
        price(&mut quote) = |quote| quote.set(2);
        end(&*) = |trade| assert_eq!((trade.order.get(), trade.quote.get()), (1, 2));
        < (risk, price) -> end >
    };
    apart.run(|producer| producer.publish(|_| {})).unwrap().0.unwrap();
}
