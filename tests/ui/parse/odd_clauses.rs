//! What is easily written otherwise.

use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

fn my_wait() -> disruptor_pipeline::wait::BusySpin {
    disruptor_pipeline::wait::BusySpin
}

fn main() {
    let _swallowed = disruptor! { ring: 64 work(sequence) = |_| (); < work > };
    let _twice = disruptor! { producers: single; producers: multi; event: u64; work(sequence) = |_| {}; < work > };
    let _arrow = disruptor! { event: u64; a(sequence) = |_| {}; b(sequence) = |_| {}; < a <- b > };
    let _policy = disruptor! { event: u64; a(sequence) { on_error: |a, b| 5 } = |_| {}; < a > };
    let _both = disruptor! { event: Trade; a(&order, &mut order) = |_, _| {}; < a > };
    let _keyword = disruptor! { event: u64; type(sequence) = |_| {}; < type > };
}

disruptor! {
    struct Orders;
    event: Trade;
    wait: my_wait();
    journal(&order);
    < journal >
}
