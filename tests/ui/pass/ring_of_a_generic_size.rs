//! A ring's size is a constant, an expression of constants, or a parameter of the function around it.
use disruptor_pipeline::disruptor;

const BITS: usize = 4;

fn sized<const SLOTS: usize>() -> usize {
    let pipeline = disruptor! { event: u64; ring: SLOTS; look = |_, _, _| {}; < look > };
    pipeline.topology().ring
}

fn main() {
    assert_eq!((sized::<1>(), sized::<64>()), (1, 64));
    let pipeline = disruptor! { event: u64; ring: 1 << BITS; look = |_, _, _| {}; < look > };
    assert_eq!(pipeline.topology().ring, 16);
}
