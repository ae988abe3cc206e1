//! The lines of a file, as they stand: read in large pieces, handed out without being copied.

use std::fmt;
use std::io::{self, ErrorKind, Read};

/// The longest line that is taken, in bytes without its end. What is longer is no CSV of flights, and would blow up every slot.
pub(crate) const LONGEST_LINE: usize = 64 * 1024;

/// Bytes asked of the source at a time. Above `LONGEST_LINE` and its end, so that the longest line fits.
const READ_SIZE: usize = 256 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A line without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawLine<'a> {
    /// The place of the line in the file, counted from 1; blank lines count.
    pub(crate) number: u64,
    /// What stands in it.
    pub(crate) bytes: &'a [u8],
}

/// Reads lines that end with LF or CRLF; the last may end with the file. Blank lines are passed over, and so is a UTF-8 byte
/// order mark at the start.
pub(crate) struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    /// What is read and not yet handed out: `buffer[start..end]`.
    start: usize,
    end: usize,
    /// The number of the line handed out last.
    number: u64,
    ended: bool,
}

/// Why there is no next line.
#[derive(Debug)]
pub(crate) enum LineError {
    /// The source failed.
    Read(io::Error),
    /// The line of this number is longer than [`LONGEST_LINE`].
    TooLong(u64),
}

impl<R: Read> Lines<R> {
    /// The lines of `source`.
    pub(crate) fn new(source: R) -> Self {
        Self { source, buffer: vec![0; READ_SIZE], start: 0, end: 0, number: 0, ended: false }
    }

    /// The next line that is not blank, or nothing at the end.
    ///
    /// # Errors
    /// [`LineError`]; the lines before it were whole.
    pub(crate) fn next_line(&mut self) -> Result<Option<RawLine<'_>>, LineError> {
        loop {
            let Some((start, end)) = self.next_span()? else { return Ok(None) };
            self.number += 1;
            let start = if self.number == 1 && self.buffer[start..end].starts_with(BYTE_ORDER_MARK) {
                start + BYTE_ORDER_MARK.len()
            } else {
                start
            };
            let end = if self.buffer[start..end].ends_with(b"\r") { end - 1 } else { end };
            if end - start > LONGEST_LINE {
                return Err(LineError::TooLong(self.number));
            }
            if start < end {
                return Ok(Some(RawLine { number: self.number, bytes: &self.buffer[start..end] }));
            }
        }
    }

    /// Where the next line stands in the buffer, without its LF.
    fn next_span(&mut self) -> Result<Option<(usize, usize)>, LineError> {
        let mut searched = self.start;
        loop {
            if let Some(length) = self.buffer[searched..self.end].iter().position(|&byte| byte == b'\n') {
                let span = (self.start, searched + length);
                self.start = span.1 + 1;
                return Ok(Some(span));
            }
            if self.ended {
                let span = (self.start, self.end);
                self.start = self.end;
                return Ok((span.0 < span.1).then_some(span));
            }
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            searched = self.end;
            if self.end == self.buffer.len() {
                return Err(LineError::TooLong(self.number + 1));
            }
            self.read_more()?;
        }
    }

    fn read_more(&mut self) -> Result<(), LineError> {
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(LineError::Read(error)),
            }
            return Ok(());
        }
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => error.fmt(f),
            Self::TooLong(number) => {
                write!(f, "line {number} is longer than {LONGEST_LINE} bytes: this is no CSV of flights")
            }
        }
    }
}

impl std::error::Error for LineError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a byte at a time, and is interrupted before each.
    struct Trickle<'a>(&'a [u8], bool);

    impl Read for Trickle<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::Interrupted.into());
            }
            let count = self.0.len().min(1);
            self.0.read(&mut into[..count])
        }
    }

    fn all(source: impl Read) -> Result<Vec<(u64, String)>, LineError> {
        let mut lines = Lines::new(source);
        let mut all = Vec::new();
        while let Some(line) = lines.next_line()? {
            all.push((line.number, String::from_utf8_lossy(line.bytes).into_owned()));
        }
        Ok(all)
    }

    fn numbered(lines: &[(u64, &str)]) -> Vec<(u64, String)> {
        lines.iter().map(|&(number, text)| (number, text.to_owned())).collect()
    }

    #[test]
    fn line_ends_blank_lines_and_the_last_line() {
        let expected = numbered(&[(1, "a,b"), (2, "1,2"), (4, "3,\r4"), (6, "5,6")]);
        for text in [
            "a,b\n1,2\n\n3,\r4\n\n5,6\n",
            "a,b\r\n1,2\r\n\r\n3,\r4\r\n\n5,6",
            "\u{feff}a,b\n1,2\n\n3,\r4\n\r\n5,6\r\n\n\n",
        ] {
            assert_eq!(all(text.as_bytes()).expect("no failure"), expected, "{text:?}");
            assert_eq!(all(Trickle(text.as_bytes(), false)).expect("no failure"), expected, "{text:?}");
        }
    }

    #[test]
    fn nothing_in_nothing_out() {
        for text in ["", "\n", "\r\n\n\r\n", "\u{feff}", "\u{feff}\n"] {
            assert_eq!(all(text.as_bytes()).expect("no failure"), [], "{text:?}");
        }
    }

    #[test]
    fn lines_over_many_reads() {
        let long = "x".repeat(LONGEST_LINE);
        let expected: Vec<_> = (1..=20).map(|number| (number, long.clone())).collect();
        assert_eq!(all(vec![long; 20].join("\r\n").as_bytes()).expect("no failure"), expected);
    }

    #[test]
    fn a_line_that_is_too_long_is_named() {
        for length in [LONGEST_LINE + 1, READ_SIZE, 2 * READ_SIZE] {
            let text = format!("a,b\n{}\n1,2\n", "x".repeat(length));
            assert!(matches!(all(text.as_bytes()), Err(LineError::TooLong(2))), "{length}");
        }
    }
}
