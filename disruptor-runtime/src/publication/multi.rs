//! Many producers: one counter to claim from, and a stamp a slot that says which round it was published in.

use std::mem::MaybeUninit;
use std::time::Duration;

use crossbeam_utils::CachePadded;
use disruptor_topology::Producers;

use super::{Claimant, Cloneable, Publication, Refused};
use crate::Sequence;
use crate::sync::{AtomicI64, AtomicU32, AtomicUsize, Ordering, fence, hint, turn_of_thread};
use crate::word::{self, END, HALT, HOLES};

/// In a stamp: the slot was claimed, and its producer gave up while it wrote.
const HOLE: u32 = 1;
/// In a stamp: stop here.
const STOP: u32 = 2;
const KINDS: u32 = HOLE | STOP;

/// One of so many sequences has the producer that claims it step back before its next claim, if somebody else has claimed since its last
/// one: it leaves the line of the counter, and those of the slots behind it, to the others. Each then claims many in a row while another
/// rests, and lines go from core to core once for all of these; where all claim all the time, they go for each event.
const STEP: i64 = 64;
/// For so many hints, some 3 µs. Of 32 to 512 the fastest: docs/performance.md.
const HINTS: u32 = 128;
/// Where the stream, of all producers, takes less time than this for each event. In thinner ones nobody is in the way of anybody, and
/// the rest would be latency for nothing.
const DENSE: Duration = Duration::from_nanos(250);

/// Rests behind this claim, if many were claimed since the thread was last here.
#[cold]
#[inline(never)]
fn step_back(claim: Sequence) {
    // In models, which know no time, always.
    if turn_of_thread(claim).is_none_or(|(last, time)| is_dense(claim - last, time)) {
        (0..HINTS).for_each(|_| hint::spin_loop());
    }
}

/// True if so many events in this time are a dense stream. None are none: the thread was at another ring.
fn is_dense(events: i64, time: Duration) -> bool {
    u32::try_from(events).is_ok_and(|events| time < DENSE.saturating_mul(events))
}

/// The words of many producers of a ring of `N` slots.
pub type Multi<const N: usize> = Stamped<[AtomicU32; N]>;

/// The words of many producers.
#[repr(C)]
pub struct Stamped<S> {
    /// Everything below it is claimed; above it `END` once no claim counts any more.
    claimed: CachePadded<AtomicI64>,
    ends: CachePadded<Ends>,
    /// A slot's stamp is that of the last round in which it was published. Rounds are told apart modulo 2³⁰, far more than the
    /// two that can meet in a slot.
    stamps: CachePadded<S>,
}

/// A stamp for each slot of a ring, all in one place.
///
/// # Safety
/// [`stamps`](Self::stamps) gives the same stamps each time, and [`init`](Self::init) leaves each of them 0.
pub unsafe trait Stamps: Send + Sync {
    /// The stamps, a power of two.
    fn stamps(&self) -> &[AtomicU32];

    /// As they are before the first event.
    ///
    /// # Panics
    /// If there are not that many.
    fn init(this: &mut MaybeUninit<Self>, slots: usize)
    where
        Self: Sized;
}

// SAFETY: an array of its own, zeroed.
unsafe impl<const N: usize> Stamps for [AtomicU32; N] {
    #[inline(always)]
    fn stamps(&self) -> &[AtomicU32] {
        self
    }

    fn init(this: &mut MaybeUninit<Self>, slots: usize) {
        assert!(slots == N, "the producers' words are made for another ring");
        let stamps = this.as_mut_ptr().cast::<AtomicU32>();
        for stamp in 0..N {
            // SAFETY: below the length of the array. In place, since it may be too large for a stack.
            unsafe { stamps.add(stamp).write(AtomicU32::new(0)) };
        }
    }
}

// SAFETY: a slice of its own, zeroed.
unsafe impl Stamps for Box<[AtomicU32]> {
    #[inline(always)]
    fn stamps(&self) -> &[AtomicU32] {
        self
    }

    fn init(this: &mut MaybeUninit<Self>, slots: usize) {
        this.write((0..slots).map(|_| AtomicU32::new(0)).collect());
    }
}

