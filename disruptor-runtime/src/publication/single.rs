//! One producer: a cursor.

use std::mem::MaybeUninit;

use crossbeam_utils::CachePadded;
use disruptor_topology::Producers;

use super::{Claimant, Publication, Refused};
use crate::Sequence;
use crate::sync::{AtomicI64, Ordering};
use crate::word::{self, END, HALT};

/// What `limit` holds once the stream is closed: no claim is below it.
const CLOSED: i64 = i64::MIN;

/// The words of the only producer.
#[repr(C)]
pub struct Single {
    /// Everything below it is published. Written by the producer, and by who halts.
    cursor: CachePadded<AtomicI64>,
    /// Everything below it may be claimed. On a line that the producer has to itself, so that comparing with it costs what
    /// comparing with a private copy would, and a close from outside is seen by the very next claim.
    limit: CachePadded<AtomicI64>,
}

// SAFETY: the cursor is stored with Release after the slots are written and read with Acquire; there is one claimant, since
// the producer's handle is not cloned and takes `&mut self`.
unsafe impl Publication for Single {
    const PRODUCERS: Producers = Producers::Single;
    const HOLDS_OTHERS: bool = false;

    fn init(this: &mut MaybeUninit<Self>, slots: usize) {
        this.write(Self {
            cursor: CachePadded::new(AtomicI64::new(0)),
            limit: CachePadded::new(AtomicI64::new(slots as i64)),
        });
    }

    fn begin_at(&self, first: Sequence) {
        self.cursor.store(first, Ordering::Relaxed);
    }

    fn join(&self) -> Claimant {
        // Relaxed: no other thread is there yet.
        Claimant { next: self.cursor.load(Ordering::Relaxed), limit: 0, steps_back: false }
    }

    fn leave(&self, _: &Claimant) {
        // Release: pairs with the looks, which then see everything published before the end.
        self.cursor.fetch_or(END, Ordering::Release);
    }

    #[inline]
    fn try_claim(&self, claimant: &mut Claimant, count: usize) -> Result<Sequence, Refused> {
        // Relaxed: what lies behind a limit was acquired when the limit was found, by this very thread.
        let limit = self.limit.load(Ordering::Relaxed);
        if claimant.next + count as i64 <= limit {
            Ok(claimant.next)
        } else {
            Err(if limit == CLOSED { Refused::Closed } else { Refused::Full })
        }
    }

    #[inline]
    fn claim(&self, claimant: &mut Claimant, count: usize) -> Result<Sequence, Option<Sequence>> {
        Self::try_claim(self, claimant, count).map_err(|refused| match refused {
            Refused::Full => Some(claimant.next),
            Refused::Closed => None,
        })
    }

    fn grant(&self, _: &mut Claimant, limit: Sequence) -> bool {
        // An exchange, since a close between load and store must not be undone.
        let known = self.limit.load(Ordering::Relaxed);
        known != CLOSED
            && self.limit.compare_exchange(known, limit, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn abandon(&self, _: Sequence) {}

    #[inline]
    fn commit(&self, claimant: &mut Claimant, claim: Sequence, count: usize) {
        let next = claim + count as i64;
        claimant.next = next;
        // Release: pairs with the Acquire in `look`; who sees the count sees the slots.
        self.cursor.store(next, Ordering::Release);
    }

    fn abort(&self, _: Sequence, _: usize) {}

    #[inline]
    fn look(&self, _: Sequence, _: usize) -> i64 {
        // Acquire: pairs with the Release in `commit` and `leave`.
        self.cursor.load(Ordering::Acquire)
    }

    #[inline]
    fn look_closely(&self, next: Sequence, most: usize, closing: bool) -> i64 {
        let word = Self::look(self, next, most);
        // The stream was closed from outside, and what was published before is handled. The producer may be idle for ever:
        // it is not waited for. If it is just now publishing, that event comes after the end.
        if closing && word::count(word) == next { word | END } else { word }
    }

    fn is_hole(&self, _: Sequence) -> bool {
        false
    }

    fn close(&self) {
        // Release: pairs with the fence of a producer that asks why it was refused. An exchange, as a grant is one: neither is lost.
        self.limit.swap(CLOSED, Ordering::Release);
    }

    fn halt(&self) {
        Self::close(self);
        // The producer overwrites it if it is just now publishing: once, or as often as it has claimed ahead (`producer/each.rs`). That
        // costs the stages a batch each time: before they idle, and before they handle what a batch has left, they look at the state.
        self.cursor.fetch_or(HALT, Ordering::Release);
    }

    fn claimed(&self) -> Sequence {
        word::count(self.cursor.load(Ordering::Acquire))
    }

    fn is_closed(&self) -> bool {
        self.limit.load(Ordering::Relaxed) == CLOSED
    }
}
