//! Waiting that parks, and pays for it alone.

use super::{Idle, Wait};
use crate::sync::hint;

/// Spins for a few looks, then parks, as [`Blocking`](super::Blocking) does; but whoever parks pays for the order between its
/// last look and the next publication, and those who publish do not.
///
/// With `Blocking` each publication takes a fence, some ten nanoseconds, whether or not anybody is parked. Here it takes the load
/// of a word that hardly ever changes, and each parking takes a system call more (`membarrier`, Linux), which also interrupts every core
/// that runs a thread of this process for about a microsecond. So: for streams that flow most of the time and pause now and then. For one
/// that parks between any two events `Blocking` is the better choice, as it is beside cores that must not be interrupted. No wake-up is
/// lost. Where the system has no `membarrier`, this is `Blocking`; where the process enters a sandbox that refuses it, after the first
/// parking, it looks every millisecond, too.
///
/// What LMAX's strategy of this name leaves out, the lock where nobody is parked, `Blocking` leaves out as well; and in both,
/// those who were already called are not called again while they wake up.
///
/// Wake-ups are cheaper only where all who wait on a stage, or on the producers, and block, wait so: beside one that waits with
/// `Blocking` the fence is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiteBlocking {
    spins: u32,
}

impl LiteBlocking {
    /// A wait that spins for so many looks before it parks.
    #[must_use]
    pub const fn after(spins: u32) -> Self {
        Self { spins }
    }
}

impl Default for LiteBlocking {
    /// 100 looks.
    fn default() -> Self {
        Self::after(100)
    }
}

impl Wait for LiteBlocking {
    const BLOCKS: bool = true;
    const LITE: bool = true;

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
