//! Where in a segment a sequence stands, roughly: an entry every so many bytes.

use disruptor_runtime::Sequence;

/// Bytes between two entries, at least.
const EVERY: u64 = 64 << 10;

/// The frames of a segment that begin an interval of [`EVERY`] bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index(Vec<(Sequence, u64)>);

impl Index {
    /// Takes note of a frame, unless there is one near before it.
    #[inline]
    pub(crate) fn add(&mut self, first: Sequence, at: u64) {
        if self.0.last().is_none_or(|(_, before)| at >= before + EVERY) {
            self.0.push((first, at));
        }
    }

    /// A frame at or before the one with this sequence, if one is known.
    pub(crate) fn at_or_before(&self, sequence: Sequence) -> Option<u64> {
        // A mark has the sequence of what follows it: an equal entry may stand behind the frame that is looked for, if that is empty of
        // events; it never is.
        let behind = self.0.partition_point(|(first, _)| *first <= sequence);
        Some(self.0[behind.checked_sub(1)?].1)
    }

    /// The entries.
    pub(crate) fn entries(&self) -> &[(Sequence, u64)] {
        &self.0
    }

    /// Forgets all but the first entries, so many.
    pub(crate) fn truncate(&mut self, entries: usize) {
        self.0.truncate(entries);
    }

    /// An index of these entries.
    pub(crate) fn of(entries: Vec<(Sequence, u64)>) -> Self {
        Self(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_before() {
        let mut index = Index::default();
        for frame in 0..100 {
            index.add(frame * 10, 4096 + frame as u64 * 10_000);
        }
        assert!(index.entries().len() < 20, "{index:?}");
        assert_eq!(index.at_or_before(0), Some(4096));
        for sequence in 0..1000 {
            let at = index.at_or_before(sequence).expect("one");
            let frame = (at - 4096) / 10_000;
            assert!(
                frame as i64 * 10 <= sequence && sequence < frame as i64 * 10 + 80,
                "{sequence}: {frame}"
            );
        }
        assert_eq!(Index::default().at_or_before(5), None);
    }
}
