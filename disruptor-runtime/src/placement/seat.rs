//! What a pipeline asks for its threads, and what each of them gets.

use super::{Allowed, Machine, choose, current_core, float, make_real_time, pin};
use crate::run_plan::{Scheduling, Warning};
use crate::sync::Arc;

/// What is asked for all threads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placing {
    pub(crate) cores: Cores,
    /// The real-time priority of the threads, if they are to have one.
    pub(crate) priority: Option<u8>,
    /// Whether the ring is to stand on huge pages.
    pub(crate) huge_pages: bool,
}

/// The cores of those threads whose stages name none.
#[derive(Clone, Debug, Default)]
pub(crate) enum Cores {
    /// None.
    #[default]
    Unpinned,
    /// These, in this order.
    List(Vec<usize>),
    /// As the machine suggests.
    Auto,
}

/// Where a thread is to run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seat {
    /// Its core.
    pub(crate) core: Option<usize>,
    /// True if it was asked for by number: without it, the pipeline does not start.
    pub(crate) must: bool,
    /// Where it may run if it has no core, unless that is where its starter may.
    pub(crate) rest: Option<Arc<[usize]>>,
    pub(crate) priority: Option<u8>,
}

/// Where a thread runs.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) core: Option<usize>,
    pub(crate) scheduling: Scheduling,
    /// True if it has not got the core that it was to have.
    pub(crate) moved: bool,
    /// Why it has no real-time priority, if it was to have one.
    pub(crate) ordinary: Option<String>,
}

impl Seat {
    /// Takes the seat for the calling thread.
    pub(crate) fn take(&self) -> Placed {
        let core = self.core.filter(|core| pin(*core));
        if let (None, Some(rest)) = (core, &self.rest) {
            // Refused, it runs where its starter may: that is where it is.
            float(rest);
        }
        let (scheduling, ordinary) = match self.priority.map(|priority| (priority, make_real_time(priority)))
        {
            None => (Scheduling::Ordinary, None),
            Some((priority, Ok(()))) => (Scheduling::Fifo(priority), None),
            Some((_, Err(error))) => (Scheduling::Ordinary, Some(error.to_string())),
        };
        Placed { core, scheduling, moved: core != self.core, ordinary }
    }
}

/// Chooses seats for those threads that have no core of their own. Never fails: what cannot be had is said in `warnings`.
///
/// `threads` are the threads' names beside their seats.
pub(crate) fn seat(threads: &mut [(&str, &mut Seat)], warnings: &mut Vec<Warning>) {
    let (machine, allowed) = (Machine::this(), Allowed::now());
    let usable = allowed.usable(&machine);
    let taken: Vec<_> = threads.iter().filter_map(|(_, seat)| seat.core).collect();
    let without = threads.iter().filter(|(_, seat)| seat.core.is_none()).count();
    let seats = choose(&machine, &usable, &taken, current_core(), without);
    let rest: Arc<[usize]> = seats.rest.into();
    let mut chosen = seats.cores.iter();
    let mut left = Vec::new();
    for (name, seat) in threads.iter_mut().filter(|(_, seat)| seat.core.is_none()) {
        seat.core = chosen.next().copied();
        seat.rest = (!rest.is_empty()).then(|| Arc::clone(&rest));
        if seat.core.is_none() {
            left.push((*name).to_owned());
        }
    }
    if !left.is_empty() {
        warnings.push(Warning::TooFewCores { threads: without, cores: seats.cores.len(), unpinned: left });
    }
}

/// Warns where threads that are not to be pinned inherit that their starter is.
pub(crate) fn warn_of_inheritance(threads: &[(&str, &mut Seat)], warnings: &mut Vec<Warning>) {
    let unpinned = threads.iter().filter(|(_, seat)| seat.core.is_none());
    let unpinned: Vec<_> = unpinned.map(|(name, _)| (*name).to_owned()).collect();
    // The second question costs a thread, and is asked only where the first makes one wonder.
    if !unpinned.is_empty()
        && super::mask().is_some_and(|mask| mask.len() == 1)
        && let Some(core) = Allowed::now().pinned()
    {
        warnings.push(Warning::CallerIsPinned { core, threads: unpinned });
    }
}
