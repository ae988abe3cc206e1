// The list of a poller says the very type of the field, and what two threads read is `Sync`.
use std::cell::Cell;

use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    boxed: Box<u64>,
    cell: Cell<u64>,
}

disruptor! {
    struct Orders;
    event: Trade;
    audit(&boxed: u64) { poll: end };
    < audit >
}

fn main() {
    let _ = disruptor! { event: Trade; audit(&boxed: u64) { poll: end }; < audit > };
    let _ = disruptor! { event: Trade; audit(&cell) { poll: end }; work(&cell) = |_| (); < (audit, work) > };
    let _ = disruptor! { event: Trade; audit { poll: end }; work(&boxed) = |_| (); < (audit, work) > };
}
