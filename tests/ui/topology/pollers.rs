// What a polled stage cannot have, and what its poller cannot see.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
    score: u64,
}

fn main() {
    let _ = disruptor! { event: Trade; audit { poll: relase }; < audit > };
    let _ = disruptor! { event: Trade; audit(&order) { poll: release } = |order| drop(order); < audit > };
    let _ = disruptor! { event: Trade; audit { poll: end, core: 2, batch: 4, on_error: skip }; < audit > };
    let _ = disruptor! { event: Trade; audit { poll: end }; < [audit; 2] > };
    let _ = disruptor! { event: Trade; audit { poll: end }; work(&order) = |_| (); < work + audit > };
    let _ = disruptor! { event: Trade; audit(&mut order) { poll: end }; < audit > };
    let _ = disruptor! { event: Trade; audit(&order, sequence) { poll: end }; < audit > };
    let _ = disruptor! { event: Trade; audit(&score) { poll: end }; work(&mut score) = |_| (); < (audit, work) > };
}

disruptor! {
    struct Orders;
    event: Trade;
    audit(&order) { poll: end };
    < audit >
}
