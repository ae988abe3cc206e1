//! A frame's head: length, checksum, sequence, line number.

use crate::lines::LONGEST_LINE;

/// Bytes of a head.
pub(super) const HEAD: usize = 24;

/// The length that marks a seal.
const SEAL: u32 = u32::MAX;

/// What stands before a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    length: u32,
    checksum: u32,
    pub(super) sequence: i64,
    pub(super) number: u64,
}

impl Head {
    /// The head of a line, which is at most `LONGEST_LINE` bytes long.
    pub(super) fn of_line(sequence: i64, number: u64, line: &[u8]) -> Self {
        let length = u32::try_from(line.len()).expect("a line is at most LONGEST_LINE bytes long");
        Self { length, checksum: 0, sequence, number }.sealed_over(line)
    }

    /// The seal behind so many lines.
    pub(super) fn of_seal(lines: i64) -> Self {
        Self { length: SEAL, checksum: 0, sequence: lines, number: 0 }.sealed_over(&[])
    }

    /// As it stands in the file.
    pub(super) fn to_bytes(self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        bytes[..4].copy_from_slice(&self.length.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.checksum.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[16..].copy_from_slice(&self.number.to_le_bytes());
        bytes
    }

    /// Takes `bytes` for a head. They may be anything.
    pub(super) fn from_bytes(bytes: &[u8; HEAD]) -> Self {
        Self {
            length: u32::from_le_bytes(part(bytes, 0)),
            checksum: u32::from_le_bytes(part(bytes, 4)),
            sequence: i64::from_le_bytes(part(bytes, 8)),
            number: u64::from_le_bytes(part(bytes, 16)),
        }
    }

    /// Bytes of the line that follows, or nothing if no line is that long.
    pub(super) fn line_length(&self) -> Option<usize> {
        let length = if self.is_seal() { 0 } else { self.length as usize };
        (length <= LONGEST_LINE).then_some(length)
    }

    /// True if this is no line's head, but the seal.
    pub(super) fn is_seal(&self) -> bool {
        self.length == SEAL
    }

    /// True if the checksum is right for this line.
    pub(super) fn fits(&self, line: &[u8]) -> bool {
        self.sealed_over(line).checksum == self.checksum
    }

    fn sealed_over(self, line: &[u8]) -> Self {
        let bytes = self.to_bytes();
        let checksum = crc32c::crc32c_append(crc32c::crc32c(&bytes[..4]), &bytes[8..]);
        Self { checksum: crc32c::crc32c_append(checksum, line), ..self }
    }
}

fn part<const N: usize>(bytes: &[u8; HEAD], from: usize) -> [u8; N] {
    std::array::from_fn(|at| bytes[from + at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_survives_its_bytes() {
        let head = Head::of_line(41, 43, b"2013,UA,-4");
        assert_eq!(Head::from_bytes(&head.to_bytes()), head);
        assert_eq!((head.line_length(), head.is_seal()), (Some(10), false));
        let seal = Head::of_seal(7);
        assert_eq!((seal.line_length(), seal.is_seal(), seal.fits(&[])), (Some(0), true, true));
    }

    #[test]
    fn every_flipped_bit_is_seen() {
        let line = b"2013,UA,-4";
        let bytes = [&Head::of_line(41, 43, line).to_bytes()[..], line].concat();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let (head, line) = flipped.split_first_chunk().expect("a head");
            let head = Head::from_bytes(head);
            assert!(head.line_length() != Some(line.len()) || !head.fits(line), "bit {bit}");
        }
    }

    #[test]
    fn a_length_beyond_all_lines_is_none() {
        let mut bytes = Head::of_line(0, 1, b"").to_bytes();
        bytes[..4].copy_from_slice(&(LONGEST_LINE as u32 + 1).to_le_bytes());
        assert_eq!(Head::from_bytes(&bytes).line_length(), None);
    }

    /// The check value of the CRC-32C that the format names.
    #[test]
    fn the_checksum_is_crc_32c() {
        assert_eq!(crc32c::crc32c(b"123456789"), 0xE306_9283);
    }
}
