//! Handlers that return something else than `()` or a `Result`.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

fn count(_: &Trade, _: i64, _: bool) -> u32 {
    3
}

fn price(order: &mut u64) -> u64 {
    *order
}

fn change(trade: &mut Trade) -> u64 {
    trade.order
}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        closure = |trade: &Trade, _, _| trade.order;
        price(&mut order);
        change(&mut *);
        listed(&order) = |order| *order + 1;
        < count -> closure -> price -> change -> listed >
    };
}
