//! Waiting that sleeps.

use std::time::Duration;

use super::{Idle, Wait};
use crate::sync::{hint, thread};

/// Spins, then gives way, then sleeps between looks: hardly any load while idle, and those who publish pay nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sleeping {
    pause: Duration,
}

const SPINS: u32 = 100;
const YIELDS: u32 = 100;

impl Sleeping {
    /// A wait whose pauses take at least `pause`; what the kernel's timer adds comes on top (50 µs and more on Linux). An end
    /// from outside may take four of them to be seen.
    #[must_use]
    pub const fn with_pause(pause: Duration) -> Self {
        Self { pause }
    }
}

impl Default for Sleeping {
    /// Pauses of 50 µs.
    fn default() -> Self {
        Self::with_pause(Duration::from_micros(50))
    }
}

impl Wait for Sleeping {
    const BLOCKS: bool = false;

    #[inline]
    fn idle(&mut self, looks: u32) -> Idle {
        if looks < SPINS {
            hint::spin_loop();
        } else if looks < SPINS + YIELDS {
            thread::yield_now();
        } else {
            thread::sleep(self.pause);
        }
        Idle::Look
    }
}
