//! Waiting in phases.

use super::{Idle, Sleeping, Wait};
use crate::sync::{hint, thread};

/// Spins, then gives way, then waits as its last phase does: the default of a pipeline, with [`Sleeping`] at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhasedBackoff<Last = Sleeping> {
    spins: u32,
    yields: u32,
    last: Last,
}

impl<Last> PhasedBackoff<Last> {
    /// A backoff that ends in `last`.
    #[must_use]
    pub const fn before(last: Last) -> Self {
        Self { spins: 100, yields: 200, last }
    }

    /// The same with other lengths of the first two phases, in looks.
    #[must_use]
    pub fn phases(self, spins: u32, yields: u32) -> Self {
        Self { spins, yields, ..self }
    }
}

impl Default for PhasedBackoff {
    /// 100 looks spinning, 200 giving way, then [`Sleeping`]'s pauses.
    fn default() -> Self {
        Self::before(Sleeping::default())
    }
}

impl<Last: Wait> Wait for PhasedBackoff<Last> {
    const BLOCKS: bool = Last::BLOCKS;
    const LITE: bool = Last::LITE;

    fn gathers(&self) -> bool {
        self.last.gathers()
    }

    #[inline]
    fn idle(&mut self, looks: u32) -> Idle {
        if looks < self.spins {
            hint::spin_loop();
            Idle::Look
        } else if looks < self.spins.saturating_add(self.yields) {
            thread::yield_now();
            Idle::Look
        } else {
            // Its own first looks would only repeat the phases before.
            self.last.idle(looks)
        }
    }
}
