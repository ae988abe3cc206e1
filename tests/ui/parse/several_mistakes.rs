//! Several mistakes in one declaration are several errors, and nothing follows from them.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        rign: 1024;
        risk(order) = |order| drop(*order);
        price(&order) { btach: 10 } = |order| drop(*order);
        < risk => price >
    };
}
