//! The words in which progress travels: a count of events, and above it what else its readers must know.
//!
//! A stage's word is the sequence that it handles next, so everything below it is done. Whoever reads the word to learn of
//! events learns in the same load that there will be no more, or that it should stop: while events flow, no other flag is
//! read. The count keeps 60 bits, which at one event a nanosecond last 36 years of uninterrupted running.

use crate::Sequence;

/// Some sequence at or below this one was claimed and never published: whoever handles events must look for holes.
pub(crate) const HOLES: i64 = 1 << 60;
/// Stop without handling what is left.
pub(crate) const HALT: i64 = 1 << 61;
/// The count is final.
pub(crate) const END: i64 = 1 << 62;
/// The lowest flag: a plain count is below it, a count with any flag is not.
pub(crate) const FLAGS: i64 = HOLES;

const COUNT: i64 = FLAGS - 1;

/// No claim reaches beyond it. Claims that are refused are counted, too, until they are taken back: there is room for a thousand
/// of the largest ring below the flags.
pub(crate) const LAST: i64 = FLAGS - (1 << 50);

/// The count of a word.
#[inline(always)]
pub(crate) const fn count(word: i64) -> Sequence {
    word & COUNT
}

/// True where a reader that has handled everything below `next` may go on at once: there is more, and no flag.
#[inline(always)]
pub(crate) const fn plainly_beyond(word: i64, next: Sequence) -> bool {
    // One subtraction and one comparison: a flag makes the difference large, a lack of events makes it wrap.
    (word.wrapping_sub(next).wrapping_sub(1) as u64) < (FLAGS / 2) as u64
}

/// What a reader of two words may rely on: the lower count, every flag of either, and an end only where the lower one ends.
#[inline(always)]
pub(crate) fn join(a: i64, b: i64) -> i64 {
    if (a | b) < FLAGS { if a < b { a } else { b } } else { join_flagged(a, b) }
}

#[cold]
fn join_flagged(a: i64, b: i64) -> i64 {
    let (low, high) = if count(a) <= count(b) { (a, b) } else { (b, a) };
    let end = if count(a) == count(b) { (a | b) & END } else { low & END };
    count(low) | end | ((low | high) & (HALT | HOLES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_word_beyond_next_is_taken_at_once() {
        assert!(plainly_beyond(1, 0));
        assert!(!plainly_beyond(0, 0));
        assert!(!plainly_beyond(5, 9));
        for flag in [HOLES, HALT, END] {
            assert!(!plainly_beyond(1 | flag, 0));
            assert!(!plainly_beyond((FLAGS / 4) | flag, 3));
        }
        assert!(plainly_beyond(FLAGS / 2 - 1, FLAGS / 2 - 2));
    }

    #[test]
    fn a_join_ends_only_where_its_lower_side_ends() {
        assert_eq!(join(3, 7), 3);
        assert_eq!(join(3 | END, 7), 3 | END);
        assert_eq!(join(3, 7 | END), 3);
        assert_eq!(join(7, 7 | END), 7 | END);
        assert_eq!(join(3, 7 | HALT), 3 | HALT);
        assert_eq!(join(3 | HOLES, 7 | END), 3 | HOLES);
        assert_eq!(join(3 | END | HALT, 2), 2 | HALT);
    }
}
