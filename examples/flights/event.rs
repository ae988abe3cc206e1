//! The event that travels on the ring: a raw line, and what is parsed from it.

use crate::lines::RawLine;
use crate::record::Record;

/// A slot of the ring. Two fields, so that `unmarshal` may write one while `replicate` reads the other.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    /// As it stands in the file.
    pub(crate) line: Line,
    /// What `unmarshal` makes of it.
    pub(crate) record: Record,
}

/// A raw line, copied into a buffer that is used again and again: once it has been long enough, nothing allocates.
#[derive(Debug)]
pub(crate) struct Line {
    number: u64,
    bytes: Vec<u8>,
}

impl Default for Line {
    fn default() -> Self {
        /// Above the usual line of a flight, which has 90 bytes.
        const USUAL: usize = 128;
        Self { number: 0, bytes: Vec::with_capacity(USUAL) }
    }
}

impl Line {
    /// Overwrites this line.
    pub(crate) fn set(&mut self, line: RawLine<'_>) {
        self.number = line.number;
        self.bytes.clear();
        self.bytes.extend_from_slice(line.bytes);
    }

    /// The place of the line in the file, counted from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// What stands in it, without its end.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_buffer() {
        let mut line = Line::default();
        line.set(RawLine { number: 2, bytes: &[b'x'; 500] });
        let (address, capacity) = (line.bytes.as_ptr(), line.bytes.capacity());
        line.set(RawLine { number: 3, bytes: b"short" });
        line.set(RawLine { number: 4, bytes: &[b'y'; 500] });
        assert_eq!((line.bytes.as_ptr(), line.bytes.capacity()), (address, capacity));
        assert_eq!((line.number(), line.bytes()), (4, &[b'y'; 500][..]));
    }
}
