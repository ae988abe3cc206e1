//! Waiting that gives way.

use super::{Idle, Wait};
use crate::sync::{hint, thread};

/// Gives way to other threads before each further look, if wanted after a few looks of spinning.
///
/// Good where threads outnumber cores, and for throughput: while a stage gives way, events gather for its next batch, and
/// whoever writes the word that it waits on keeps the word's cache line.
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
    /// No spinning. LMAX's strategy of this name spins for 100 looks first; of 0, 3, 10, 30 and 100 that was the slowest for
    /// three stages in a row on two cores, and 0 the fastest.
    fn default() -> Self {
        Self::after(0)
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
