//! A stage without an argument list reads the whole event.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

fn journal(_: &Trade, _: i64, _: bool) {}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        enrich(&mut order) = |order| *order += 1;
        < (journal, enrich) >
    };
}
