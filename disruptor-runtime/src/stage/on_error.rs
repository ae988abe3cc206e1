//! What follows when a handler returns an error.

use std::error::Error;
use std::time::Duration;

use crate::Sequence;

/// An error that a handler returned. A panic is no fault: it always stops the pipeline, as the handler's state is suspect.
#[derive(Debug)]
pub struct Fault<'a> {
    /// The stage.
    pub stage: &'static str,
    /// The event; for a handler of slices, the slice's first.
    pub sequence: Sequence,
    /// What the handler returned.
    pub error: &'a (dyn Error + Send + Sync + 'static),
    /// How often in a row the handler has failed at this event, this time included.
    pub tries: u32,
}

/// What is to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The pipeline stops in order, with this failure.
    Stop,
    /// The stage goes on with the next event; the later stages see this one all the same. Skips are counted.
    Skip,
    /// The batch is rewound, and handled from its first event again after this pause.
    Retry(Duration),
}

/// Decides what follows when a handler returns an error: [`Stop`], [`Skip`], [`Retry`], or a closure over [`Fault`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot decide what follows an error",
    label = "no policy",
    note = "write `stop`, `skip`, `retry(3)`, a closure `|fault| Decision::Skip`, or a value whose type implements `OnError`"
)]
pub trait OnError {
    /// Decides about one fault.
    fn decide(&mut self, fault: &Fault<'_>) -> Decision;
}

impl<F: FnMut(&Fault<'_>) -> Decision> OnError for F {
    fn decide(&mut self, fault: &Fault<'_>) -> Decision {
        self(fault)
    }
}

/// The pipeline stops in order at the first error: the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stop;

impl OnError for Stop {
    fn decide(&mut self, _: &Fault<'_>) -> Decision {
        Decision::Stop
    }
}

/// Events that a handler fails on are skipped and counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skip;

impl OnError for Skip {
    fn decide(&mut self, _: &Fault<'_>) -> Decision {
        Decision::Skip
    }
}

/// The batch is tried again: so many times or for ever, at once or after a pause; then `after` decides.
///
/// LMAX's strategies for rewinding a batch are `Retry::forever()`, `Retry::times(n)`, and `Retry::forever().with_pause(pause)`. There the
/// handler throws a `RewindableException` where it wants a rewind; here a closure can ask what the error is:
///
/// ```
/// use std::time::Duration;
///
/// use disruptor_runtime::{Decision, Fault};
///
/// let policy = |fault: &Fault<'_>| {
///     if fault.error.is::<std::io::Error>() { Decision::Retry(Duration::ZERO) } else { Decision::Stop }
/// };
/// # let busy = std::io::Error::other("busy");
/// # assert_eq!(policy(&fault(&busy)), Decision::Retry(Duration::ZERO));
/// # assert_eq!(policy(&fault(&std::fmt::Error)), Decision::Stop);
/// # fn fault<'a>(error: &'a (dyn std::error::Error + Send + Sync + 'static)) -> Fault<'a> {
/// #     Fault { stage: "", sequence: 0, error, tries: 1 }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry<After = Stop> {
    /// None: without end.
    times: Option<u32>,
    pause: Duration,
    doubles: bool,
    after: After,
}

impl Retry {
    /// So many further tries, without a pause; then the pipeline stops.
    #[must_use]
    pub const fn times(times: u32) -> Self {
        Self { times: Some(times), pause: Duration::ZERO, doubles: false, after: Stop }
    }

    /// Until the handler succeeds, without a pause. A halt ends it, and so does the removal of its stage.
    #[must_use]
    pub const fn forever() -> Self {
        Self { times: None, pause: Duration::ZERO, doubles: false, after: Stop }
    }
}

impl<After> Retry<After> {
    /// Pauses before each further try: `pause` before the first, twice as long before each following one, at most a second
    /// or `pause`, whichever is longer.
    #[must_use]
    pub fn with_backoff(self, pause: Duration) -> Self {
        Self { pause, doubles: true, ..self }
    }

    /// Pauses for so long before each further try. The kernel's timer adds to a pause (some 50 µs on Linux).
    #[must_use]
    pub fn with_pause(self, pause: Duration) -> Self {
        Self { pause, doubles: false, ..self }
    }

    /// What decides once the tries are used up.
    #[must_use]
    pub fn then<Next>(self, after: Next) -> Retry<Next> {
        Retry { times: self.times, pause: self.pause, doubles: self.doubles, after }
    }
}

impl<After: OnError> OnError for Retry<After> {
    fn decide(&mut self, fault: &Fault<'_>) -> Decision {
        if self.times.is_some_and(|times| fault.tries > times) {
            return self.after.decide(fault);
        }
        let doublings = if self.doubles { (fault.tries - 1).min(30) } else { 0 };
        let longest = self.pause.max(Duration::from_secs(1));
        Decision::Retry(self.pause.saturating_mul(1 << doublings).min(longest))
    }
}

/// What may stand in `retry(…)`: a number of tries, or a whole policy.
#[diagnostic::on_unimplemented(
    message = "`retry` takes no `{Self}`",
    label = "neither a number of tries nor a `Retry`",
    note = "write `retry(3)`, or `retry(Retry::times(3).with_backoff(pause).then(Skip))`"
)]
pub trait IntoRetry<Policy> {
    /// The policy.
    fn into_retry(self) -> Policy;
}

impl IntoRetry<Retry> for u32 {
    fn into_retry(self) -> Retry {
        Retry::times(self)
    }
}

impl<After: OnError> IntoRetry<Self> for Retry<After> {
    fn into_retry(self) -> Self {
        self
    }
}

/// The policy that `retry(…)` stands for.
pub fn retry<R: IntoRetry<Policy>, Policy>(policy: R) -> Policy {
    policy.into_retry()
}

/// A closure as a policy, whose parameter is inferred from here.
pub fn on_error<F: FnMut(&Fault<'_>) -> Decision>(decide: F) -> F {
    decide
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault<'a>(error: &'a (dyn Error + Send + Sync + 'static), tries: u32) -> Fault<'a> {
        Fault { stage: "risk", sequence: 3, error, tries }
    }

    #[test]
    fn retry_doubles_its_pause_and_then_hands_over() {
        let error = std::io::Error::other("busy");
        let mut retry = Retry::times(3).with_backoff(Duration::from_millis(400)).then(Skip);
        let decisions: Vec<_> = (1..=4).map(|tries| retry.decide(&fault(&error, tries))).collect();
        let pause = |millis| Decision::Retry(Duration::from_millis(millis));
        assert_eq!(decisions, [pause(400), pause(800), pause(1000), Decision::Skip]);
    }

    #[test]
    fn a_retry_without_end_pauses_as_long_each_time() {
        let error = std::io::Error::other("busy");
        let pause = Duration::from_nanos(100);
        let mut retry = Retry::forever().with_pause(pause);
        assert!(
            [1, 2, 40, u32::MAX]
                .iter()
                .all(|tries| retry.decide(&fault(&error, *tries)) == Decision::Retry(pause))
        );
    }

    #[test]
    fn a_closure_decides() {
        let error = std::io::Error::other("busy");
        let mut policy =
            |fault: &Fault<'_>| if fault.sequence == 3 { Decision::Skip } else { Decision::Stop };
        assert_eq!(policy.decide(&fault(&error, 1)), Decision::Skip);
    }
}
