//! Several producers with a ring each, and one thread that takes what is there from all of them in turns.

use std::thread;
use std::time::Instant;

use super::ring::{Cursor, Slots};
use crate::arrays::{THREE, add_all, three, three_sum};
use crate::numbers::shares;
use crate::shape::{LARGE, Pause};
use crate::work::PRODUCERS;
use crate::{Outcome, checked};

/// A ring, and how far its two sides are.
struct Lane {
    slots: Slots<[i64; THREE], LARGE>,
    published: Cursor,
    added: Cursor,
}

pub(super) fn three_to_three<P: Pause>(events: i64, pause: P) -> Outcome {
    let lanes = [(); PRODUCERS as usize].map(|()| Lane {
        slots: Slots::new([0; THREE]),
        published: Cursor::default(),
        added: Cursor::default(),
    });
    let (begun, (sum, ended)) = thread::scope(|scope| {
        let stage = scope.spawn(|| {
            let mut sum = 0;
            let mut nexts = [0_i64; PRODUCERS as usize];
            let mut left = events;
            while left > 0 {
                let before = left;
                for (lane, next) in lanes.iter().zip(&mut nexts) {
                    let known = lane.published.load();
                    left -= known - *next;
                    while *next < known {
                        // SAFETY: published, and not yet released.
                        sum = add_all(sum, unsafe { &*lane.slots.at(*next) });
                        *next += 1;
                    }
                    lane.added.store(known);
                }
                if left == before {
                    pause.pause();
                }
            }
            (sum, Instant::now())
        });
        let begun = Instant::now();
        for (lane, share) in lanes.iter().zip(shares(events, PRODUCERS)) {
            scope.spawn(move || {
                let Lane { slots, published, added } = lane;
                // SAFETY: the only producer of its ring, and the stage is through with what it writes.
                unsafe {
                    slots.produce::<1, 1, P>(
                        published,
                        [added],
                        share.end - share.start,
                        pause,
                        |event, value| {
                            *event = three(share.start + value);
                        },
                    );
                }
            });
        }
        (begun, stage.join().expect("it does not panic"))
    });
    checked(sum, three_sum(events), begun, Some(ended))
}
