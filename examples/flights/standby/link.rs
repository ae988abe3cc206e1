//! The primary's end of the connection.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::END;
use crate::event::Line;
use crate::lines::RawLine;
use crate::tally::Tally;

/// Bytes that are sent even if a batch has not ended.
const FULL: usize = 64 * 1024;

/// Sends lines to the standby.
pub(crate) struct Link {
    stream: TcpStream,
    patience: Duration,
    pending: Vec<u8>,
    sent: u64,
}

/// What the standby says in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The lines that it has applied.
    pub(crate) applied: u64,
    /// True if its whole tally is the primary's.
    pub(crate) agrees: bool,
}

/// The standby cannot be relied on any more.
#[derive(Debug)]
pub(crate) enum LinkError {
    /// The connection broke.
    Lost(io::Error),
    /// It took or said nothing for so long.
    Silent(Duration),
}

impl Link {
    pub(super) fn new(stream: TcpStream, patience: Duration) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(patience))?;
        stream.set_read_timeout(Some(patience))?;
        Ok(Self { stream, patience, pending: Vec::with_capacity(2 * FULL), sent: 0 })
    }

    /// Sends the header line of the CSV: before all else.
    ///
    /// # Errors
    /// [`LinkError`]
    pub(crate) fn begin(&mut self, header: RawLine<'_>) -> Result<(), LinkError> {
        self.push_length(header.bytes);
        self.pending.extend_from_slice(header.bytes);
        self.flush()
    }

    /// Sends a line, at the latest with the end of its batch.
    ///
    /// # Errors
    /// [`LinkError`]
    pub(crate) fn send(&mut self, line: &Line, end_of_batch: bool) -> Result<(), LinkError> {
        self.push_length(line.bytes());
        self.pending.extend_from_slice(&line.number().to_le_bytes());
        self.pending.extend_from_slice(line.bytes());
        self.sent += 1;
        if end_of_batch || self.pending.len() >= FULL { self.flush() } else { Ok(()) }
    }

    /// Says that this was all, and hears whether the standby has come to the same.
    ///
    /// # Errors
    /// [`LinkError`]
    pub(crate) fn finish(&mut self, own: &Tally) -> Result<Answer, LinkError> {
        self.pending.extend_from_slice(&END.to_le_bytes());
        self.pending.extend_from_slice(&self.sent.to_le_bytes());
        self.flush()?;
        let own = own.to_bytes();
        let applied = u64::from_le_bytes(self.receive()?);
        let length = u64::from_le_bytes(self.receive()?);
        // Another length is another tally: there is no need to read it.
        let agrees = length == own.len() as u64 && {
            let mut other = vec![0; own.len()];
            self.receive_into(&mut other)?;
            other == own
        };
        Ok(Answer { applied, agrees })
    }

    fn push_length(&mut self, bytes: &[u8]) {
        let length = u32::try_from(bytes.len()).expect("a line is at most LONGEST_LINE bytes long");
        self.pending.extend_from_slice(&length.to_le_bytes());
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        let sent = self.stream.write_all(&self.pending);
        self.pending.clear();
        sent.map_err(|error| self.error(error))
    }

    fn receive<const N: usize>(&mut self) -> Result<[u8; N], LinkError> {
        let mut bytes = [0; N];
        self.receive_into(&mut bytes)?;
        Ok(bytes)
    }

    fn receive_into(&mut self, into: &mut [u8]) -> Result<(), LinkError> {
        self.stream.read_exact(into).map_err(|error| self.error(error))
    }

    fn error(&self, error: io::Error) -> LinkError {
        match error.kind() {
            // Systems differ in which of the two a timeout is.
            ErrorKind::WouldBlock | ErrorKind::TimedOut => LinkError::Silent(self.patience),
            _ => LinkError::Lost(error),
        }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(error) if error.kind() == ErrorKind::UnexpectedEof => {
                f.write_str("the standby closed the connection before it answered")
            }
            Self::Lost(error) => write!(f, "the connection to the standby is lost: {error}"),
            Self::Silent(patience) => write!(f, "the standby has not stirred for {patience:?}"),
        }
    }
}

impl std::error::Error for LinkError {}
