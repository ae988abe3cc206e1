//! What a poll of one event costs: all stages are polled by the main thread, each when there is something for it, so that every look
//! reads the words that it stands behind anew.

use disruptor_pipeline::{Poll, disruptor};
use gungraun::{library_benchmark, library_benchmark_group};
use instructions::{EVENTS, RING};

use crate::counted;

/// Polls the one event that there is.
macro_rules! polled {
    ($poller:expr, $sum:expr) => {
        $poller.poll(|event, _, _| $sum += *event).expect("it is open")
    };
}

/// Counts the polls of `last`, which stands behind `$before` in `$chain`.
macro_rules! counted_polls {
    ([$($before:ident),*], $($chain:tt)*) => {{
        let pipeline = disruptor! {
            event: u64;
            ring: RING;
            $($before { poll: release };)*
            last { poll: release };
            $($chain)*
        };
        let (mut producer, running, mut pollers) = pipeline.spawn_with_pollers().expect("it starts");
        // Of the others, and of the last.
        let mut sums = [0, 0];
        for number in 0..EVENTS {
            producer.publish(|event| *event = number).expect("it is open");
            $(polled!(pollers.$before, sums[0]);)*
            let polled = counted(|| polled!(pollers.last, sums[1]));
            assert_eq!(polled, Poll::Handled(1));
        }
        let before: &[&str] = &[$(stringify!($before)),*];
        let sum = EVENTS * (EVENTS - 1) / 2;
        assert_eq!(sums, [before.len() as u64 * sum, sum]);
        drop((producer, pollers));
        running.join().map(drop).expect("no stage fails");
    }};
}

#[library_benchmark]
fn poll() {
    counted_polls!([], < last >);
}

#[library_benchmark]
fn poll_behind_1() {
    counted_polls!([a], < a -> last >);
}

#[library_benchmark]
fn poll_behind_4() {
    counted_polls!([a, b, c, d], < (a, b, c, d) -> last >);
}

library_benchmark_group!(
    name = pollers,
    config = crate::calls(),
    benchmarks = [poll, poll_behind_1, poll_behind_4]
);
