//! How long a cache line takes from one core to another.

use std::hint::spin_loop;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use core_affinity::CoreId;

/// Round trips whose time is taken together, and how often, if the machine is not so busy that it takes longer than the limit.
const TRIPS: u64 = 250;
const TIMES: u64 = 400;
const LIMIT: Duration = Duration::from_secs(1);
/// Tells the other thread that there are no more.
const END: u64 = u64::MAX;

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
            let mut number = 1;
            while answer(&line, number) {
                number += 2;
            }
        });
        core_affinity::set_for_current(here);
        ready.wait();
        let (started, mut best, mut number) = (Instant::now(), f64::INFINITY, 0);
        for _ in 0..TIMES {
            let begun = Instant::now();
            for _ in 0..TRIPS {
                answer(&line, number);
                number += 2;
            }
            best = best.min(begun.elapsed().as_nanos() as f64 / (2 * TRIPS) as f64);
            if started.elapsed() > LIMIT {
                break;
            }
        }
        // The other one waits for its number, or for the end; it writes nothing after that.
        while line.0.load(Ordering::Acquire) != number {
            thread::yield_now();
        }
        line.0.store(END, Ordering::Release);
        best
    })
}

/// Waits for a number, and counts it up. False when the end has come in its place.
fn answer(line: &Line, number: u64) -> bool {
    let mut looks = 0_u32;
    // Acquire and Release pair with those of the other thread, as the cursors of a ring do.
    loop {
        let now = line.0.load(Ordering::Acquire);
        if now == number {
            break;
        }
        if now == END {
            return false;
        }
        looks = looks.wrapping_add(1);
        // On a machine that is busy, both may share a core for a while.
        if looks.is_multiple_of(1 << 14) { thread::yield_now() } else { spin_loop() }
    }
    line.0.store(number + 1, Ordering::Release);
    true
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_takes_some_time() {
        let two = core_affinity::get_core_ids().is_some_and(|cores| cores.len() > 1);
        assert_eq!(super::latency().is_some_and(|time| time > 0.1 && time < 1e9), two);
    }
}
