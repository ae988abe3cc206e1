//! The shapes with several producers in one ring.

use std::hint::black_box;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering, fence};
use std::thread;
use std::time::Instant;

use crossbeam_utils::CachePadded;

use super::ring::{Cursor, Slots};
use crate::numbers::{shares, sum_below};
use crate::shape::{LARGE, Pause};
use crate::work::{PRODUCERS, Value};
use crate::{Outcome, checked};

const N: i64 = LARGE as i64;

/// After so many the stage says how far it is: the producers go on while it reads. Of 4,096 and of the whole ring the faster one.
const MOST: usize = 4096;

/// The stamp of a slot whose event is there. Beside the events, and not in the slots: that was the slower way, as the ring was
/// then twice as large.
const fn round(sequence: i64) -> u32 {
    ((sequence >> LARGE.trailing_zeros()) + 1) as u32
}

/// One stage that adds up; so many events a publication. The stream has one order, as the ring of the others has: a claim is a
/// `fetch_add`, a publication a stamp.
pub(super) fn sequencer<const BATCH: i64, P: Pause>(events: i64, pause: P) -> Outcome {
    let slots = Slots::<_, LARGE>::new(Value::default());
    let stamps: Box<[AtomicU32]> = (0..N).map(|_| AtomicU32::new(black_box(0))).collect();
    let stamps: &[AtomicU32; LARGE] = (&*stamps).try_into().expect("as many as slots");
    let claimed = CachePadded::new(AtomicI64::new(0));
    let added = Cursor::default();
    let stamp = |sequence: i64| &stamps[sequence as usize & (LARGE - 1)];
    let (begun, (sum, ended)) = thread::scope(|scope| {
        let stage = scope.spawn(|| {
            let mut sum = 0_i64;
            let mut next = 0;
            while next < events {
                let index = next as usize & (LARGE - 1);
                let most = (LARGE - index).min(MOST);
                let published = |stamp: &&AtomicU32| stamp.load(Ordering::Relaxed) == round(next);
                let count = stamps[index..index + most].iter().take_while(published).count();
                if count == 0 {
                    pause.pause();
                    continue;
                }
                // Acquire: pairs with the Release of the stamps seen above.
                fence(Ordering::Acquire);
                for offset in 0..count {
                    // SAFETY: stamped, and not yet released.
                    sum = sum.wrapping_add(unsafe { (*slots.at(next).add(offset)).value });
                }
                next += count as i64;
                added.store(next);
            }
            (sum, Instant::now())
        });
        let begun = Instant::now();
        for share in shares(events, PRODUCERS) {
            let (claimed, added, stamp, slots) = (&claimed, &added, &stamp, &slots);
            scope.spawn(move || {
                let mut limit = N;
                let mut value = share.start;
                while value < share.end {
                    let count = BATCH.min(share.end - value);
                    // Relaxed: the counter only deals out numbers.
                    let claim = claimed.fetch_add(count, Ordering::Relaxed);
                    while claim + count > limit {
                        limit = added.load() + N;
                        if claim + count > limit {
                            pause.pause();
                        }
                    }
                    for sequence in claim..claim + count {
                        // SAFETY: claimed, and its last event is handled.
                        unsafe { (*slots.at(sequence)).value = value };
                        value += 1;
                    }
                    for sequence in claim..claim + count {
                        // Release: pairs with the stage's look.
                        stamp(sequence).store(round(sequence), Ordering::Release);
                    }
                }
            });
        }
        (begun, stage.join().expect("it does not panic"))
    });
    checked(sum, sum_below(events), begun, Some(ended))
}
