//! What is measured: the events, what each stage does with them, and what must come out. The comparison in `benches/compare`
//! takes it from here, so that every contender does the same.

use std::ops::Range;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

use crate::numbers::{shares, sum_below};

/// How many threads publish in the `sequencer` topologies.
pub(crate) const PRODUCERS: i64 = 3;

/// How many events are published together in the `-batch` topologies.
pub(crate) const BATCH: i64 = 10;

/// What the second operand begins with.
const START: i64 = 777;

/// An event with a number.
#[derive(Clone, Copy, Default)]
pub(crate) struct Value {
    pub(crate) value: i64,
}

/// An event on which each stage uses what the one before has written.
#[derive(Clone, Copy, Default)]
pub(crate) struct Function {
    pub(crate) one: i64,
    pub(crate) two: i64,
    pub(crate) sum: i64,
    pub(crate) more: i64,
}

/// An event that two stages look at, and a third that needs both of their answers.
#[derive(Clone, Copy, Default)]
pub(crate) struct FizzBuzz {
    pub(crate) value: i64,
    pub(crate) fizz: bool,
    pub(crate) buzz: bool,
}

/// A result that a handler owns while it works, and hands over when it is dropped. What is captured by reference is read and written in
/// memory for each event, as anybody might look there; what is the handler's own stays in a register.
pub(crate) struct Own<'a> {
    value: i64,
    into: &'a AtomicI64,
}

impl<'a> Own<'a> {
    /// Begins with what stands there.
    pub(crate) fn new(into: &'a AtomicI64) -> Self {
        Self { value: into.load(Ordering::Relaxed), into }
    }

    #[inline(always)]
    pub(crate) fn fold(&mut self, next: impl FnOnce(i64) -> i64) {
        self.value = next(self.value);
    }
}

impl Drop for Own<'_> {
    fn drop(&mut self) {
        // Relaxed: it is read behind a join.
        self.into.store(self.value, Ordering::Relaxed);
    }
}

/// The second operand, as the producer of the `pipeline` writes it.
#[inline(always)]
pub(crate) const fn second_operand(value: i64) -> i64 {
    START - 2 * value
}

/// What the first stage of the `pipeline` does.
#[inline(always)]
pub(crate) const fn add(one: i64, two: i64) -> i64 {
    one + two
}

/// What its second stage does.
#[inline(always)]
pub(crate) const fn add_three(sum: i64) -> i64 {
    sum + 3
}

/// What its third stage adds up: LMAX's counts what is not 0 here. By the sum an event is missed, too, that a later one has overwritten.
#[inline(always)]
pub(crate) const fn kept(more: i64) -> i64 {
    if more & 4 == 4 { more } else { 0 }
}

/// What the first of two stages side by side does.
#[inline(always)]
pub(crate) const fn is_fizz(value: i64) -> bool {
    value % 3 == 0
}

/// What the second one does.
#[inline(always)]
pub(crate) const fn is_buzz(value: i64) -> bool {
    value % 5 == 0
}

/// What the third stage of the `pipeline` has in the end.
pub(crate) fn kept_below(events: i64) -> i64 {
    (0..events).map(|value| kept(add_three(add(value, second_operand(value))))).fold(0, i64::wrapping_add)
}

/// How many are both, below `events`.
pub(crate) fn fizz_buzzes_below(events: i64) -> i64 {
    (events + 14) / 15
}

/// The sum, the difference and the conjunction of all below `events`, which the stages of the `multicast` have in the end.
pub(crate) fn folded_below(events: i64) -> (i64, i64, i64) {
    (sum_below(events), sum_below(events).wrapping_neg(), if events > 0 { 0 } else { -1 })
}

/// Has every producer publish its share of `0..events` on a thread of its own, and waits for them.
pub(crate) fn shared_out<E: Send, J: FnOnce() -> Result<(), E> + Send>(
    events: i64,
    mut job: impl FnMut(Range<i64>) -> J,
) -> Result<(), E> {
    thread::scope(|scope| {
        let threads: Vec<_> = shares(events, PRODUCERS).map(|share| scope.spawn(job(share))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("publishing does not panic"))
    })
}
