//! What a stage or a producer does while there is nothing for it to do.
//!
//! | strategy | burns a core while idle | wakes after | costs those who publish |
//! |---|---|---|---|
//! | [`BusySpin`] | yes | a cache miss | nothing |
//! | [`SpinHint`] | yes, but spares a hyper-thread beside it | a cache miss and a hint | nothing |
//! | [`Yielding`] | yes, but gives way | a cache miss, or a turn of the scheduler | nothing |
//! | [`Sleeping`] | no | up to its pause | nothing |
//! | [`Blocking`] | no | a wake-up by the kernel | a fence a publication |
//! | [`LiteBlocking`] | no | a wake-up by the kernel | hardly anything: those who park pay |
//! | [`TimeoutBlocking`] | no | a wake-up by the kernel | a fence a publication |
//! | [`PhasedBackoff`] | no, after a while | what its phase says | what its last phase says |
//!
//! The figures, and the program that measures them, are in `docs/waits.md`.

mod blocking;
mod blocks;
mod busy_spin;
mod lite_blocking;
#[doc(hidden)]
pub mod names;
mod phased_backoff;
#[cfg(test)]
pub(crate) mod restless;
mod sleeping;
mod spin_hint;
mod timeout_blocking;
mod yielding;

use std::time::Duration;

use crate::run_plan::short_name;

pub use blocking::Blocking;
pub use blocks::Blocks;
pub use busy_spin::BusySpin;
pub use lite_blocking::LiteBlocking;
pub use phased_backoff::PhasedBackoff;
pub use sleeping::Sleeping;
pub use spin_hint::SpinHint;
pub use timeout_blocking::TimeoutBlocking;
pub use yielding::Yielding;

use crate::asymmetric;
use crate::signal::Signal;

/// What follows when there was nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// Look again.
    Look,
    /// Park until a wake-up comes, or until the time has passed if one is given; then look again.
    ///
    /// Only where [`Wait::BLOCKS`] says so are wake-ups sent: elsewhere this is a short sleep.
    Park(Option<Duration>),
    /// The handler is told that nothing came for so long, by [`on_timeout`](crate::Handler::on_timeout); then look again. To a producer
    /// this is [`Look`](Self::Look).
    Timeout,
}

/// How to wait.
///
/// A wait need not care about stopping: between two calls a loop looks at the words that also carry ends, failures and
/// halts, and a stage looks for an end from outside before every fourth call at the latest. It must only return. Where it panics as one of several producers waits, the slot keeps its turn, as others may stand behind it:
/// the panic goes on when there is room, or when the pipeline has ended.
///
/// ```
/// use std::thread;
/// use std::time::Duration;
///
/// use disruptor_runtime::wait::{Idle, Wait};
///
/// /// Gives way for a while; then looks every millisecond, unless it is woken before.
/// #[derive(Clone)]
/// struct Patient {
///     gives_way: u32,
/// }
///
/// impl Wait for Patient {
///     const BLOCKS: bool = true;
///
///     fn idle(&mut self, looks: u32) -> Idle {
///         if looks < self.gives_way {
///             thread::yield_now();
///             Idle::Look
///         } else {
///             Idle::Park(Some(Duration::from_millis(1)))
///         }
///     }
/// }
/// # assert_eq!(Patient { gives_way: 2 }.idle(2), Idle::Park(Some(Duration::from_millis(1))));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no way to wait",
    label = "no wait",
    note = "write `BusySpin`, `SpinHint`, `Yielding`, `Sleeping`, `Blocking`, `LiteBlocking`, `TimeoutBlocking` or `PhasedBackoff`, \
            or a value whose type implements `Wait`"
)]
pub trait Wait: Send + 'static {
    /// True if [`idle`](Self::idle) may answer [`Idle::Park`]: whoever publishes to this waiter then sends wake-ups.
    const BLOCKS: bool;

    /// True if this waiter pays for being woken, and those who publish do not: see [`LiteBlocking`].
    const LITE: bool = false;

    /// Called each time a look found nothing; `looks` counts them from 0 and starts anew after each success.
    fn idle(&mut self, looks: u32) -> Idle;

    /// False if a stage that waits so is never to let events gather.
    ///
    /// A stage that handles events about as fast as they come looks after each few, and takes the cache line of the word that it looks at from
    /// whoever writes it: the two run in step, at the pace of that line. So in a stream of more than 20 M events/s a stage tries whether it
    /// is faster with a rest of some 64 spin hints (a microsecond or two) behind each batch of 4 to 511 events that were there at its first
    /// look and all there was, and rests while it is, by half at least. A trial takes some 0.2 ms, and is repeated every 10 ms while rests are worth it,
    /// and less and less often, to once a second, while they are not. A rest is no wait: [`idle`](Self::idle) is not called. Asked once,
    /// when the stage starts.
    fn gathers(&self) -> bool {
        true
    }

    /// What it is called in a plan.
    #[doc(hidden)]
    fn name(&self) -> String
    where
        Self: Sized,
    {
        short_name::<Self>()
    }
}

/// How those wait who wait on the same, as constants: a wait, or a pair of pairs of waits.
#[doc(hidden)]
pub trait Waiters: 'static {
    /// True if any of them blocks.
    const BLOCK: bool;
    /// True if any of those that block counts on a fence of those who publish.
    const FENCED: bool;
}

impl<W: Wait> Waiters for W {
    const BLOCK: bool = W::BLOCKS;
    const FENCED: bool = W::BLOCKS && !W::LITE;
}

/// Nobody waits.
impl Waiters for () {
    const BLOCK: bool = false;
    const FENCED: bool = false;
}

