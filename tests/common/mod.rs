//! What the behaviour tests share: deadlines, gates, and a test for each wait.
#![allow(dead_code, unused_imports, unused_macros, reason = "each test file uses its own part")]

mod few;

use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use disruptor_pipeline::Monitor;

pub(crate) use few::Few;

/// How long anything may take before it counts as hung. Generous: other work may share the machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// Runs a scenario on a thread of its own and gives what it gave; a panic there is one here.
///
/// # Panics
/// If it takes longer than [`DEADLINE`]: a scenario that hangs fails, and hangs nobody else.
pub(crate) fn within<T: Send + 'static>(what: &str, scenario: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, finished) = mpsc::channel();
    let thread = thread::spawn(move || {
        // Nobody listens any more after the deadline, which has been reported then.
        let _ = done.send(scenario());
    });
    match finished.recv_timeout(DEADLINE) {
        Ok(result) => {
            thread.join().expect("it has sent its result");
            result
        }
        Err(RecvTimeoutError::Disconnected) => resume_unwind(thread.join().expect_err("it sent nothing")),
        Err(RecvTimeoutError::Timeout) => panic!("hung: {what}"),
    }
}

/// Waits until something that can only be looked at has come true.
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < DEADLINE, "hung: {what}");
        thread::sleep(Duration::from_micros(200));
    }
}

/// Waits until every stage has ended, and with it its thread's work.
pub(crate) fn until_ended(monitor: &Monitor) {
    until("every stage ends", || monitor.stages().iter().all(|stage| stage.ended));
}

/// The cores that this process may use.
pub(crate) fn usable_cores() -> Vec<usize> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let Some(list) = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")) else {
        return (0..thread::available_parallelism().map_or(1, usize::from)).collect();
    };
    cores(list)
}

/// Reads a list of cores as Linux writes it: `0-3,8`.
pub(crate) fn cores(list: &str) -> Vec<usize> {
    let range = |range: &str| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        first.parse::<usize>().expect("a core")..=last.parse().expect("a core")
    };
    list.trim().split(',').flat_map(range).collect()
}

/// Holds up whoever comes through until it is opened, and tells whether somebody has come.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<GateState>, Condvar)>);

#[derive(Default)]
struct GateState {
    open: bool,
    reached: bool,
}

impl Gate {
    /// Comes to the gate, and waits until it is open.
    pub(crate) fn pass(&self) {
        let (state, changed) = &*self.0;
        let mut held = state.lock().expect("nobody panics with it");
        held.reached = true;
        changed.notify_all();
        let (held, waited) =
            changed.wait_timeout_while(held, DEADLINE, |held| !held.open).expect("nobody panics with it");
        drop(held);
        assert!(!waited.timed_out(), "hung: the gate was never opened");
    }

    /// Waits until somebody has come to the gate.
    pub(crate) fn reached(&self) {
        let (state, changed) = &*self.0;
        let held = state.lock().expect("nobody panics with it");
        let (held, waited) =
            changed.wait_timeout_while(held, DEADLINE, |held| !held.reached).expect("nobody panics with it");
        drop(held);
        assert!(!waited.timed_out(), "hung: nobody has come to the gate");
    }

    /// Opens the gate for good.
    pub(crate) fn open(&self) {
        let (state, changed) = &*self.0;
        state.lock().expect("nobody panics with it").open = true;
        changed.notify_all();
    }
}

/// A test for each wait, from macros that take one.
macro_rules! under_every_wait {
    ($($scenario:ident)*) => {
        $(tests_of_waits!($scenario, given_to_macro);)*
    };
}

/// A test for each wait, from functions that take one: they are compiled for the types of [`Few`] alone, and not for each wait.
macro_rules! under_few_types_of_waits {
    ($($scenario:ident)*) => {
        $(tests_of_waits!($scenario, given_to_function);)*
    };
}

macro_rules! given_to_macro {
    ($scenario:ident, $($wait:tt)*) => {
        $scenario!($($wait)*)
    };
}

macro_rules! given_to_function {
    ($scenario:ident, $($wait:tt)*) => {{
        use disruptor_pipeline::wait::*;
        super::$scenario(crate::common::Few::few($($wait)*))
    }};
}

macro_rules! tests_of_waits {
    ($scenario:ident, $given:ident) => {
        mod $scenario {
            #[allow(unused_imports, reason = "macros name what is there")]
            use super::*;

            #[test]
            fn busy_spin() {
                $given!($scenario, BusySpin);
            }
            #[test]
            fn spin_hint() {
                $given!($scenario, SpinHint);
            }
            #[test]
            fn yielding() {
                $given!($scenario, Yielding::default());
            }
            #[test]
            fn sleeping() {
                $given!($scenario, Sleeping::default());
            }
            #[test]
            fn blocking() {
                $given!($scenario, Blocking::default());
            }
            #[test]
            fn lite_blocking() {
                $given!($scenario, LiteBlocking::default());
            }
            #[test]
            fn timeout_blocking() {
                $given!($scenario, TimeoutBlocking::with_limit(std::time::Duration::from_millis(1)));
            }
            #[test]
            fn backoff_to_sleeping() {
                $given!($scenario, PhasedBackoff::default());
            }
            #[test]
            fn backoff_to_blocking() {
                $given!($scenario, PhasedBackoff::before(Blocking::default()));
            }
        }
    };
}
