//! The topologies of the example `throughput`, with the crate `disruptor` (disruptor-rs): the same rings, events, handlers and
//! checks, and the same last line of output. `benches/throughput/compare` runs both in turns.
//!
//! Its handlers may not change events, so that the fields that stages write are relaxed atomics here: the same machine code as
//! plain ones. It has no yielding wait, so that one is given to it, beside its own.

use std::hint::spin_loop;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use disruptor::{
    Producer, Sequence, build_multi_producer, build_single_producer, wait_strategies::WaitStrategy,
};

const BATCH: i64 = 10;
const PRODUCERS: i64 = 3;

/// Looks again at once, as its own `BusySpinWithSpinLoopHint`, or gives way after a few rounds of that.
#[derive(Clone, Copy)]
enum Wait {
    SpinHint,
    Yielding,
}

impl WaitStrategy for Wait {
    #[inline]
    fn wait_for(&self, _: Sequence) {
        match self {
            Self::SpinHint => spin_loop(),
            Self::Yielding => {
                (0..50).for_each(|_| spin_loop());
                thread::yield_now();
            }
        }
    }
}

#[derive(Default)]
struct Value {
    value: i64,
}

#[derive(Default)]
struct Function {
    one: i64,
    two: i64,
    sum: AtomicI64,
    more: AtomicI64,
}

#[derive(Default)]
struct FizzBuzz {
    value: i64,
    fizz: AtomicBool,
    buzz: AtomicBool,
}

/// A stage's result, and when it had its last event.
type Last = Sender<(i64, Instant)>;

fn main() -> ExitCode {
    // `cargo bench` adds `--bench`.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let (topology, events, wait) = match &args[..] {
        [topology, events] => (topology, events, Wait::Yielding),
        [topology, events, wait] if wait == "Yielding" => (topology, events, Wait::Yielding),
        [topology, events, wait] if wait == "SpinHint" => (topology, events, Wait::SpinHint),
        _ => {
            eprintln!(
                "usage: cargo bench --bench throughput_disruptor_rs -- TOPOLOGY EVENTS [Yielding | SpinHint]"
            );
            return ExitCode::from(2);
        }
    };
    let Ok(events) = events.parse::<i64>() else {
        eprintln!("`{events}` is no number of events");
        return ExitCode::from(2);
    };
    let took = match topology.as_str() {
        "unicast" => unicast(events, wait, false),
        "unicast-batch" => unicast(events, wait, true),
        "pipeline" => pipeline(events, wait),
        "diamond" => diamond(events, wait),
        "multicast" => multicast(events, wait),
        "sequencer" => sequencer(events, wait, false),
        "sequencer-batch" => sequencer(events, wait, true),
        other => {
            eprintln!("there is no topology `{other}`");
            return ExitCode::from(2);
        }
    };
    println!("{:.2}", events as f64 / took.as_secs_f64() / 1e6);
    ExitCode::SUCCESS
}

fn sum_below(events: i64) -> i64 {
    (i128::from(events) * i128::from(events - 1) / 2) as i64
}

/// Adds up, and tells the sum with the last event.
fn adder(events: i64, last: Last) -> impl FnMut(&Value, Sequence, bool) + Send + 'static {
    let mut sum = 0_i64;
    move |event, sequence, _| {
        sum = sum.wrapping_add(event.value);
        if sequence == events - 1 {
            last.send((sum, Instant::now())).expect("somebody waits");
        }
    }
}

fn unicast(events: i64, wait: Wait, batch: bool) -> Duration {
    let (last, lasts) = channel();
    let mut producer =
        build_single_producer(1 << 16, Value::default, wait).handle_events_with(adder(events, last)).build();
    let begun = Instant::now();
    publish(&mut producer, 0..events, batch);
    let (sum, ended) = lasts.recv().expect("a last event");
    assert_eq!(sum, sum_below(events));
    ended - begun
}

fn publish(producer: &mut impl Producer<Value>, share: std::ops::Range<i64>, batch: bool) {
    if batch {
        for from in share.clone().step_by(BATCH as usize) {
            producer.batch_publish(BATCH.min(share.end - from) as usize, |events| {
                for (event, value) in events.zip(from..) {
                    event.value = value;
                }
            });
        }
    } else {
        for value in share {
            producer.publish(|event| event.value = value);
        }
    }
}

