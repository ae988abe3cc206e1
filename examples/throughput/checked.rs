//! What a run has shown. The comparison in `benches/compare` takes it from here.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// What a run has shown: how long it took, or in what its result was wrong.
pub(crate) type Outcome = Result<Duration, String>;

/// Compares a result with what it must be, and gives the time that it took.
pub(crate) fn checked<T: PartialEq + Debug>(
    got: T,
    expected: T,
    begun: Instant,
    ended: Option<Instant>,
) -> Outcome {
    match ended {
        Some(ended) if got == expected => Ok(ended - begun),
        Some(_) => Err(format!("wrong result: {got:?} where {expected:?} was expected")),
        None => Err("the last event was not seen".to_owned()),
    }
}
