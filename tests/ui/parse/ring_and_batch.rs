//! Numbers that do not fit.
use disruptor_pipeline::disruptor;

fn a<E>(_: &E, _: i64, _: bool) {}

fn main() {
    let _ring = disruptor! { event: u64; ring: 1000; < a > };
    let _no_ring = disruptor! { event: u64; ring: 0; < a > };
    let _batch = disruptor! { event: u64; ring: 1 << 6; a { batch: 65 }; < a > };
    let _no_batch = disruptor! { event: u64; a { batch: 0 }; < a > };
}
