//! The shapes with several producers in one ring.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::Instant;

use crossbeam_utils::CachePadded;

use super::ring::Cursor;
use crate::shape::{LARGE, Pause};
use crate::work::{Value, shares, sum_below};
use crate::{Outcome, checked};

const N: i64 = LARGE as i64;

/// A slot with its stamp: the sequence behind the one whose event stands here.
#[repr(C)]
struct Slot {
    stamp: AtomicI64,
    event: UnsafeCell<Value>,
}

// SAFETY: the stamps and the handled cursor hand a slot from thread to thread.
unsafe impl Sync for Slot {}

pub(super) fn sequencer<const BATCH: i64, P: Pause>(events: i64, pause: P) -> Outcome {
    let slots: Box<[Slot]> =
        (0..N).map(|_| Slot { stamp: AtomicI64::new(0), event: UnsafeCell::default() }).collect();
    let claimed = CachePadded::new(AtomicI64::new(0));
    let added = Cursor::default();
    let at = |sequence: i64| &slots[sequence as usize & (LARGE - 1)];
    let (begun, (sum, ended)) = thread::scope(|scope| {
        let stage = scope.spawn(|| {
            let mut sum = 0_i64;
            let mut next = 0;
            while next < events {
                let begun = next;
                while next < events && next - begun < 4096 {
                    let slot = at(next);
                    // Acquire: pairs with the Release of the producer's stamp.
                    if slot.stamp.load(Ordering::Acquire) != next + 1 {
                        break;
                    }
                    // SAFETY: stamped, and not yet released.
                    sum = sum.wrapping_add(unsafe { (*slot.event.get()).value });
                    next += 1;
                }
                if next == begun {
                    pause.pause();
                } else {
                    added.store(next);
                }
            }
            (sum, Instant::now())
        });
        let begun = Instant::now();
        for share in shares(events) {
            let (claimed, added, at) = (&claimed, &added, &at);
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
                        let slot = at(sequence);
                        // SAFETY: claimed, and its last event is handled.
                        unsafe { (*slot.event.get()).value = value };
                        // Release: pairs with the stage's look.
                        slot.stamp.store(sequence + 1, Ordering::Release);
                        value += 1;
                    }
                }
            });
        }
        (begun, stage.join().expect("it does not panic"))
    });
    checked(sum, sum_below(events), begun, Some(ended))
}
