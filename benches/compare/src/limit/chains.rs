//! One producer, several stages.

use std::thread;
use std::time::Instant;

use super::PART;
use super::ring::{Cursor, Slots};
use crate::shape::{Pause, SMALL};
use crate::work::{
    FizzBuzz, Function, Value, add, add_three, fizz_buzzes_below, folded_below, is_buzz, is_fizz, kept,
    kept_below, second_operand,
};
use crate::{Outcome, checked};

/// Three stages in a row, each using what the one before has written.
pub(super) fn pipeline<P: Pause>(events: i64, pause: P) -> Outcome {
    let slots = Slots::<_, SMALL>::new(Function::default());
    let slots = &slots;
    let [published, first, second, third] = [(); 4].map(|()| Cursor::default());
    let (begun, (sum, ended)) = thread::scope(|scope| {
        // SAFETY: each stage writes a field of its own, which those behind it read when it is through.
        scope.spawn(|| unsafe {
            slots.fold::<PART, 1, _, P>([&published], &first, events, pause, (), |(), event| {
                (*event).sum = add((*event).one, (*event).two);
            })
        });
        // SAFETY: as above.
        scope.spawn(|| unsafe {
            slots.fold::<PART, 1, _, P>([&first], &second, events, pause, (), |(), event| {
                (*event).more = add_three((*event).sum);
            })
        });
        // SAFETY: as above.
        let last = scope.spawn(|| unsafe {
            slots.fold::<PART, 1, _, P>([&second], &third, events, pause, 0_i64, |sum, event| {
                sum.wrapping_add(kept((*event).more))
            })
        });
        let begun = Instant::now();
        // SAFETY: the only producer.
        unsafe {
            slots.produce::<1, 1, P>(&published, [&third], events, pause, |event, value| {
                (*event).one = value;
                (*event).two = second_operand(value);
            });
        }
        (begun, last.join().expect("it does not panic"))
    });
    checked(sum, kept_below(events), begun, Some(ended))
}

/// Two stages side by side, and one that needs both.
pub(super) fn diamond<P: Pause>(events: i64, pause: P) -> Outcome {
    let slots = Slots::<_, SMALL>::new(FizzBuzz::default());
    let slots = &slots;
    let [published, fizz, buzz, both] = [(); 4].map(|()| Cursor::default());
    let (begun, (count, ended)) = thread::scope(|scope| {
        // SAFETY: each stage writes a field of its own, which the last one reads when both are through.
        scope.spawn(|| unsafe {
            slots.fold::<PART, 1, _, P>([&published], &fizz, events, pause, (), |(), event| {
                (*event).fizz = is_fizz((*event).value);
            })
        });
        // SAFETY: as above.
        scope.spawn(|| unsafe {
            slots.fold::<PART, 1, _, P>([&published], &buzz, events, pause, (), |(), event| {
                (*event).buzz = is_buzz((*event).value);
            })
        });
        // SAFETY: as above.
        let last = scope.spawn(|| unsafe {
            slots.fold::<PART, 2, _, P>([&fizz, &buzz], &both, events, pause, 0_i64, |count, event| {
                count + i64::from((*event).fizz & (*event).buzz)
            })
        });
        let begun = Instant::now();
        // SAFETY: the only producer.
        unsafe {
            slots.produce::<1, 1, P>(&published, [&both], events, pause, |event, value| {
                (*event).value = value
            });
        }
        (begun, last.join().expect("it does not panic"))
    });
    checked(count, fizz_buzzes_below(events), begun, Some(ended))
}

/// Three stages side by side, each with a result of its own.
pub(super) fn multicast<P: Pause>(events: i64, pause: P) -> Outcome {
    let slots = Slots::<_, SMALL>::new(Value::default());
    let [published, added, subtracted, anded] = [(); 4].map(|()| Cursor::default());
    let slots = &slots;
    let published = &published;
    let (begun, results) = thread::scope(|scope| {
        let stages = [
            scope.spawn(|| fold(slots, [published, &added], events, pause, 0, i64::wrapping_add)),
            scope.spawn(|| fold(slots, [published, &subtracted], events, pause, 0, i64::wrapping_sub)),
            scope.spawn(|| fold(slots, [published, &anded], events, pause, -1, |all, value| all & value)),
        ];
        let begun = Instant::now();
        // SAFETY: the only producer.
        unsafe {
            let gates = [&added, &subtracted, &anded];
            slots.produce::<1, 3, P>(published, gates, events, pause, |event, value| (*event).value = value);
        }
        (begun, stages.map(|stage| stage.join().expect("it does not panic")))
    });
    let [(sum, a), (difference, b), (all, c)] = results;
    checked((sum, difference, all), folded_below(events), begun, Some(a.max(b).max(c)))
}

/// A stage that folds what was published; compiled anew for each operation.
fn fold<P: Pause>(
    slots: &Slots<Value, SMALL>,
    [published, cursor]: [&Cursor; 2],
    events: i64,
    pause: P,
    start: i64,
    operation: impl Fn(i64, i64) -> i64,
) -> (i64, Instant) {
    // SAFETY: only reads what was published, and the producer waits for it.
    unsafe {
        slots.fold::<PART, 1, _, P>([published], cursor, events, pause, start, |result, event| {
            operation(result, (*event).value)
        })
    }
}
