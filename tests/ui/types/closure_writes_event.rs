//! Closures that change what their stage only reads.

use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        declared = |event: &mut Trade, _, _| event.order = 1;
        assigned = |event, _, _| event.order += 1;
        field(&order) = |order| *order = 1;
        whole(&*) = |event| event.order = 1;
        < declared -> assigned -> field -> whole >
    };
}
