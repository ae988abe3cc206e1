//! Translators whose parameters are not the event, the sequence and the arguments.
use disruptor_pipeline::{Sequence, disruptor};

fn fill(trade: &mut u64, _: Sequence, price: u64, quantity: u64) {
    *trade = price * quantity;
}

fn fills_another(trade: &mut i8, _: Sequence, price: i8) {
    *trade = price;
}

fn main() {
    let handle = |_: &u64, _: i64, _: bool| {};
    let (mut producer, _running) = disruptor! { < handle > }.spawn().unwrap();
    producer.publish_with(fill, (1,)).unwrap();
    producer.publish_with(fill, (1, "two")).unwrap();
    producer.publish_with(fills_another, (1,)).unwrap();
    producer.publish_batch_with(fill, [(1,), (2,)]).unwrap();
}
