//! Events for `tracing`, on cold paths alone. Without the feature nothing is left of these functions.
//!
//! They come from whichever thread is at work, stages' threads included, and with no lock held: a subscriber may look at the
//! pipeline. A subscriber that panics ends nothing: what it panics with is dropped.

use std::time::Duration;

use crate::failure::Failure;
use crate::run_plan::RunPlan;
use crate::stage::Fault;

#[cfg(feature = "tracing")]
macro_rules! emit {
    ($level:ident, $($field:tt)*) => {{
        let emit = || tracing::$level!(target: "disruptor_pipeline", $($field)*);
        if let Err(payload) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(emit)) {
            // Its own drop could panic again.
            std::mem::forget(payload);
        }
    }};
}

/// Uses what would have been said.
#[cfg(not(feature = "tracing"))]
macro_rules! emit {
    ($level:ident, $($name:ident = $sign:tt $value:expr,)* $text:literal) => {{ $(let _ = || { let _ = &$value; };)* }};
}

pub(crate) fn started(plan: &RunPlan) {
    emit!(
        info,
        pipeline = %plan.pipeline,
        threads = %plan.threads.len(),
        ring = %plan.ring,
        "pipeline started"
    );
    for warning in &plan.warnings {
        emit!(warn, pipeline = %plan.pipeline, warning = %warning, "not all that was asked for could be had");
    }
}

pub(crate) fn failed(pipeline: &str, failure: &Failure) {
    emit!(
        error,
        pipeline = %pipeline,
        stage = %failure.stage(),
        sequence = %failure.sequence(),
        thread = %failure.thread(),
        panic = %failure.is_panic(),
        cause = %failure.cause(),
        "stage failed"
    );
}

pub(crate) fn skipped(pipeline: &str, fault: &Fault<'_>, events: usize) {
    emit!(
        warn,
        pipeline = %pipeline,
        stage = %fault.stage,
        sequence = %fault.sequence,
        events = %events,
        error = %fault.error,
        "events skipped"
    );
}

pub(crate) fn retried(pipeline: &str, fault: &Fault<'_>, pause: Duration) {
    emit!(
        warn,
        pipeline = %pipeline,
        stage = %fault.stage,
        sequence = %fault.sequence,
        tries = %fault.tries,
        pause = ?pause,
        error = %fault.error,
        "batch rewound"
    );
}

pub(crate) fn dropped(pipeline: &str, dropped: u64) {
    emit!(warn, pipeline = %pipeline, dropped = %dropped, "events dropped, since the ring was full");
}

pub(crate) fn draining(pipeline: &str) {
    emit!(info, pipeline = %pipeline, "pipeline takes no more events and drains");
}

pub(crate) fn halting(pipeline: &str) {
    emit!(info, pipeline = %pipeline, "pipeline is halted");
}

pub(crate) fn ended(pipeline: &str) {
    emit!(info, pipeline = %pipeline, "pipeline ended");
}
