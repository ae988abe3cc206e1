//! Events that may not leave the thread that fills them.
use std::rc::Rc;

use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: Rc<u64>,
}

fn main() {
    let look = |trade: &Trade, _: i64, _: bool| drop(trade.order.clone());
    let (_producer, _running) = disruptor! { event: Trade; < look > }.spawn().unwrap();
    let _inferred = disruptor! { < look > };
    let _listed = disruptor! { event: Trade; order(&order) = |order| drop(order.clone()); < order > };
}
