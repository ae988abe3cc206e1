//! Shards: which worker an event goes to.

use std::hash::{Hash, Hasher};

use super::apply::{Bound, inside};
use super::bounds::{EventKey, HashedKey, KeyFunction, PlainKey, SeenByAll};
use super::{Apply, Events};
use crate::Sequence;
use crate::control::drop_quietly;

/// Says which of a shard's workers an event goes to.
///
/// # Safety
/// [`worker`](Self::worker) touches of the event what the declaration of the shard names as its key, to read it. If the workers
/// write anything of the event, it gives the same answer whoever asks.
pub unsafe trait Share<E>: Clone + Send {
    /// The worker of this event, among so many.
    ///
    /// # Safety
    /// The event is valid, and nobody writes what the key is made of.
    unsafe fn worker(&self, event: *mut E, sequence: Sequence, workers: usize) -> usize;
}

/// Each worker in its turn.
#[derive(Clone, Copy)]
pub struct InTurn;

// SAFETY: touches nothing, and depends on the sequence alone.
unsafe impl<E> Share<E> for InTurn {
    #[inline(always)]
    unsafe fn worker(&self, _: *mut E, sequence: Sequence, workers: usize) -> usize {
        sequence as usize % workers
    }
}

/// By a field that is a plain value.
#[derive(Clone, Copy)]
pub struct ByValue<P>(P);

/// Shares by the field that `project` picks.
///
/// # Safety
/// `project` gives a pointer to the field that the declaration names as the key, and touches nothing.
pub unsafe fn by_value<E, K, P, Out, Passes>(_: Events<E>, project: P) -> Out
where
    P: Fn(*mut E) -> (*const K,) + Clone + Send,
    K: PlainKey<ByValue<P>, Out, Passes>,
{
    K::pass(ByValue(project))
}

// SAFETY: reads the key alone, and the bits of a plain value are the same for all who read them.
unsafe impl<E, K: ShardKey, P: Fn(*mut E) -> (*const K,) + Clone + Send> Share<E> for ByValue<P> {
    #[inline(always)]
    unsafe fn worker(&self, event: *mut E, _: Sequence, workers: usize) -> usize {
        // SAFETY: the event is valid, and nobody writes its key.
        spread(unsafe { *(self.0)(event).0 }.bits(), workers)
    }
}

/// By a field's hash.
#[derive(Clone, Copy)]
pub struct ByHash<P>(P);

/// Shares by the hash of the field that `project` picks.
///
/// # Safety
/// As of [`by_value`]; the workers write nothing of the event, and what they read of it is `Sync`.
pub unsafe fn by_hash<E, K, P, Out, Passes>(_: Events<E>, project: P) -> Out
where
    P: Fn(*mut E) -> (*const K,) + Clone + Send,
    K: HashedKey<ByHash<P>, Out, Passes>,
{
    K::pass(ByHash(project))
}

// SAFETY: hands the key alone to its `Hash`. Whatever that answers, workers that only read what is `Sync` may handle an event
// together.
unsafe impl<E, K: Hash + Sync, P: Fn(*mut E) -> (*const K,) + Clone + Send> Share<E> for ByHash<P> {
    #[inline(always)]
    unsafe fn worker(&self, event: *mut E, _: Sequence, workers: usize) -> usize {
        // SAFETY: the event is valid, and nobody writes its key.
        spread(hash(unsafe { &*(self.0)(event).0 }), workers)
    }
}

/// By what a function of the whole event says.
#[derive(Clone, Copy)]
pub struct ByEvent<F>(F);

/// Shares by the hash of what `key` says of the event.
///
/// # Safety
/// The workers write nothing of the event.
pub unsafe fn by_event<E, K, F, A, B, C, X, Y, Z>(_: Events<E>, key: F) -> C
where
    F: Fn(&E) -> K + KeyFunction<ByEvent<F>, A, X>,
    K: EventKey<A, B, Y>,
    E: SeenByAll<B, C, Z>,
{
    E::pass(K::pass(F::pass(ByEvent(key))))
}

// SAFETY: makes a shared reference to the event, which is declared as the key. Workers that only read may handle an event
// together, whatever the function answers.
unsafe impl<E: Sync, K: Hash, F: Fn(&E) -> K + Clone + Send> Share<E> for ByEvent<F> {
    #[inline(always)]
    unsafe fn worker(&self, event: *mut E, _: Sequence, workers: usize) -> usize {
        // SAFETY: the event is valid, and nobody writes to it.
        spread(hash(&(self.0)(unsafe { &*event })), workers)
    }
}

