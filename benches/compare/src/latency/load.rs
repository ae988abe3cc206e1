//! An open loop: events are due at a rate, whether those before are handled or not, and each one's latency counts from the moment
//! at which it was due. Nothing is omitted, so that nothing has to be corrected.

use std::hint;
use std::sync::mpsc::channel;

use quanta::Clock;

use super::links::Link;
use super::{Latencies, clock};

/// Latencies of `rate` events a second for so many seconds, in nanoseconds, after a tenth of a second that is not counted.
///
/// # Errors
/// What came out in another order than it went in.
pub(super) fn measured(link: &impl Link, rate: i64, seconds: i64) -> Result<Latencies, String> {
    let before = rate / 10 + 1;
    let all = before + rate * seconds;
    let interval = 1e9 / rate as f64;
    let clock = Clock::new();
    let (done, result) = channel();
    let (mut latencies, mut handled, mut last) = (Latencies::new(), 0_i64, i64::MIN);
    let handler_clock = clock.clone();
    let (mut send, join) = link.start(all, move |due| {
        if due < last {
            drop(done.send(Err(format!("what was due at {due} came after what was due at {last}"))));
        }
        last = due;
        if handled >= before {
            latencies.record(clock::now(&handler_clock) - due);
        }
        handled += 1;
        if handled == all {
            drop(done.send(Ok(latencies.clone())));
        }
    });
    let begun = clock::now(&clock);
    let mut now = begun;
    for event in 0..all {
        let due = begun + (event as f64 * interval) as i64;
        // The clock is read only where nothing is due: whoever is late does not become later by that.
        while now < due {
            hint::spin_loop();
            now = clock::now(&clock);
        }
        send(due);
    }
    drop(send);
    join();
    result.recv().map_err(|_| "the last event did not come".to_owned())?
}