/// What is known of the end of the stream.
#[repr(C)]
struct Ends {
    /// The first sequence that was not claimed in time; `i64::MAX` while the stream is open.
    last: AtomicI64,
    /// The first claim that was given up for want of room.
    abandoned: AtomicI64,
    producers: AtomicUsize,
}

impl<S: Stamps> Stamped<S> {
    /// The stamp that says that the sequence is published.
    #[inline(always)]
    fn stamp(&self, sequence: Sequence) -> u32 {
        let rounds = sequence >> self.stamps.stamps().len().trailing_zeros();
        ((rounds + 1) as u32) << 2
    }

    #[inline(always)]
    fn slot(&self, sequence: Sequence) -> &AtomicU32 {
        let stamps = self.stamps.stamps();
        &stamps[sequence as usize & (stamps.len() - 1)]
    }

    /// Goes on where a stamp was not the plain one of its round.
    #[cold]
    fn look_among_holes(&self, mut next: Sequence, end: Sequence, mut flags: i64) -> i64 {
        while next < end {
            let stamp = self.slot(next).load(Ordering::Relaxed);
            if stamp & STOP != 0 {
                flags |= HALT;
                break;
            }
            if stamp & !KINDS != self.stamp(next) {
                break;
            }
            if stamp & HOLE != 0 {
                flags |= HOLES;
            }
            next += 1;
        }
        next | flags
    }

    /// Takes back what a refused claim has added: however often somebody tries, the count must not reach the flags.
    #[cold]
    fn refuse(&self, count: usize) -> Option<Sequence> {
        self.claimed.fetch_sub(count as i64, Ordering::Relaxed);
        None
    }

    fn end(&self, with: i64) {
        // AcqRel: every claim before it is counted in `last`, every claim after it sees the flag.
        let before = self.claimed.fetch_or(END | with, Ordering::AcqRel);
        if before & END == 0 {
            // Release: pairs with `look_closely`.
            self.ends.last.store(word::count(before), Ordering::Release);
        }
    }
}

// SAFETY: a claim is what one read-modify-write on `claimed` added, and so nobody else's. A slot's stamp is stored with
// Release after the slot is written; looks read the stamps and then fence with Acquire.
unsafe impl<S: Stamps> Publication for Stamped<S> {
    const PRODUCERS: Producers = Producers::Multi;
    const HOLDS_OTHERS: bool = true;

    fn init(this: &mut MaybeUninit<Self>, slots: usize) {
        let this = this.as_mut_ptr();
        let ends = Ends {
            last: AtomicI64::new(i64::MAX),
            abandoned: AtomicI64::new(i64::MAX),
            producers: AtomicUsize::new(0),
        };
        // SAFETY: `this` is valid for writes, and a padded value is laid out as the value with padding behind it.
        unsafe {
            S::init(&mut *(&raw mut (*this).stamps).cast::<MaybeUninit<S>>(), slots);
            (&raw mut (*this).claimed).write(CachePadded::new(AtomicI64::new(0)));
            (&raw mut (*this).ends).write(CachePadded::new(ends));
        }
    }

    fn begin_at(&self, first: Sequence) {
        self.claimed.store(first, Ordering::Relaxed);
        // As if those before had been published: the stamps of the round before.
        for sequence in first - self.stamps.stamps().len() as i64..first {
            self.slot(sequence).store(self.stamp(sequence), Ordering::Relaxed);
        }
    }

    fn join(&self) -> Claimant {
        self.ends.producers.fetch_add(1, Ordering::Relaxed);
        Claimant { next: 0, limit: self.stamps.stamps().len() as i64, steps_back: false }
    }

