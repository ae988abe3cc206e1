//! The shapes, whatever the queue.

use std::ops::Range;
use std::thread;
use std::time::Instant;

use super::Queue;
use crate::arrays::{add_all, three, three_sum};
use crate::numbers::{shares, sum_below};
use crate::pinned::{Cores, apart};
use crate::shape::{LARGE, Pause, SMALL};
use crate::work::{
    Function, PRODUCERS, add, add_three, fizz_buzzes_below, folded_below, is_buzz, is_fizz, kept, kept_below,
    second_operand,
};
use crate::{Outcome, checked};

/// Sends one, as soon as there is room.
#[inline(always)]
fn send<Q: Queue, T: Copy + Send + 'static>(sender: &mut Q::Sender<T>, pause: impl Pause, value: T) {
    while !Q::try_send(sender, value) {
        pause.pause();
    }
}

/// Sends a share of the numbers, so many at a time.
#[inline(always)]
fn send_share<Q: Queue, const BATCH: i64>(sender: &mut Q::Sender<i64>, pause: impl Pause, share: Range<i64>) {
    // What is left over goes one by one, as with the others.
    let whole = if BATCH == 1 { share.start } else { share.end - (share.end - share.start) % BATCH };
    for from in (share.start..whole).step_by(BATCH as usize) {
        let mut values = from..from + BATCH;
        while !values.is_empty() {
            let count = (values.end - values.start) as usize;
            if Q::try_send_all(sender, &mut values, count) == 0 {
                pause.pause();
            }
        }
    }
    (whole..share.end).for_each(|value| send::<Q, _>(sender, pause, value));
}

/// Takes so many from all of the queues, in turns.
#[inline(always)]
fn receive<Q: Queue, T: Copy + Send + 'static>(
    receivers: &mut [Q::Receiver<T>],
    pause: impl Pause,
    events: i64,
    mut each: impl FnMut(T),
) {
    let mut left = events;
    while left > 0 {
        let before = left;
        for receiver in &mut *receivers {
            left -= Q::take(receiver, &mut each) as i64;
        }
        if left == before {
            pause.pause();
        }
    }
}

/// Takes the next from a queue.
#[inline(always)]
fn next<Q: Queue, T: Copy + Send + 'static>(receiver: &mut Q::Receiver<T>, pause: impl Pause) -> T {
    loop {
        match Q::try_take(receiver) {
            Some(value) => return value,
            None => pause.pause(),
        }
    }
}

/// Folds so many numbers, and says when it had the last.
fn fold<Q: Queue>(
    receivers: &mut [Q::Receiver<i64>],
    pause: impl Pause,
    events: i64,
    start: i64,
    fold: impl Fn(i64, i64) -> i64,
) -> (i64, Instant) {
    let mut result = start;
    receive::<Q, _>(receivers, pause, events, |value| result = fold(result, value));
    (result, Instant::now())
}

pub(super) fn unicast<Q: Queue, const BATCH: i64, P: Pause>(events: i64, pause: P) -> Outcome {
    added::<Q, BATCH, P>(events, pause, None)
}

/// The same, both threads pinned.
pub(super) fn pinned<Q: Queue, const BATCH: i64, P: Pause>(events: i64, pause: P) -> Outcome {
    apart(|cores| added::<Q, BATCH, P>(events, pause, Some(cores)))
}

fn added<Q: Queue, const BATCH: i64, P: Pause>(events: i64, pause: P, cores: Option<Cores>) -> Outcome {
    let (mut sender, receiver) = Q::queue(LARGE);
    let (begun, (sum, ended)) = thread::scope(|scope| {
        let stage = scope.spawn(move || {
            cores.inspect(|cores| cores.pin_stage());
            fold::<Q>(&mut [receiver], pause, events, 0, i64::wrapping_add)
        });
        cores.inspect(|cores| cores.pin_producer());
        let begun = Instant::now();
        send_share::<Q, BATCH>(&mut sender, pause, 0..events);
        (begun, stage.join().expect("it does not panic"))
    });
    checked(sum, sum_below(events), begun, Some(ended))
}

pub(super) fn pipeline<Q: Queue, P: Pause>(events: i64, pause: P) -> Outcome {
    let (mut to_first, at_first) = Q::queue::<Function>(SMALL);
    let (mut to_second, at_second) = Q::queue::<Function>(SMALL);
    let (mut to_third, at_third) = Q::queue::<Function>(SMALL);
    let (begun, (sum, ended)) = thread::scope(|scope| {
        scope.spawn(move || {
            receive::<Q, _>(&mut [at_first], pause, events, |mut event| {
                event.sum = add(event.one, event.two);
                send::<Q, _>(&mut to_second, pause, event);
            });
        });
        scope.spawn(move || {
            receive::<Q, _>(&mut [at_second], pause, events, |mut event| {
                event.more = add_three(event.sum);
                send::<Q, _>(&mut to_third, pause, event);
            });
        });
        let last = scope.spawn(move || {
            let mut sum = 0_i64;
            receive::<Q, _>(&mut [at_third], pause, events, |event| sum = sum.wrapping_add(kept(event.more)));
            (sum, Instant::now())
        });
        let begun = Instant::now();
        for value in 0..events {
            let event = Function { one: value, two: second_operand(value), ..Function::default() };
            send::<Q, _>(&mut to_first, pause, event);
        }
        (begun, last.join().expect("it does not panic"))
    });
    checked(sum, kept_below(events), begun, Some(ended))
}

