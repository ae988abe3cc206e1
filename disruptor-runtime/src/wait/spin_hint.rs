//! Waiting that spins and tells the processor so.

use super::{Idle, Wait};
use crate::sync::{hint, thread};

/// Tells the processor before each further look that this is a spin loop ([`std::hint::spin_loop`]: `PAUSE`, `YIELD`).
///
/// Beside [`BusySpin`](super::BusySpin) it looks less often, by the 10 to 140 cycles that the hint takes, and in return leaves the core's units and
/// power to the hyper-thread beside it, and keeps the word's cache line less busy. For threads that have a core of their own;
/// where they have not, every 256th vain look in a row gives way to another thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpinHint;

const LOOKS_BEFORE_GIVING_WAY: u32 = 1 << 8;

impl Wait for SpinHint {
    const BLOCKS: bool = false;

    #[inline]
    fn idle(&mut self, looks: u32) -> Idle {
        if looks % LOOKS_BEFORE_GIVING_WAY == LOOKS_BEFORE_GIVING_WAY - 1 {
            thread::yield_now();
        } else {
            hint::spin_loop();
        }
        Idle::Look
    }
}