/// What may be the key of workers that write: a value whose bits are the same for all who read them, whatever code of the
/// user's runs.
///
/// # Safety
/// [`bits`](Self::bits) depends on the value alone.
pub unsafe trait ShardKey: Copy + Sync {
    /// The value's bits.
    fn bits(self) -> u64;
}

macro_rules! shard_keys {
    ($($kind:ty)*) => {$(
        // SAFETY: the value itself.
        unsafe impl ShardKey for $kind {
            #[inline(always)]
            fn bits(self) -> u64 {
                self as u64
            }
        }
    )*};
}

shard_keys!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize bool char);

macro_rules! wide_shard_keys {
    ($($kind:ty)*) => {$(
        // SAFETY: the value itself, folded.
        unsafe impl ShardKey for $kind {
            #[inline(always)]
            fn bits(self) -> u64 {
                (self as u64) ^ ((self >> 64) as u64)
            }
        }
    )*};
}

wide_shard_keys!(u128 i128);

/// Spreads keys evenly, also such as count up: the upper bits of a multiple of 2⁶⁴ divided by the golden ratio (Knuth, The
/// Art of Computer Programming, 6.4), scaled to the number of workers.
#[inline(always)]
pub(crate) fn spread(key: u64, workers: usize) -> usize {
    let mixed = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (((mixed >> 32) * workers as u64) >> 32) as usize
}

pub(crate) fn hash(key: &impl Hash) -> u64 {
    let mut fold = Fold(0);
    key.hash(&mut fold);
    fold.finish()
}

/// Folds a key's words together; it is `spread` that mixes. The same in every run, so that a replay shares alike.
struct Fold(u64);

impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    #[inline(always)]
    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// One of a shard's workers.
pub(super) struct Worker<A, S, const WORKERS: usize> {
    apply: A,
    share: S,
    index: usize,
}

impl<A, S, const WORKERS: usize> Worker<A, S, WORKERS> {
    pub(super) fn new(apply: A, share: S, index: usize) -> Self {
        Self { apply, share, index }
    }
}

impl<A: Bound, S, const WORKERS: usize> Bound for Worker<A, S, WORKERS> {
    type Keep = A::Keep;

    #[inline(always)]
    fn keep(&mut self) -> &mut A::Keep {
        self.apply.keep()
    }

    fn into_keep(self) -> A::Keep {
        drop_quietly(self.share);
        self.apply.into_keep()
    }
}

// SAFETY: as of the one inside, and of the key.
unsafe impl<E, A: Apply<E>, S: Share<E>, const WORKERS: usize> Apply<E> for Worker<A, S, WORKERS> {
    const COMMITS_BATCHES: bool = A::COMMITS_BATCHES;
    const PICKS: bool = true;

    fn start(&mut self) {
        self.apply.start();
    }

    #[inline(always)]
    unsafe fn picks(&self, event: *mut E, sequence: Sequence) -> bool {
        // SAFETY: the caller's promise is handed on.
        unsafe { self.share.worker(event, sequence, WORKERS) == self.index }
    }

    inside!(E);

    fn stop(&mut self) {
        self.apply.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(keys: impl Iterator<Item = u64>, workers: usize) -> Vec<usize> {
        let mut shares = vec![0; workers];
        keys.for_each(|key| shares[spread(key, workers)] += 1);
        shares
    }

    #[test]
    #[cfg_attr(miri, ignore = "arithmetic, and much of it")]
    fn keys_that_count_up_and_keys_that_are_far_apart_are_spread_evenly() {
        for step in [1, 2, 8, 1000, 1 << 32, 1 << 48] {
            for workers in 1..=9 {
                let each = 9000 / workers;
                let shares = shares((0..9000).map(|key| key * step), workers);
                assert!(
                    shares.iter().all(|share| *share > each / 2 && *share < each * 2),
                    "step {step}: {shares:?}"
                );
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "arithmetic, and much of it")]
    fn hashes_of_strings_differ() {
        let hashes: std::collections::HashSet<u64> =
            (0..9000).map(|key| hash(&format!("key {key}"))).collect();
        assert_eq!(hashes.len(), 9000);
        let shares = shares((0..9000).map(|key| hash(&format!("key {key}"))), 4);
        assert!(shares.iter().all(|share| *share > 1500), "{shares:?}");
    }

    #[test]
    fn negative_and_wide_keys_have_bits() {
        assert_eq!((-1_i8).bits(), u64::MAX);
        assert_eq!((5_u128 << 64 | 3).bits(), 6);
        assert_eq!('a'.bits(), 97);
    }
}
