//! The clock: the processor's counter of cycles where it can be relied on, through `quanta`.

use quanta::Clock;

/// Nanoseconds from some moment on.
#[inline(always)]
pub(super) fn now(clock: &Clock) -> i64 {
    clock.delta_as_nanos(0, clock.raw()) as i64
}

/// What a look at the clock costs, in nanoseconds: the best of ten means of 10,000.
#[must_use]
pub fn cost() -> f64 {
    const LOOKS: i64 = 10_000;
    let clock = Clock::new();
    let mean = || {
        let begun = now(&clock);
        let last = (0..LOOKS).fold(0, |_, _| now(&clock));
        (last - begun) as f64 / LOOKS as f64
    };
    (0..10).map(|_| mean()).fold(f64::INFINITY, f64::min)
}
