//! One stage writes what the other reads at the same time.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        risk(&order) = |order| drop(*order);
        enrich(&mut order) = |order| *order += 1;
        < (risk, enrich) >
    };
}