fn pipeline(events: i64, wait: Wait) -> Duration {
    const START: i64 = 777;
    let (last, lasts) = channel();
    let mut count = 0_i64;
    let mut producer = build_single_producer(8192, Function::default, wait)
        .handle_events_with(|event: &Function, _, _| event.sum.store(event.one + event.two, Relaxed))
        .and_then()
        .handle_events_with(|event: &Function, _, _| event.more.store(event.sum.load(Relaxed) + 3, Relaxed))
        .and_then()
        .handle_events_with(move |event: &Function, sequence, _| {
            if event.more.load(Relaxed) & 4 == 4 {
                count += 1;
            }
            if sequence == events - 1 {
                last.send((count, Instant::now())).expect("somebody waits");
            }
        })
        .build();
    let begun = Instant::now();
    for value in 0..events {
        producer.publish(|event| {
            event.one = value;
            event.two = START - 2 * value;
        });
    }
    let (count, ended) = lasts.recv().expect("a last event");
    assert_eq!(count, (0..events).filter(|value| (value + START - 2 * value + 3) & 4 == 4).count() as i64);
    ended - begun
}

fn diamond(events: i64, wait: Wait) -> Duration {
    let (last, lasts) = channel();
    let mut count = 0_i64;
    let mut producer = build_single_producer(8192, FizzBuzz::default, wait)
        .handle_events_with(|event: &FizzBuzz, _, _| event.fizz.store(event.value % 3 == 0, Relaxed))
        .handle_events_with(|event: &FizzBuzz, _, _| event.buzz.store(event.value % 5 == 0, Relaxed))
        .and_then()
        .handle_events_with(move |event: &FizzBuzz, sequence, _| {
            if event.fizz.load(Relaxed) && event.buzz.load(Relaxed) {
                count += 1;
            }
            if sequence == events - 1 {
                last.send((count, Instant::now())).expect("somebody waits");
            }
        })
        .build();
    let begun = Instant::now();
    for value in 0..events {
        producer.publish(|event| event.value = value);
    }
    let (count, ended) = lasts.recv().expect("a last event");
    assert_eq!(count, (events + 14) / 15);
    ended - begun
}

fn multicast(events: i64, wait: Wait) -> Duration {
    let (last, lasts) = channel();
    let (subtracted, anded) = (last.clone(), last.clone());
    let (mut difference, mut all) = (0_i64, -1_i64);
    let mut producer = build_single_producer(8192, Value::default, wait)
        .handle_events_with(adder(events, last))
        .handle_events_with(move |event: &Value, sequence, _| {
            difference = difference.wrapping_sub(event.value);
            if sequence == events - 1 {
                subtracted.send((difference, Instant::now())).expect("somebody waits");
            }
        })
        .handle_events_with(move |event: &Value, sequence, _| {
            all &= event.value;
            if sequence == events - 1 {
                anded.send((all, Instant::now())).expect("somebody waits");
            }
        })
        .build();
    let begun = Instant::now();
    publish(&mut producer, 0..events, false);
    let lasts: Vec<_> = (0..3).map(|_| lasts.recv().expect("a last event")).collect();
    let mut results: Vec<_> = lasts.iter().map(|(result, _)| *result).collect();
    results.sort_unstable();
    assert_eq!(results, [-sum_below(events), 0, sum_below(events)]);
    lasts.iter().map(|(_, ended)| *ended).max().expect("three of them") - begun
}

fn sequencer(events: i64, wait: Wait, batch: bool) -> Duration {
    let (last, lasts) = channel();
    let producer =
        build_multi_producer(1 << 16, Value::default, wait).handle_events_with(adder(events, last)).build();
    let begun = Instant::now();
    thread::scope(|scope| {
        let border = |share: i64| (i128::from(events) * i128::from(share) / i128::from(PRODUCERS)) as i64;
        for share in 0..PRODUCERS {
            let mut producer = producer.clone();
            scope.spawn(move || publish(&mut producer, border(share)..border(share + 1), batch));
        }
    });
    let (sum, ended) = lasts.recv().expect("a last event");
    assert_eq!(sum, sum_below(events));
    ended - begun
}
