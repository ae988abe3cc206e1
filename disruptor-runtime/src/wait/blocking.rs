//! Waiting that parks.

use super::{Idle, Wait};
use crate::sync::hint;

/// Spins for a few looks, then parks until whoever it waits on sends a wake-up.
///
/// No load while idle, and stages behind stages park just so. Those whom it waits on pay a fence for each publication, and a
/// system call where somebody is parked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocking {
    spins: u32,
}

impl Blocking {
    /// A wait that spins for so many looks before it parks.
    #[must_use]
    pub const fn after(spins: u32) -> Self {
        Self { spins }
    }
}

impl Default for Blocking {
    /// 100 looks.
    fn default() -> Self {
        Self::after(100)
    }
}

impl Wait for Blocking {
    const BLOCKS: bool = true;

    #[inline]
    fn idle(&mut self, looks: u32) -> Idle {
        if looks < self.spins {
            hint::spin_loop();
            Idle::Look
        } else {
            Idle::Park(None)
        }
    }
}
