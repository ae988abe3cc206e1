//! Waiting that never leaves the core.

use super::{Idle, Wait};
use crate::sync::thread;

/// Looks again at once, with nothing between two looks: the lowest latency, at the price of a core and of what it shares with a hyper-thread
/// ([`SpinHint`](super::SpinHint) is kinder to that).
///
/// For threads that have a core of their own. Where they have not, every 1024th vain look in a row gives way to another
/// thread, so that more threads than cores are slow but do not stand still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BusySpin;

/// A look without a hint takes some nanoseconds: in all about as long as the 256 of `SpinHint`, and far above what giving way in vain
/// takes.
const LOOKS_BEFORE_GIVING_WAY: u32 = 1 << 10;

impl Wait for BusySpin {
    const BLOCKS: bool = false;

    #[inline]
    fn idle(&mut self, looks: u32) -> Idle {
        if looks % LOOKS_BEFORE_GIVING_WAY == LOOKS_BEFORE_GIVING_WAY - 1 {
            thread::yield_now();
        }
        Idle::Look
    }
}
