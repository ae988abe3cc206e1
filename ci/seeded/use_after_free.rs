//! A slot is read after its ring is gone: what AddressSanitizer must report, or it does not work here.

use std::hint::black_box;

fn main() {
    let ring = vec![1_u64; 8].into_boxed_slice();
    let slot = black_box(&raw const ring[3]);
    drop(black_box(ring));
    // SAFETY: none. The memory is gone.
    println!("{}", black_box(unsafe { slot.read() }));
}
