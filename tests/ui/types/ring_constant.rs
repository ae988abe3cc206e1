//! A ring whose size is a constant that is no power of two.
use disruptor_pipeline::disruptor;

const SLOTS: usize = 1000;

fn main() {
    let handle = |_: &u64, _: i64, _: bool| {};
    let _pipeline = disruptor! { ring: SLOTS; < handle > };
}
