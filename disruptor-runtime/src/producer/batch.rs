//! The slots of a claimed batch.

use std::iter::FusedIterator;
use std::slice::IterMut;

/// The events of a claimed batch, oldest first, to be written in place.
///
/// It cannot leave the closure that it is handed to, and neither can what it gives: they are gone when the batch is published.
#[derive(Debug)]
pub struct Batch<'a, E> {
    before_wrap: IterMut<'a, E>,
    after_wrap: IterMut<'a, E>,
}

impl<'a, E> Batch<'a, E> {
    #[inline(always)]
    pub(crate) fn new(before_wrap: &'a mut [E], after_wrap: &'a mut [E]) -> Self {
        Self { before_wrap: before_wrap.iter_mut(), after_wrap: after_wrap.iter_mut() }
    }

    /// The events not yet taken, oldest first, in at most two slices, as they may lie around the end of the ring; the second is empty
    /// where one is enough.
    #[must_use]
    pub fn into_slices(self) -> (&'a mut [E], &'a mut [E]) {
        (self.before_wrap.into_slice(), self.after_wrap.into_slice())
    }
}

impl<'a, E> Iterator for Batch<'a, E> {
    type Item = &'a mut E;

    #[inline]
    fn next(&mut self) -> Option<&'a mut E> {
        // One way to an event, not two: a loop over a batch in one piece is then a loop over a slice to the compiler.
        if self.before_wrap.len() == 0 {
            if self.after_wrap.len() == 0 {
                return None;
            }
            self.before_wrap = std::mem::take(&mut self.after_wrap);
        }
        self.before_wrap.next()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.before_wrap.len() + self.after_wrap.len();
        (len, Some(len))
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut f: F) -> B {
        let init = self.before_wrap.fold(init, &mut f);
        self.after_wrap.fold(init, f)
    }
}

impl<E> ExactSizeIterator for Batch<'_, E> {}
impl<E> FusedIterator for Batch<'_, E> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_goes_around_the_wrap() {
        let (mut head, mut tail) = ([1, 2], [3]);
        let batch = Batch::new(&mut head, &mut tail);
        assert_eq!(batch.len(), 3);
        batch.for_each(|event| *event *= 10);
        let mut batch = Batch::new(&mut head, &mut tail);
        assert_eq!(batch.next(), Some(&mut 10));
        assert_eq!(batch.into_slices(), (&mut [20][..], &mut [30][..]));
        let mut batch = Batch::new(&mut head, &mut tail);
        assert_eq!(batch.by_ref().map(|event| *event).collect::<Vec<_>>(), [10, 20, 30]);
        assert_eq!((batch.len(), batch.next()), (0, None));
        let mut batch = Batch::new(&mut head, &mut tail[..]);
        assert_eq!(batch.nth(1), Some(&mut 20));
        assert_eq!((batch.len(), batch.size_hint()), (1, (1, Some(1))));
        let (first, second) = batch.into_slices();
        assert_eq!([first, second].concat(), [30]);
        let mut batch = Batch::new(&mut head, &mut []);
        assert_eq!(batch.nth(2), None);
    }
}
