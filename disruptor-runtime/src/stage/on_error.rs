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

/// The batch is tried again, a limited number of times, with a pause that doubles; then `after` decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry<After = Stop> {
    times: u32,
    pause: Duration,
    after: After,
}

impl Retry {
    /// So many further tries, without a pause; then the pipeline stops.
    #[must_use]
    pub const fn times(times: u32) -> Self {
        Self { times, pause: Duration::ZERO, after: Stop }
    }
}

impl<After> Retry<After> {
    /// Pauses before each further try: `pause` before the first, twice as long before each following one, at most a second
    /// or `pause`, whichever is longer.
    #[must_use]
    pub fn with_backoff(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// What decides once the tries are used up.
    #[must_use]
    pub fn then<Next>(self, after: Next) -> Retry<Next> {
        Retry { times: self.times, pause: self.pause, after }
    }
}

impl<After: OnError> OnError for Retry<After> {
    fn decide(&mut self, fault: &Fault<'_>) -> Decision {
        if fault.tries > self.times {
            return self.after.decide(fault);
        }
        let doublings = (fault.tries - 1).min(30);
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
    fn a_closure_decides() {
        let error = std::io::Error::other("busy");
        let mut policy =
            |fault: &Fault<'_>| if fault.sequence == 3 { Decision::Skip } else { Decision::Stop };
        assert_eq!(policy.decide(&fault(&error, 1)), Decision::Skip);
    }
}