pub(super) fn diamond<Q: Queue, P: Pause>(events: i64, pause: P) -> Outcome {
    let (mut to_fizz, at_fizz) = Q::queue::<i64>(SMALL);
    let (mut to_buzz, at_buzz) = Q::queue::<i64>(SMALL);
    let (mut fizzes, mut fizz_at_last) = Q::queue::<bool>(SMALL);
    let (mut buzzes, mut buzz_at_last) = Q::queue::<bool>(SMALL);
    let (begun, (count, ended)) = thread::scope(|scope| {
        scope.spawn(move || {
            receive::<Q, _>(&mut [at_fizz], pause, events, |value| {
                send::<Q, _>(&mut fizzes, pause, is_fizz(value));
            });
        });
        scope.spawn(move || {
            receive::<Q, _>(&mut [at_buzz], pause, events, |value| {
                send::<Q, _>(&mut buzzes, pause, is_buzz(value));
            });
        });
        let last = scope.spawn(move || {
            let mut count = 0_i64;
            for _ in 0..events {
                let fizz = next::<Q, _>(&mut fizz_at_last, pause);
                let buzz = next::<Q, _>(&mut buzz_at_last, pause);
                count += i64::from(fizz && buzz);
            }
            (count, Instant::now())
        });
        let begun = Instant::now();
        for value in 0..events {
            send::<Q, _>(&mut to_fizz, pause, value);
            send::<Q, _>(&mut to_buzz, pause, value);
        }
        (begun, last.join().expect("it does not panic"))
    });
    checked(count, fizz_buzzes_below(events), begun, Some(ended))
}

pub(super) fn multicast<Q: Queue, P: Pause>(events: i64, pause: P) -> Outcome {
    let [added, subtracted, anded] = [(); 3].map(|()| Q::queue::<i64>(SMALL));
    let (mut senders, at_add, at_subtract, at_and) =
        ([added.0, subtracted.0, anded.0], added.1, subtracted.1, anded.1);
    let (begun, results) = thread::scope(|scope| {
        let stages = [
            scope.spawn(move || fold::<Q>(&mut [at_add], pause, events, 0, i64::wrapping_add)),
            scope.spawn(move || fold::<Q>(&mut [at_subtract], pause, events, 0, i64::wrapping_sub)),
            scope.spawn(move || fold::<Q>(&mut [at_and], pause, events, -1, |all, value| all & value)),
        ];
        let begun = Instant::now();
        for value in 0..events {
            for sender in &mut senders {
                send::<Q, _>(sender, pause, value);
            }
        }
        (begun, stages.map(|stage| stage.join().expect("it does not panic")))
    });
    let [(sum, a), (difference, b), (all, c)] = results;
    checked((sum, difference, all), folded_below(events), begun, Some(a.max(b).max(c)))
}

pub(super) fn sequencer<Q: Queue, const BATCH: i64, P: Pause>(events: i64, pause: P) -> Outcome {
    let (senders, mut receivers) = Q::fan_in::<i64>(LARGE, PRODUCERS as usize);
    let (begun, (sum, ended)) = thread::scope(|scope| {
        let stage = scope.spawn(move || fold::<Q>(&mut receivers, pause, events, 0, i64::wrapping_add));
        let begun = Instant::now();
        for (share, mut sender) in shares(events, PRODUCERS).zip(senders) {
            scope.spawn(move || send_share::<Q, BATCH>(&mut sender, pause, share));
        }
        (begun, stage.join().expect("it does not panic"))
    });
    checked(sum, sum_below(events), begun, Some(ended))
}

pub(super) fn three_to_three<Q: Queue, P: Pause>(events: i64, pause: P) -> Outcome {
    let (senders, mut receivers): (Vec<_>, Vec<_>) = (0..PRODUCERS).map(|_| Q::queue(LARGE)).unzip();
    let (begun, (sum, ended)) = thread::scope(|scope| {
        let stage = scope.spawn(move || {
            let mut sum = 0_i64;
            receive::<Q, _>(&mut receivers, pause, events, |event| sum = add_all(sum, &event));
            (sum, Instant::now())
        });
        let begun = Instant::now();
        for (share, mut sender) in shares(events, PRODUCERS).zip(senders) {
            scope.spawn(move || share.for_each(|value| send::<Q, _>(&mut sender, pause, three(value))));
        }
        (begun, stage.join().expect("it does not panic"))
    });
    checked(sum, three_sum(events), begun, Some(ended))
}
