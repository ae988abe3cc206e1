//! How long a cache line takes from one core to another.

use std::hint::spin_loop;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use core_affinity::CoreId;

/// Round trips whose time is taken together, and how often.
const TRIPS: u64 = 2_000;
const TIMES: u64 = 40;

/// The line's number, on a line of its own.
#[repr(align(128))]
struct Line(AtomicU64);

/// The time of one way at best, in nanoseconds: two threads on the first two cores that this process may use count one number up in
/// turns. `None` with fewer than two cores.
pub(crate) fn latency() -> Option<f64> {
    let cores = core_affinity::get_core_ids()?;
    let [here, there] = *cores.get(..2)? else { return None };
    // A thread of its own, so that the one that starts the contenders stays unpinned.
    thread::spawn(move || between(here, there)).join().ok()
}

fn between(here: CoreId, there: CoreId) -> f64 {
    let (line, ready) = (Line(AtomicU64::new(0)), Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            core_affinity::set_for_current(there);
            ready.wait();
            for trip in 0..TRIPS * TIMES {
                answer(&line, 2 * trip + 1);
            }
        });
        core_affinity::set_for_current(here);
        ready.wait();
        let times = (0..TIMES).map(|time| {
            let begun = Instant::now();
            for trip in time * TRIPS..(time + 1) * TRIPS {
                answer(&line, 2 * trip);
            }
            begun.elapsed().as_nanos() as f64 / (2 * TRIPS) as f64
        });
        times.min_by(f64::total_cmp).expect("several times")
    })
}

/// Waits for a number, and counts it up.
fn answer(line: &Line, number: u64) {
    let mut looks = 0_u32;
    // Acquire and Release pair with those of the other thread, as the cursors of a ring do.
    while line.0.load(Ordering::Acquire) != number {
        looks += 1;
        // On a machine that is busy, both may share a core for a while.
        if looks.is_multiple_of(1 << 14) { thread::yield_now() } else { spin_loop() }
    }
    line.0.store(number + 1, Ordering::Release);
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_takes_some_time() {
        let two = core_affinity::get_core_ids().is_some_and(|cores| cores.len() > 1);
        assert_eq!(super::latency().is_some_and(|time| time > 0.1), two);
    }
}
