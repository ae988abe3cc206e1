//! Cursors, slots, and the loops over them.

use std::cell::UnsafeCell;
use std::hint::black_box;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use crossbeam_utils::CachePadded;

use crate::shape::Pause;

/// How far somebody is: everything below it is done. Nobody else writes it.
#[derive(Default)]
pub(crate) struct Cursor(CachePadded<AtomicI64>);

impl Cursor {
    /// Everything below it is done.
    #[inline(always)]
    pub(crate) fn store(&self, next: i64) {
        // Release: pairs with `load`; who sees the count sees what was done to the slots.
        self.0.store(next, Ordering::Release);
    }

    #[inline(always)]
    pub(crate) fn load(&self) -> i64 {
        // Acquire: pairs with `store`.
        self.0.load(Ordering::Acquire)
    }
}

/// The least of some cursors.
#[inline(always)]
pub(crate) fn least<const K: usize>(cursors: [&Cursor; K]) -> i64 {
    cursors.iter().map(|cursor| cursor.load()).fold(i64::MAX, i64::min)
}

/// The slots of a ring of `N`, a power of two.
pub(crate) struct Slots<E, const N: usize>(Box<[UnsafeCell<E>]>);

// SAFETY: the events are plain values, and the loops below hand a slot from thread to thread by cursors.
unsafe impl<E: Send + Sync, const N: usize> Sync for Slots<E, N> {}

impl<E: Copy, const N: usize> Slots<E, N> {
    /// Slots that have all been written, so that the memory is there.
    pub(crate) fn new(event: E) -> Self {
        const { assert!(N.is_power_of_two()) }
        Self((0..N).map(|_| UnsafeCell::new(black_box(event))).collect())
    }

    #[inline(always)]
    pub(crate) fn at(&self, sequence: i64) -> *mut E {
        // SAFETY: masked, and there are `N` slots.
        UnsafeCell::raw_get(unsafe { self.0.as_ptr().add(sequence as usize & (N - 1)) })
    }

    /// Publishes `0..events`, `BATCH` at a time, each slot when all of `gates` are through with its last event.
    ///
    /// # Safety
    /// `write` touches no more than the producer's part of the slot, and nobody else produces.
    #[inline(always)]
    pub(crate) unsafe fn produce<const BATCH: i64, const K: usize, P: Pause>(
        &self,
        cursor: &Cursor,
        gates: [&Cursor; K],
        events: i64,
        pause: P,
        mut write: impl FnMut(*mut E, i64),
    ) {
        let mut next = 0;
        let mut limit = N as i64;
        while next < events {
            while next + BATCH.min(events - next) > limit {
                limit = least(gates) + N as i64;
                if next + BATCH.min(events - next) > limit {
                    pause.pause();
                }
            }
            // As far as the slots stand side by side and there is room, nothing else is looked at.
            let index = next as usize & (N - 1);
            let whole = (limit.min(events) - next).min((N - index) as i64) / BATCH;
            let first = self.at(next);
            for batch in 0..whole {
                for offset in batch * BATCH..(batch + 1) * BATCH {
                    // SAFETY: up to the end of the ring.
                    write(unsafe { first.add(offset as usize) }, next + offset);
                }
                cursor.store(next + (batch + 1) * BATCH);
            }
            next += whole * BATCH;
            if whole == 0 {
                // Around the end of the ring, or the rest.
                let end = (next + BATCH).min(events);
                (next..end).for_each(|sequence| write(self.at(sequence), sequence));
                next = end;
                cursor.store(next);
            }
        }
    }

    /// Folds `0..events`, each when all of `upstream` are through with it, and says so every `MOST` events at the latest. Gives
    /// the result, and when it was there.
    ///
    /// # Safety
    /// `fold` touches no more than this stage's part of the slot, and reads what those upstream have written.
    #[inline(always)]
    pub(crate) unsafe fn fold<const MOST: i64, const K: usize, T, P: Pause>(
        &self,
        upstream: [&Cursor; K],
        cursor: &Cursor,
        events: i64,
        pause: P,
        start: T,
        mut fold: impl FnMut(T, *mut E) -> T,
    ) -> (T, Instant) {
        let mut result = start;
        let mut next = 0;
        let mut known = 0;
        while next < events {
            let at_once = known <= next;
            let mut looks = 0;
            while known <= next {
                known = least(upstream);
                if known <= next {
                    pause.pause_behind(looks);
                    looks += 1;
                }
            }
            let index = next as usize & (N - 1);
            let count = ((known - next).min(MOST) as usize).min(N - index);
            let first = self.at(next);
            for offset in 0..count {
                // SAFETY: up to the end of the ring.
                result = fold(result, unsafe { first.add(offset) });
            }
            next += count as i64;
            cursor.store(next);
            if at_once && looks == 0 && next == known {
                pause.rest(count);
            }
        }
        (result, Instant::now())
    }
}
