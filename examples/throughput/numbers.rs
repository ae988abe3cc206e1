//! Numbers from 0 on, which everybody publishes and adds up. The comparison in `benches/compare` takes them from here.

use std::ops::Range;

/// 0 + 1 + … below `events`.
pub(crate) fn sum_below(events: i64) -> i64 {
    (i128::from(events) * i128::from(events - 1) / 2) as i64
}

/// What each of so many producers publishes of `0..events`.
pub(crate) fn shares(events: i64, producers: i64) -> impl Iterator<Item = Range<i64>> {
    let border =
        move |producer: i64| (i128::from(events) * i128::from(producer) / i128::from(producers)) as i64;
    (0..producers).map(move |producer| border(producer)..border(producer + 1))
}
