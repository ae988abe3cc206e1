//! Waiting that never leaves the core.

use std::hint;

use super::{Idle, Wait};
use crate::sync::thread;

/// Looks again at once: the lowest latency, at the price of a core.
///
/// For threads that have a core of their own. Where they have not, every 256th vain look in a row gives way to another
/// thread, so that more threads than cores are slow but do not stand still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BusySpin;

const LOOKS_BEFORE_GIVING_WAY: u32 = 1 << 8;

impl Wait for BusySpin {
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
