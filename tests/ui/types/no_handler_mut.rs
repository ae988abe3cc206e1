//! A value that cannot change events.
use disruptor_pipeline::disruptor;

fn look(_: &u64, _: i64, _: bool) {}

fn main() {
    let _pipeline = disruptor! {
        event: u64;
        change(&mut *) = look;
        < change >
    };
}
