//! Bytes that grow, in memory that begins at a huge page: what the disk takes from there directly then lies in few pieces, where else
//! each page of 4 KiB is one that the system has to look up and to tell the disk of.

use std::alloc::{Layout, handle_alloc_error};
use std::ops::{Deref, DerefMut};

use memmap2::MmapMut;

/// What a huge page has on the machines that have them. Elsewhere it is only a round number.
pub(crate) const HUGE: usize = 2 << 20;

/// As a `Vec` of bytes, but that it begins at a huge page. Takes what it has room for without a word to the system; memory that was
/// never written to takes none of the machine's.
#[derive(Debug)]
pub(crate) struct Buffer {
    memory: MmapMut,
    /// Where in it the bytes begin.
    base: usize,
    /// Where in it they end.
    end: usize,
}

impl Buffer {
    /// No bytes, and room for a huge page.
    pub(crate) fn new() -> Self {
        Self::with_capacity(HUGE)
    }

    /// No bytes, and room for so many or more.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        // So much that a huge page begins in the first one.
        let bytes = capacity.next_multiple_of(HUGE) + HUGE;
        let Ok(memory) = MmapMut::map_anon(bytes) else { refused(bytes) };
        // It is only advice: a system that does not take it has smaller pages there.
        #[cfg(target_os = "linux")]
        let _ = memory.advise(memmap2::Advice::HugePage);
        let base = memory.as_ptr().addr().wrapping_neg() % HUGE;
        Self { memory, base, end: base }
    }

    /// So many zeroes, which nobody has written: as long as nobody does they are a page of the system's.
    pub(crate) fn zeroes(length: usize) -> Self {
        let buffer = Self::with_capacity(length);
        Self { end: buffer.base + length, ..buffer }
    }

    /// How many bytes it has room for, wherever the system has put it.
    pub(crate) fn capacity(&self) -> usize {
        self.memory.len() - HUGE
    }

    /// Appends these bytes.
    #[inline(always)]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        let end = self.end + bytes.len();
        if end > self.memory.len() {
            return self.grow_and_put(bytes);
        }
        self.memory[self.end..end].copy_from_slice(bytes);
        self.end = end;
    }

    #[cold]
    #[inline(never)]
    fn grow_and_put(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.put(bytes);
    }

    /// Has room for so many more bytes.
    pub(crate) fn reserve(&mut self, more: usize) {
        let needed = self.len() + more;
        if needed > self.capacity() {
            let mut other = Self::with_capacity(needed.max(2 * self.capacity()));
            other.put(self);
            *self = other;
        }
    }

    /// Has so many bytes: the last ones go, or zeroes come behind them.
    pub(crate) fn resize(&mut self, length: usize) {
        let before = self.len();
        if length > before {
            self.reserve(length - before);
            let end = self.end;
            self.memory[end..end + length - before].fill(0);
        }
        self.end = self.base + length;
    }

    /// Has so many bytes, if it has more.
    #[inline]
    pub(crate) fn truncate(&mut self, length: usize) {
        self.end = self.end.min(self.base + length);
    }

    /// Has none.
    pub(crate) fn clear(&mut self) {
        self.end = self.base;
    }
}

/// As where a `Vec` gets no memory.
#[cold]
fn refused(bytes: usize) -> ! {
    handle_alloc_error(Layout::from_size_align(bytes, 1).unwrap_or(Layout::new::<u8>()))
}

impl Deref for Buffer {
    type Target = [u8];

    #[inline(always)]
    fn deref(&self) -> &[u8] {
        &self.memory[self.base..self.end]
    }
}

impl DerefMut for Buffer {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.memory[self.base..self.end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_at_a_huge_page_and_grows_as_a_vec_does() {
        let (mut buffer, mut expected) = (Buffer::new(), Vec::new());
        let mut number = 0_u32;
        while expected.len() < 3 * HUGE {
            number += 1;
            let bytes = vec![number as u8; 1 + number as usize % 5000 * 7];
            buffer.put(&bytes);
            expected.extend_from_slice(&bytes);
            if number.is_multiple_of(50) {
                let length = expected.len() - number as usize % 3000;
                buffer.truncate(length);
                expected.truncate(length);
                // Zeroes, and not what was there.
                buffer.resize(length + 1000);
                expected.resize(length + 1000, 0);
            }
            assert!(buffer.as_ptr().addr().is_multiple_of(HUGE) && buffer.len() == expected.len());
        }
        assert!(*buffer == *expected && buffer.capacity() >= expected.len());
        buffer.resize(7);
        assert!(*buffer == expected[..7]);
        assert_eq!(Buffer::with_capacity(buffer.capacity()).capacity(), buffer.capacity());
        buffer.clear();
        buffer.reserve(10 * HUGE);
        let capacity = buffer.capacity();
        buffer.resize(10 * HUGE);
        assert!(buffer.capacity() == capacity && buffer.iter().all(|byte| *byte == 0));
    }
}
