//! A handler that never returns is one.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

fn never(_: &Trade, _: i64, _: bool) -> ! {
    panic!("never called")
}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        closure = |_, _, _| todo!();
        listed(&mut order) = |_| todo!();
        hooks(&order) { start: |_| panic!("never called"), stop: |_| todo!() } = |_| ();
        < never -> closure -> listed -> hooks >
    };
}