    fn leave(&self, _: &Claimant) {
        // AcqRel: the last one's end comes after every other producer's publications.
        if self.ends.producers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.end(0);
        }
    }

    #[inline]
    fn try_claim(&self, claimant: &mut Claimant, count: usize) -> Result<Sequence, Refused> {
        let mut claimed = self.claimed.load(Ordering::Relaxed);
        loop {
            if claimed & END != 0 {
                return Err(Refused::Closed);
            }
            if claimed + count as i64 > claimant.limit {
                claimant.next = claimed;
                return Err(Refused::Full);
            }
            // Relaxed: the counter only deals out numbers; what lies behind them travels by the limit and the stamps.
            match self.claimed.compare_exchange_weak(
                claimed,
                claimed + count as i64,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => {
                    claimant.next = claimed + count as i64;
                    return Ok(claimed);
                }
                Err(now) => claimed = now,
            }
        }
    }

    #[inline]
    fn claim(&self, claimant: &mut Claimant, count: usize) -> Result<Sequence, Option<Sequence>> {
        let expected = claimant.next;
        if claimant.steps_back {
            claimant.steps_back = false;
            step_back(expected);
        }
        // Relaxed: as in `try_claim`.
        let claim = self.claimed.fetch_add(count as i64, Ordering::Relaxed);
        if claim & END != 0 {
            return Err(self.refuse(count));
        }
        claimant.next = claim + count as i64;
        if claim % STEP == 0 && claim != expected {
            claimant.steps_back = true;
        }
        if claim + count as i64 <= claimant.limit { Ok(claim) } else { Err(Some(claim)) }
    }

    fn grant(&self, claimant: &mut Claimant, limit: Sequence) -> bool {
        claimant.limit = limit;
        true
    }

    fn abandon(&self, claim: Sequence) {
        // Release: pairs with `look_closely`.
        self.ends.abandoned.fetch_min(claim, Ordering::Release);
    }

    #[inline]
    fn commit(&self, _: &mut Claimant, claim: Sequence, count: usize) {
        for sequence in claim..claim + count as i64 {
            // Release: pairs with the fence in `look`; who sees the stamp sees the slot.
            self.slot(sequence).store(self.stamp(sequence), Ordering::Release);
        }
    }

    #[cold]
    fn abort(&self, claim: Sequence, count: usize) {
        for sequence in claim..claim + count as i64 {
            self.slot(sequence).store(self.stamp(sequence) | HOLE, Ordering::Release);
        }
    }

    #[inline]
    fn look(&self, next: Sequence, most: usize) -> i64 {
        let end = next + most as i64;
        let mut seen = next;
        while seen < end && self.slot(seen).load(Ordering::Relaxed) == self.stamp(seen) {
            seen += 1;
        }
        let word = if seen < end && self.slot(seen).load(Ordering::Relaxed) & KINDS != 0 {
            self.look_among_holes(seen, end, 0)
        } else {
            seen
        };
        // Pairs with the Release of each stamp seen above.
        fence(Ordering::Acquire);
        word
    }

    fn look_closely(&self, next: Sequence, most: usize, _: bool) -> i64 {
        // Acquire: pairs with `end` and `abandon`. Read before the stamps: a claim below the end is then stamped or pending.
        let ended = self.claimed.load(Ordering::Acquire) & END != 0;
        let last = self.ends.last.load(Ordering::Acquire).min(self.ends.abandoned.load(Ordering::Acquire));
        let word = self.look(next, most);
        if ended && word::count(word) >= last { word | END } else { word }
    }

    fn is_hole(&self, sequence: Sequence) -> bool {
        // Relaxed: whoever asks has the sequence from a word that was stored after the stamp was seen.
        self.slot(sequence).load(Ordering::Relaxed) & HOLE != 0
    }

    fn close(&self) {
        self.end(0);
    }

    fn halt(&self) {
        self.end(HALT);
        for stamp in self.stamps.stamps() {
            // Keeps the rest of the stamp: a hole stays a hole for those behind. A producer may overwrite it with its own. Release: pairs
            // with the fence in `look`; who is told by a stage that has seen it finds the state that says why.
            stamp.fetch_or(STOP, Ordering::Release);
        }
    }

    fn claimed(&self) -> Sequence {
        let claimed = word::count(self.claimed.load(Ordering::Acquire));
        claimed.min(self.ends.last.load(Ordering::Acquire))
    }

    fn is_closed(&self) -> bool {
        self.claimed.load(Ordering::Relaxed) & END != 0
    }
}