impl<A: Waiters, B: Waiters> Waiters for (A, B) {
    const BLOCK: bool = A::BLOCK || B::BLOCK;
    const FENCED: bool = A::FENCED || B::FENCED;
}

/// Wakes those who may be parked at a signal, as they have to be woken.
#[inline(always)]
pub(crate) fn wake<F: Waiters>(signal: &Signal) {
    if F::FENCED {
        signal.notify();
    } else if F::BLOCK {
        signal.notify_lite();
    }
}

/// To be asked by one who parks, after it has said so and before its last look: fences, where those who publish to it do not. True
/// where the system refuses that: then it must not park without a limit, and looks again.
#[inline]
pub(crate) fn must_not_park<W: Wait>() -> bool {
    W::LITE && !asymmetric::heavy_fence()
}

/// True if nobody is sure to see that one parks who waits so: then it parks with a limit, or not at all.
#[inline]
pub(crate) fn may_be_missed<W: Wait>() -> bool {
    W::LITE && asymmetric::is_refused()
}

/// How a thread parks that was told to, for at most so long: the limit, and what it asks before its last look (see [`must_not_park`]).
#[inline]
pub(crate) fn parking<W: Wait>(limit: Option<Duration>) -> (Option<Duration>, impl Fn() -> bool) {
    let missed = may_be_missed::<W>();
    let limit = if missed { limit.into_iter().chain([MISSED_PARK]).min() } else { limit };
    (limit, move || !missed && must_not_park::<W>())
}

/// How long one parks at a time whom those who publish may miss.
const MISSED_PARK: Duration = Duration::from_millis(1);

/// How long one who was told to park without having declared it sleeps.
pub(crate) const UNDECLARED_PARK: Duration = Duration::from_micros(50);

#[cfg(test)]
mod tests {
    use super::restless::Restless;
    use super::*;

    /// What a wait answers at each of its first looks, with runs of equal answers folded.
    fn answers<W: Wait>(mut wait: W, looks: u32) -> Vec<Idle> {
        let mut all: Vec<_> = (0..looks).map(|look| wait.idle(look)).collect();
        all.dedup();
        all
    }

    #[test]
    fn only_blocking_waits_park() {
        // Under Miri the numbers alone would take half an hour.
        let long = if cfg!(miri) { 300 } else { 300_000 };
        assert_eq!(answers(BusySpin, long), [Idle::Look]);
        assert_eq!(answers(SpinHint, long), [Idle::Look]);
        assert_eq!(answers(Yielding::default(), 1_000), [Idle::Look]);
        assert_eq!(answers(Sleeping::default(), 250), [Idle::Look]);
        assert_eq!(answers(PhasedBackoff::default(), 500), [Idle::Look]);
        assert_eq!(answers(Blocking::default(), 1_000), [Idle::Look, Idle::Park(None)]);
        assert_eq!(answers(LiteBlocking::default(), 2_000), [Idle::Look, Idle::Park(None)]);
        let ages = TimeoutBlocking::with_limit(Duration::MAX);
        assert_eq!(answers(ages, 2_000), [Idle::Look, Idle::Park(None)]);
        let backs = [
            BusySpin::BLOCKS,
            SpinHint::BLOCKS,
            Yielding::BLOCKS,
            Sleeping::BLOCKS,
            Blocking::BLOCKS,
            LiteBlocking::BLOCKS,
            TimeoutBlocking::BLOCKS,
        ];
        assert_eq!(backs, [false, false, false, false, true, true, true]);
    }

    #[test]
    fn a_backoff_ends_as_its_last_phase_does() {
        let looks = [Idle::Look].as_slice();
        let parks = [Idle::Look, Idle::Park(None)].as_slice();
        assert_eq!(answers(PhasedBackoff::before(Sleeping::default()), 350), looks);
        assert_eq!(answers(PhasedBackoff::before(Yielding::default()), 2_000), looks);
        assert_eq!(answers(PhasedBackoff::before(Blocking::default()), 2_000), parks);
        assert_eq!(answers(PhasedBackoff::before(LiteBlocking::default()), 2_000), parks);
        let timeout = PhasedBackoff::before(TimeoutBlocking::with_limit(Duration::MAX));
        assert_eq!(answers(timeout, 2_000), parks);
        let wakes = [
            <PhasedBackoff<Sleeping> as Waiters>::BLOCK,
            <PhasedBackoff<Blocking> as Waiters>::FENCED,
            <PhasedBackoff<LiteBlocking> as Waiters>::BLOCK,
            <PhasedBackoff<LiteBlocking> as Waiters>::FENCED,
            <PhasedBackoff<TimeoutBlocking> as Waiters>::FENCED,
        ];
        assert_eq!(wakes, [false, true, true, false, true]);
    }

    #[test]
    fn who_wants_no_rests_says_so_for_those_around_it() {
        assert!(!Restless.gathers() && BusySpin.gathers());
        assert!(!PhasedBackoff::before(Restless).gathers() && PhasedBackoff::default().gathers());
    }

    #[test]
    fn a_tuple_of_waits_blocks_if_any_does() {
        let block = [
            <BusySpin as Waiters>::BLOCK,
            <(BusySpin, (Yielding, BusySpin)) as Waiters>::BLOCK,
            <(BusySpin, (Blocking, BusySpin)) as Waiters>::BLOCK,
        ];
        assert_eq!(block, [false, false, true]);
        let fenced = [
            <(LiteBlocking, (BusySpin, LiteBlocking)) as Waiters>::FENCED,
            <(LiteBlocking, (BusySpin, Blocking)) as Waiters>::FENCED,
        ];
        assert_eq!(fenced, [false, true]);
    }
}
