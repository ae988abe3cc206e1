//! Two threads, each on a processor of its own, as the system counts them.

use std::thread;

use core_affinity::CoreId;

use crate::Outcome;

/// Two processors that this process may use.
#[derive(Clone, Copy)]
pub(crate) struct Cores {
    producer: CoreId,
    stage: CoreId,
}

impl Cores {
    /// The stage's, as its number.
    pub(crate) fn stage(self) -> usize {
        self.stage.id
    }

    /// Pins the calling thread, which publishes.
    pub(crate) fn pin_producer(self) {
        pin(self.producer);
    }

    /// Pins the calling thread, which is the stage's.
    pub(crate) fn pin_stage(self) {
        pin(self.stage);
    }
}

fn pin(core: CoreId) {
    // `apart` has seen that it can be.
    core_affinity::set_for_current(core);
}

/// Does a shape's work on a thread that may be pinned: the caller stays as it is.
pub(crate) fn apart(work: impl FnOnce(Cores) -> Outcome + Send) -> Outcome {
    let usable = core_affinity::get_core_ids().unwrap_or_default();
    let [producer, stage, ..] = usable[..] else {
        return Err(format!("two processors are needed, and this process may use {}", usable.len()));
    };
    for core in [producer, stage] {
        if !thread::spawn(move || core_affinity::set_for_current(core)).join().unwrap_or(false) {
            return Err(format!("a thread cannot be pinned to processor {}", core.id));
        }
    }
    let work = move || work(Cores { producer, stage });
    thread::scope(|scope| scope.spawn(work).join().unwrap_or_else(|_| Err("it has panicked".to_owned())))
}
