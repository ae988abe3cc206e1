//! The standby's end of the connection: lines in, through a pipeline of its own, and an answer back.

use std::fmt;
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use disruptor_pipeline::{Closed, RunError};

use super::END;
use crate::columns::{Columns, HeaderError};
use crate::lines::{LONGEST_LINE, RawLine};
use crate::rebuild::rebuild;

/// How often a standby that hears nothing looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(100);

/// Why a standby ended early.
#[derive(Debug)]
pub(super) enum ServeError {
    /// The connection broke, or what came over it was cut off.
    Connection(io::Error),
    /// What came makes no sense.
    Protocol(String),
    /// The header line does not do.
    Header(HeaderError),
    /// Its pipeline failed.
    Pipeline(RunError),
}

/// Serves a primary until the end mark, and answers. Without an error also if the primary leaves before.
///
/// # Errors
/// [`ServeError`]
pub(super) fn serve(
    stream: &TcpStream,
    patience: Duration,
    abandoned: &AtomicBool,
) -> Result<(), ServeError> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LOOK))?;
    stream.set_write_timeout(Some(patience))?;
    let mut input = BufReader::with_capacity(64 * 1024, Patient { stream, abandoned });
    match answer(&mut input) {
        Ok(answer) => Ok((&mut &*stream).write_all(&answer)?),
        Err(ServeError::Connection(error)) if error.kind() == ErrorKind::UnexpectedEof => Ok(()),
        Err(error) => Err(error),
    }
}

/// Takes all lines through the standby's own pipeline. Gives what is to be said about them.
fn answer(input: &mut impl Read) -> Result<Vec<u8>, ServeError> {
    let mut header = vec![0; receive_length(input)?.ok_or_else(|| protocol("the end before the header"))?];
    input.read_exact(&mut header)?;
    let columns = Columns::find(&header).map_err(ServeError::Header)?;
    // The primary names malformed lines; here they only count.
    let (fed, tally) = rebuild(&columns, |_, _| {}, |publish| receive_lines(input, publish))
        .map_err(ServeError::Pipeline)?;
    let lines = fed?;
    if lines != tally.events() {
        return Err(protocol(format!("{} lines came, and the end mark says {lines}", tally.events())));
    }
    let tally = tally.to_bytes();
    Ok([&lines.to_le_bytes()[..], &(tally.len() as u64).to_le_bytes(), &tally].concat())
}

/// Publishes every line up to the end mark. Gives how many the mark says there were.
fn receive_lines(
    input: &mut impl Read,
    publish: &mut dyn FnMut(RawLine<'_>) -> Result<(), Closed>,
) -> Result<u64, ServeError> {
    let mut bytes = Vec::with_capacity(LONGEST_LINE);
    loop {
        let length = receive_length(input)?;
        let number = u64::from_le_bytes(receive(input)?);
        let Some(length) = length else { return Ok(number) };
        bytes.resize(length, 0);
        input.read_exact(&mut bytes)?;
        // A pipeline that is closed has failed, and says so itself.
        publish(RawLine { number, bytes: &bytes }).map_err(|closed| protocol(closed.to_string()))?;
    }
}

/// The length of what follows, or nothing at the end mark.
fn receive_length(input: &mut impl Read) -> Result<Option<usize>, ServeError> {
    match u32::from_le_bytes(receive(input)?) {
        END => Ok(None),
        length if length as usize <= LONGEST_LINE => Ok(Some(length as usize)),
        length => Err(protocol(format!("a line of {length} bytes"))),
    }
}

fn receive<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn protocol(what: impl Into<String>) -> ServeError {
    ServeError::Protocol(what.into())
}

/// Reads on through timeouts, for a primary may be slow, until it is known to be gone.
struct Patient<'a> {
    stream: &'a TcpStream,
    abandoned: &'a AtomicBool,
}

impl Read for Patient<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match (&mut &*self.stream).read(into) {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if self.abandoned.load(Ordering::Relaxed) {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                }
                read => return read,
            }
        }
    }
}

impl From<io::Error> for ServeError {
    fn from(error: io::Error) -> Self {
        Self::Connection(error)
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(error) => write!(f, "the connection to the primary is lost: {error}"),
            Self::Protocol(what) => write!(f, "the primary sent nonsense: {what}"),
            Self::Header(error) => error.fmt(f),
            Self::Pipeline(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ServeError {}
