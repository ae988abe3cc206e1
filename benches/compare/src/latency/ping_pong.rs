//! There and back, after LMAX's `PingPongSequencedLatencyTest`: one stage sends a number into a ring, a second one sends it back
//! through another, and the first records how long that took; then it gives way for a microsecond, and sends the next.
//!
//! The pause is the interval that was expected between two questions, and what takes longer held others up: HdrHistogram's
//! correction adds these.

use std::sync::mpsc::channel;
use std::thread;

use quanta::Clock;

use super::links::{Link, Send};
use super::{Latencies, clock};

/// The pause between an answer and the next question, in nanoseconds.
const PAUSE: i64 = 1_000;

/// Latencies of so many round trips in nanoseconds, after a tenth as many that are not counted.
///
/// # Errors
/// What the contender answered wrong.
pub(super) fn measured(link: &impl Link, events: i64) -> Result<Latencies, String> {
    let before = events / 10 + 1;
    let all = before + events;
    let (hand_over, handed_over) = channel::<Send>();
    let (done, result) = channel();
    let clock = Clock::new();
    let mut latencies = Latencies::new();
    let (mut ask, mut asked, mut answers) = (None::<Send>, 0, 0_i64);
    let pinger = move |number: i64| {
        let answered = clock::now(&clock);
        if number != answers {
            drop(done.send(Err(format!("the answer {number} where {answers} was expected"))));
        }
        if answers >= before {
            latencies.record_expecting(answered - asked, PAUSE);
        }
        answers += 1;
        let ask = ask.get_or_insert_with(|| handed_over.recv().expect("it was handed over"));
        if answers < all {
            while clock::now(&clock) - answered < PAUSE {
                thread::yield_now();
            }
            asked = clock::now(&clock);
            ask(answers);
        } else if answers == all {
            drop(done.send(Ok((latencies.clone(), std::mem::replace(ask, Box::new(|_| ()))))));
        }
    };
    let (answer, back) = link.start(all, pinger);
    let (mut first, there) = link.start(all, answer);
    first(0);
    hand_over.send(first).expect("somebody waits");
    // One after the other: the way there, the stage at its end with the way back, and the stage at the end of that.
    let (latencies, ask) = result.recv().map_err(|_| "the last answer did not come".to_owned())??;
    drop(ask);
    there();
    back();
    Ok(latencies)
}
