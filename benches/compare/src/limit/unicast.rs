//! One producer, one stage.

use std::thread;
use std::time::Instant;

use super::ring::{Cursor, Slots};
use super::{PART, WHOLE};
use crate::arrays::{LONGS, add_all, fill, long_sum};
use crate::numbers::sum_below;
use crate::pinned::{Cores, apart};
use crate::shape::{FEW, LARGE, Pause};
use crate::work::Value;
use crate::{Outcome, checked};

/// One stage folds what one producer has written.
fn run<E, const N: usize, const BATCH: i64, const MOST: i64, P: Pause>(
    slots: &Slots<E, N>,
    events: i64,
    (pause, cores): (P, Option<Cores>),
    write: impl Fn(&mut E, i64),
    fold: impl Fn(i64, &E) -> i64 + Sync,
    expected: i64,
) -> Outcome
where
    E: Copy + Send + Sync,
{
    let (published, folded) = (Cursor::default(), Cursor::default());
    let (begun, (result, ended)) = thread::scope(|scope| {
        let stage = scope.spawn(|| {
            cores.inspect(|cores| cores.pin_stage());
            // SAFETY: reads what was published, and the producer waits for it.
            unsafe {
                slots.fold::<MOST, 1, _, P>([&published], &folded, events, pause, 0, |sum, event| {
                    fold(sum, &*event)
                })
            }
        });
        cores.inspect(|cores| cores.pin_producer());
        let begun = Instant::now();
        // SAFETY: the only producer, and the stage is through with what it writes.
        unsafe {
            slots.produce::<BATCH, 1, P>(&published, [&folded], events, pause, |event, value| {
                write(&mut *event, value);
            });
        }
        (begun, stage.join().expect("it does not panic"))
    });
    checked(result, expected, begun, Some(ended))
}

/// One stage that adds up; so many events a publication.
pub(super) fn unicast<const BATCH: i64, P: Pause>(events: i64, pause: P) -> Outcome {
    added::<BATCH, P>(events, pause, None)
}

/// The same, both threads pinned.
pub(super) fn pinned<const BATCH: i64, P: Pause>(events: i64, pause: P) -> Outcome {
    apart(|cores| added::<BATCH, P>(events, pause, Some(cores)))
}

fn added<const BATCH: i64, P: Pause>(events: i64, pause: P, cores: Option<Cores>) -> Outcome {
    let slots = Slots::<_, LARGE>::new(Value::default());
    let write = |event: &mut Value, value| event.value = value;
    let add = |sum: i64, event: &Value| sum.wrapping_add(event.value);
    run::<_, LARGE, BATCH, PART, P>(&slots, events, (pause, cores), write, add, sum_below(events))
}

/// The same without content.
pub(super) fn raw<const BATCH: i64, P: Pause>(events: i64, pause: P) -> Outcome {
    let slots = Slots::<_, LARGE>::new(());
    run::<_, LARGE, BATCH, WHOLE, P>(&slots, events, (pause, None), |(), _| (), |count, ()| count + 1, events)
}

/// The same with long events, each of which is let go as soon as it is handled.
pub(super) fn long_array<P: Pause>(events: i64, pause: P) -> Outcome {
    let slots = Slots::<_, FEW>::new([0; LONGS]);
    run::<_, FEW, 1, 1, P>(&slots, events, (pause, None), fill, add_all, long_sum(events))
}
