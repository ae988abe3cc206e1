//! Rings whose size is a constant that is no power of two.
use disruptor_pipeline::disruptor;

const SLOTS: usize = 1000;

fn main() {
    let handle = |_: &u64, _: i64, _: bool| {};
    let _word = disruptor! { ring: SLOTS; < handle > };
    let _expression = disruptor! { ring: SLOTS * 2; < handle > };
}
