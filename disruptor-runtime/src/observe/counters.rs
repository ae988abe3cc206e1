//! What a stage counts of its own work.

use crate::sync::{Ordering, Tally};

/// How many powers of two batch sizes are told apart by.
const SIZES: usize = 32;

/// What a stage counts. Its thread alone writes, by a load and a store on lines of its own: that costs what a variable would, for
/// as long as nobody looks. Whoever looks pays, and orders nothing by it: all is `Relaxed`.
#[repr(C)]
#[derive(Debug, Default)]
pub(crate) struct Counters {
    events: Tally,
    waits: Tally,
    looks: Tally,
    parks: Tally,
    faults: Tally,
    retries: Tally,
    sizes: [Tally; SIZES],
    rests: Tally,
}

/// Adds to a word that nobody else writes.
#[inline(always)]
fn add(word: &Tally, count: u64) {
    word.store(word.load(Ordering::Relaxed).wrapping_add(count), Ordering::Relaxed);
}

impl Counters {
    /// A batch of so many events is through.
    #[inline(always)]
    pub(crate) fn batch(&self, size: usize) {
        add(&self.events, size as u64);
        add(&self.sizes[class(size)], 1);
    }

    /// A look found nothing.
    #[inline]
    pub(crate) fn wait(&self) {
        add(&self.waits, 1);
    }

    /// The wait is over after so many more looks.
    #[inline]
    pub(crate) fn waited(&self, looks: u32) {
        add(&self.looks, looks.into());
    }

    /// The stage is about to park, or to sleep in its place.
    pub(crate) fn park(&self) {
        add(&self.parks, 1);
    }

    /// The stage is about to rest behind a small batch.
    pub(crate) fn rest(&self) {
        add(&self.rests, 1);
    }

    /// The handler returned an error.
    pub(crate) fn fault(&self) {
        add(&self.faults, 1);
    }

    /// The batch is tried once more.
    pub(crate) fn retry(&self) {
        add(&self.retries, 1);
    }

    /// As before the first event.
    pub(crate) fn reset(&self) {
        let Self { events, waits, looks, parks, faults, retries, sizes, rests } = self;
        for word in [events, waits, looks, parks, faults, retries, rests].into_iter().chain(sizes) {
            word.store(0, Ordering::Relaxed);
        }
    }

    pub(crate) fn read(&self) -> StageCounters {
        let read = |word: &Tally| word.load(Ordering::Relaxed);
        let batch_sizes = BatchSizes(std::array::from_fn(|class| read(&self.sizes[class])));
        StageCounters {
            events: read(&self.events),
            batches: batch_sizes.total(),
            waits: read(&self.waits),
            looks: read(&self.looks),
            parks: read(&self.parks),
            rests: read(&self.rests),
            faults: read(&self.faults),
            retries: read(&self.retries),
            skipped: 0,
            batch_sizes,
        }
    }
}

/// The class of a size: that of the smallest power of two that is not below it.
#[inline(always)]
fn class(size: usize) -> usize {
    ((usize::BITS - size.wrapping_sub(1).leading_zeros()) as usize).min(SIZES - 1)
}

/// What a stage has counted, all its workers together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct StageCounters {
    /// The events of the batches that are through, without holes and what other workers picked. A batch in which the stage
    /// failed is not counted; the cursor says how far that got.
    pub events: u64,
    /// The batches that are through.
    pub batches: u64,
    /// How often the stage found nothing to do and began to wait.
    pub waits: u64,
    /// How often it looked in vain before there was something to do again; the wait that is going on is not in it.
    pub looks: u64,
    /// How often it parked.
    pub parks: u64,
    /// How often it rested behind a small batch, since that makes a dense stream faster or to try whether it does: see
    /// [`Wait::gathers`](crate::wait::Wait::gathers).
    pub rests: u64,
    /// The errors that its handler returned; a panic is none of them.
    pub faults: u64,
    /// How often a batch was rewound to be tried again.
    pub retries: u64,
    /// The events that were skipped, since the handler failed on them.
    pub skipped: u64,
    /// The sizes of the batches that are through.
    pub batch_sizes: BatchSizes,
}

impl StageCounters {
    /// Adds what another worker of the stage has counted.
    pub(crate) fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.batches += other.batches;
        self.waits += other.waits;
        self.looks += other.looks;
        self.parks += other.parks;
        self.rests += other.rests;
        self.faults += other.faults;
        self.retries += other.retries;
        self.skipped += other.skipped;
        self.batch_sizes.0.iter_mut().zip(other.batch_sizes.0).for_each(|(own, other)| *own += other);
    }
}

/// How many batches there were of which size, by powers of two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchSizes([u64; SIZES]);

impl BatchSizes {
    /// The classes that have batches: the largest size in the class, a power of two, and how many batches were at most that
    /// large and larger than half of it. The last class, 2³¹, has all larger ones as well.
    pub fn classes(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter().enumerate().filter(|(_, count)| **count > 0).map(|(class, count)| (1 << class, *count))
    }

    /// For a histogram of Prometheus: the largest size of each class that a ring of this size can have, and last all beyond.
    #[cfg(feature = "prometheus")]
    pub(crate) fn buckets(&self, ring: usize) -> Vec<(f64, u64)> {
        // The last class has no bound.
        let bounded = (class(ring) + 1).min(SIZES - 1);
        let bounds = (0..bounded).map(|class| ((1_u64 << class) as f64, self.0[class]));
        bounds.chain([(f64::INFINITY, self.0[bounded..].iter().sum())]).collect()
    }

    /// All batches.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for BatchSizes {
    /// As a list of pairs, `[largest size, batches]`, as [`classes`](Self::classes) gives them.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.classes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_in_the_class_of_the_power_of_two_above() {
        let classes = [1, 2, 3, 4, 5, 8, 9, 1024, 1025, 1 << 31, (1 << 31) + 1, usize::MAX].map(class);
        assert_eq!(classes, [0, 1, 2, 2, 3, 3, 4, 10, 11, 31, 31, 31]);
    }

    #[test]
    fn batches_are_counted_with_their_events_and_sizes() {
        let counters = Counters::default();
        for size in [1, 3, 4, 4, 64] {
            counters.batch(size);
        }
        let mut read = counters.read();
        assert_eq!((read.events, read.batches), (76, 5));
        assert_eq!(read.batch_sizes.classes().collect::<Vec<_>>(), [(1, 1), (4, 3), (64, 1)]);
        read.add(&counters.read());
        assert_eq!((read.events, read.batches, read.batch_sizes.total()), (152, 10, 10));
    }

    #[test]
    fn every_count_stands_in_its_field_is_added_and_begins_anew() {
        let counters = Counters::default();
        counters.wait();
        counters.waited(2);
        (0..3).for_each(|_| counters.park());
        (0..4).for_each(|_| counters.rest());
        (0..5).for_each(|_| counters.fault());
        (0..6).for_each(|_| counters.retry());
        let mut read = counters.read();
        read.add(&counters.read());
        let StageCounters { waits, looks, parks, rests, faults, retries, .. } = read;
        assert_eq!([waits, looks, parks, rests, faults, retries], [2, 4, 6, 8, 10, 12]);
        counters.reset();
        assert_eq!(counters.read(), StageCounters::default());
    }
}
