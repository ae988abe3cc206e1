//! `r#order` is the field `order`.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        left(&mut order) = |order| *order += 1;
        right(&mut r#order) = |order| *order += 1;
        < (left, right) >
    };
}
