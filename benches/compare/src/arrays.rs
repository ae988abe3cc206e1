//! Events that are arrays of numbers, as LMAX's `OneToOneSequencedLongArray` and `ThreeToThreeSequenced` have them.

/// How many numbers an event of `long-array` has.
pub(crate) const LONGS: usize = 2048;
/// How many numbers an event of `three-to-three` has.
pub(crate) const THREE: usize = 3;

/// Writes the event of `long-array` with this place in the stream.
#[inline(always)]
pub(crate) fn fill(event: &mut [i64; LONGS], value: i64) {
    event.fill(value);
}

/// The event of `three-to-three` with this place in its producer's stream.
#[inline(always)]
pub(crate) const fn three(value: i64) -> [i64; THREE] {
    [value, value + 1, value + 2]
}

/// Adds up what an event holds.
#[inline(always)]
pub(crate) fn add_all<const K: usize>(sum: i64, event: &[i64; K]) -> i64 {
    event.iter().fold(sum, |sum, long| sum.wrapping_add(*long))
}

/// What `long-array` adds up to.
pub(crate) fn long_sum(events: i64) -> i64 {
    crate::numbers::sum_below(events).wrapping_mul(LONGS as i64)
}

/// What `three-to-three` adds up to: each producer numbers its events from the beginning of its share.
pub(crate) fn three_sum(events: i64) -> i64 {
    let longs = THREE as i64;
    crate::numbers::sum_below(events)
        .wrapping_mul(longs)
        .wrapping_add((0..longs).sum::<i64>().wrapping_mul(events))
}
