//! Waiting that gives way.

use std::hint;

use super::{Idle, Wait};
use crate::sync::thread;

/// Spins for a few looks, then gives way to other threads before each further one.
///
/// Close to [`BusySpin`](super::BusySpin) where cores are free, and still good where threads outnumber them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Yielding {
    spins: u32,
}

impl Yielding {
    /// A wait that spins for so many looks before it first gives way.
    #[must_use]
    pub const fn after(spins: u32) -> Self {
        Self { spins }
    }
}

impl Default for Yielding {
    /// 10 looks. LMAX's strategy of this name takes 100; where threads outnumber cores, that is time taken from whoever would
    /// have something to do.
    fn default() -> Self {
        Self::after(10)
    }
}

impl Wait for Yielding {
    const BLOCKS: bool = false;

    #[inline]
    fn idle(&mut self, looks: u32) -> Idle {
        if looks < self.spins {
            hint::spin_loop()
        } else {
            thread::yield_now()
        }
        Idle::Look
    }
}
