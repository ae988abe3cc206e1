//! What a stage or a producer does while there is nothing for it to do.
//!
//! | strategy | burns a core while idle | wakes after | costs those who publish |
//! |---|---|---|---|
//! | [`BusySpin`] | yes | a cache miss | nothing |
//! | [`Yielding`] | yes, but gives way | a cache miss, or a turn of the scheduler | nothing |
//! | [`Sleeping`] | no | up to its pause | nothing |
//! | [`Blocking`] | no | a wake-up by the kernel | a fence a publication |
//! | [`PhasedBackoff`] | no, after a while | what its phase says | what its last phase says |

mod blocking;
mod blocks;
mod busy_spin;
#[doc(hidden)]
pub mod names;
mod phased_backoff;
mod sleeping;
mod yielding;

use std::time::Duration;

pub use blocking::Blocking;
pub use blocks::Blocks;
pub use busy_spin::BusySpin;
pub use phased_backoff::PhasedBackoff;
pub use sleeping::Sleeping;
pub use yielding::Yielding;

/// What follows when there was nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// Look again.
    Look,
    /// Park until a wake-up comes, or until the time has passed if one is given; then look again.
    ///
    /// Only where [`Wait::BLOCKS`] says so are wake-ups sent: elsewhere this is a short sleep.
    Park(Option<Duration>),
}

/// How to wait.
///
/// A wait need not care about stopping: between two calls the loop looks at the words that also carry ends, failures and
/// halts. It must only return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no way to wait",
    label = "no wait",
    note = "write `BusySpin`, `Yielding`, `Sleeping`, `Blocking` or `PhasedBackoff`, or a value whose type implements `Wait`"
)]
pub trait Wait: Send + 'static {
    /// True if [`idle`](Self::idle) may answer [`Idle::Park`]: whoever publishes to this waiter then sends wake-ups.
    const BLOCKS: bool;

    /// Called each time a look found nothing; `looks` counts them from 0 and starts anew after each success.
    fn idle(&mut self, looks: u32) -> Idle;
}

/// Whether a wait, or any in a pair of pairs of waits, blocks, as a constant.
#[doc(hidden)]
pub trait Waiters: 'static {
    const BLOCK: bool;
}

impl<W: Wait> Waiters for W {
    const BLOCK: bool = W::BLOCKS;
}

/// Nobody waits.
impl Waiters for () {
    const BLOCK: bool = false;
}

impl<A: Waiters, B: Waiters> Waiters for (A, B) {
    const BLOCK: bool = A::BLOCK || B::BLOCK;
}

/// How long one who was told to park without having declared it sleeps.
pub(crate) const UNDECLARED_PARK: Duration = Duration::from_micros(50);

#[cfg(test)]
mod tests {
    use super::*;

    /// What a wait answers at each of its first looks, with runs of equal answers folded.
    fn answers<W: Wait>(mut wait: W, looks: u32) -> Vec<Idle> {
        let mut all: Vec<_> = (0..looks).map(|look| wait.idle(look)).collect();
        all.dedup();
        all
    }

    #[test]
    fn only_blocking_waits_park() {
        assert_eq!(answers(BusySpin, 300_000), [Idle::Look]);
        assert_eq!(answers(Yielding::default(), 1_000), [Idle::Look]);
        assert_eq!(answers(Sleeping::default(), 250), [Idle::Look]);
        assert_eq!(answers(PhasedBackoff::default(), 500), [Idle::Look]);
        assert_eq!(answers(Blocking::default(), 1_000), [Idle::Look, Idle::Park(None)]);
        let backoff = PhasedBackoff::before(Blocking::default());
        assert_eq!(answers(backoff, 2_000), [Idle::Look, Idle::Park(None)]);
        let backs = [
            BusySpin::BLOCKS,
            Yielding::BLOCKS,
            Sleeping::BLOCKS,
            Blocking::BLOCKS,
            PhasedBackoff::<Sleeping>::BLOCKS,
            PhasedBackoff::<Blocking>::BLOCKS,
        ];
        assert_eq!(backs, [false, false, false, true, false, true]);
    }

    #[test]
    fn a_tuple_of_waits_blocks_if_any_does() {
        let block = [
            <BusySpin as Waiters>::BLOCK,
            <(BusySpin, (Yielding, BusySpin)) as Waiters>::BLOCK,
            <(BusySpin, (Blocking, BusySpin)) as Waiters>::BLOCK,
        ];
        assert_eq!(block, [false, false, true]);
    }
}
