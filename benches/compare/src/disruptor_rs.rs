//! The crate `disruptor` (disruptor-rs): the same rings, events, handlers and checks.
//!
//! Its handlers may not change events, so that the fields that stages write are relaxed atomics here: the same machine code as
//! plain ones. It has no yielding wait, so that one is given to it, beside its own. It has no translators: a closure stands for one.

mod chains;
mod multi;
mod single;

use std::cell::Cell;
use std::hint;
use std::ops::Range;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Instant;

use disruptor::wait_strategies::WaitStrategy;
use disruptor::{BusySpinWithSpinLoopHint, Producer, Sequence};

use crate::Outcome;
use crate::shape::{Hint, Pause, Shape, Waiting, Yield, YieldLater};
use crate::work::{BATCH, Value};

/// Rests for some hints, then gives way, and looks again.
#[derive(Clone, Copy)]
pub(crate) struct Yielding;

impl WaitStrategy for Yielding {
    #[inline]
    fn wait_for(&self, _: Sequence) {
        (0..50).for_each(|_| hint::spin_loop());
        thread::yield_now();
    }
}

/// As [`YieldLater`](crate::shape::YieldLater): gives way behind a hundred looks. A strategy is not told how many there were, only what it
/// waits for: so the thread counts them.
#[derive(Clone, Copy)]
pub(crate) struct YieldingLater;

impl WaitStrategy for YieldingLater {
    #[inline]
    fn wait_for(&self, sequence: Sequence) {
        thread_local! {
            static LOOKS: Cell<(Sequence, u32)> = const { Cell::new((-1, 0)) };
        }
        let (before, looks) = LOOKS.get();
        let looks = if before == sequence { looks.saturating_add(1) } else { 0 };
        LOOKS.set((sequence, looks));
        YieldLater.pause_behind(looks);
    }
}

pub(crate) fn run(shape: Shape, events: i64, wait: Waiting) -> Outcome {
    match wait {
        Waiting::Yielding => with(shape, events, Yielding, Yield),
        Waiting::SpinHint => with(shape, events, BusySpinWithSpinLoopHint, Hint),
    }
}

/// `pause` is for those who poll.
fn with<W: WaitStrategy + 'static, P: Pause>(shape: Shape, events: i64, wait: W, pause: P) -> Outcome {
    match shape {
        Shape::Unicast | Shape::Translator => single::unicast::<1, W>(events, wait),
        Shape::UnicastBatch => single::unicast::<BATCH, W>(events, wait),
        Shape::UnicastPinned => single::pinned::<1, W>(events, wait),
        Shape::UnicastBatchPinned => single::pinned::<BATCH, W>(events, wait),
        Shape::UnicastPoller => single::poller(events, wait, pause),
        Shape::LongArray => single::long_array(events, wait),
        Shape::Raw => single::raw::<1, W>(events, wait),
        Shape::RawBatch => single::raw::<BATCH, W>(events, wait),
        Shape::Pipeline => chains::pipeline(events, wait),
        Shape::Diamond => chains::diamond(events, wait),
        Shape::Multicast => chains::multicast(events, wait),
        Shape::Sequencer => multi::sequencer::<1, W>(events, wait),
        Shape::SequencerBatch => multi::sequencer::<BATCH, W>(events, wait),
        Shape::ThreeToThree => multi::three_to_three(events, wait, pause),
    }
}

/// A stage's result, and when it had its last event.
type Last = Sender<(i64, Instant)>;

/// What a stage has worked out, told when its handler is dropped: it is, once the stage has ended.
struct Told {
    result: i64,
    last: Last,
}

impl Drop for Told {
    fn drop(&mut self) {
        // Nobody waits any more where a check has failed already.
        let _ = self.last.send((self.result, Instant::now()));
    }
}

/// Folds events.
fn folder<E>(
    start: i64,
    last: Last,
    fold: impl Fn(i64, &E) -> i64 + Send + 'static,
) -> impl FnMut(&E, Sequence, bool) + Send + 'static {
    let mut told = Told { result: start, last };
    move |event, _, _| {
        // All of it is captured, and dropped with the handler.
        let told = &mut told;
        told.result = fold(told.result, event);
    }
}

/// Adds up.
fn adder(last: Last) -> impl FnMut(&Value, Sequence, bool) + Send + 'static {
    folder(0, last, |sum, event: &Value| sum.wrapping_add(event.value))
}

/// Publishes a share of the numbers, so many at a time.
fn publish<const BATCH: i64>(producer: &mut impl Producer<Value>, share: Range<i64>) {
    if BATCH == 1 {
        for value in share {
            producer.publish(|event| event.value = value);
        }
        return;
    }
    let rest = share.end - (share.end - share.start) % BATCH;
    for from in (share.start..rest).step_by(BATCH as usize) {
        producer.batch_publish(BATCH as usize, |events| {
            for (event, value) in events.zip(from..) {
                event.value = value;
            }
        });
    }
    for value in rest..share.end {
        producer.publish(|event| event.value = value);
    }
}