// SAFETY: every claim is a read-modify-write on `claimed`.
unsafe impl<S: Stamps> Cloneable for Stamped<S> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_dense_from_four_million_events_a_second_on() {
        assert!(is_dense(64, Duration::from_nanos(15_999)));
        assert!(!is_dense(64, Duration::from_nanos(16_000)));
        assert!(is_dense(i64::from(u32::MAX), Duration::from_secs(1_000)));
    }

    #[test]
    fn what_was_claimed_at_another_ring_is_no_stream() {
        for events in [0, -64, i64::MIN, 1 << 40] {
            assert!(!is_dense(events, Duration::from_nanos(1)), "{events}");
        }
    }

    /// The words of a ring of eight.
    fn words() -> Multi<8> {
        let mut words = MaybeUninit::<Multi<8>>::uninit();
        Multi::init(&mut words, 8);
        // SAFETY: `init` has written it.
        unsafe { words.assume_init() }
    }

    /// One more producer, of a ring that stages always leave at once.
    fn join(words: &Multi<8>) -> Claimant {
        let mut claimant = words.join();
        assert!(words.grant(&mut claimant, 10 * STEP));
        claimant
    }

    fn is_to_step_back(claimant: &Claimant) -> bool {
        claimant.steps_back
    }

    #[test]
    fn who_claims_alone_steps_back_for_nobody() {
        let words = words();
        let mut claimant = join(&words);
        let mut claimed = 0;
        while claimed < 4 * STEP {
            assert_eq!(words.claim(&mut claimant, 1), Ok(claimed));
            assert!(!is_to_step_back(&claimant), "at {claimed}");
            assert_eq!(words.try_claim(&mut claimant, 3), Ok(claimed + 1));
            claimed += 4;
        }
    }

    #[test]
    fn who_claims_among_others_steps_back_now_and_then_and_tries_put_that_off() {
        let words = words();
        let (mut claimant, mut other) = (join(&words), join(&words));
        words.claim(&mut claimant, 1).expect("room");
        words.claim(&mut other, STEP as usize - 1).expect("room");
        assert_eq!(words.claim(&mut claimant, 1), Ok(STEP));
        assert!(is_to_step_back(&claimant) && !is_to_step_back(&other));
        assert_eq!(words.try_claim(&mut claimant, 1), Ok(STEP + 1));
        assert!(is_to_step_back(&claimant));
        assert_eq!(words.claim(&mut claimant, 1), Ok(STEP + 2));
        assert!(!is_to_step_back(&claimant));
    }

    /// The body of a method, as it is written in this file.
    fn body(method: &str) -> &'static str {
        let text = include_str!("multi.rs");
        let start = text.find(&format!("    fn {method}(&self")).expect("it is there");
        let body = &text[start..];
        &body[..body.find("\n    }\n").expect("it ends")]
    }

    /// disruptor-rs: two locked instructions an event of several producers.
    ///
    /// With the defect, a claim has another read-modify-write, or a publication has one.
    #[test]
    fn defect_12_one_read_modify_write_a_claim_and_none_a_publication() {
        let locked = |method| {
            let words = ["fetch_", "compare_exchange", "swap("];
            words.iter().map(|word| body(method).matches(word).count()).sum::<usize>()
        };
        // In the loop of `try_claim`, one for each time that it goes round.
        assert_eq!(["claim", "try_claim", "commit"].map(locked), [1, 1, 0]);
    }

    /// Otherwise 2⁶² refusals of one slot, or few of a large ring, would clear the flag that refuses.
    #[test]
    fn refused_claims_leave_no_trace() {
        let words = words();
        let mut claimant = words.join();
        assert_eq!(words.claim(&mut claimant, 3), Ok(0));
        words.close();
        let before = words.claimed.load(Ordering::Relaxed);
        assert!((0..1000).all(|_| words.claim(&mut claimant, 8) == Err(None)));
        assert_eq!(words.claimed.load(Ordering::Relaxed), before);
        assert_eq!(words.claimed(), 3);
    }
}
