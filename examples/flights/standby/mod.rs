//! The standby: a second pipeline that gets every raw line over TCP and applies the same business logic.
//!
//! # Protocol
//! One connection on the loopback interface. All numbers are little-endian. The primary sends
//!
//! | bytes | what |
//! |---|---|
//! | 4, length | the header line of the CSV, its length before it |
//! | 4, 8, length | each line: its length, its number in the CSV, itself |
//! | 4, 8 | the end mark: 4,294,967,295, and how many lines there were |
//!
//! and the standby, once all of them are through its own pipeline, answers with
//!
//! | bytes | what |
//! |---|---|
//! | 8 | how many lines it has applied |
//! | 8, length | its whole tally, its length before it |
//!
//! Nobody waits for ever: the primary gives up on a standby that takes or says nothing for a while; the standby waits as long
//! as the primary may be slow, but sees at once when the connection ends, and soon when it is no longer wanted.

mod link;
mod server;

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub(crate) use link::{Answer, Link, LinkError};

/// The length that marks the end.
const END: u32 = u32::MAX;

/// A standby on a thread of its own. Dropping it ends it.
pub(crate) struct Standby {
    thread: Option<JoinHandle<Result<(), String>>>,
    abandoned: Arc<AtomicBool>,
}

impl Standby {
    /// Starts a standby, and gives the primary's end of the connection to it. The primary gives up after `patience`.
    ///
    /// # Errors
    /// What the system says of the connection or the thread.
    pub(crate) fn start(patience: Duration) -> io::Result<(Self, Link)> {
        let (near, far) = connect(patience)?;
        let link = Link::new(near, patience)?;
        let abandoned = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&abandoned);
        let body = move || server::serve(&far, patience, &flag).map_err(|error| error.to_string());
        let thread = thread::Builder::new().name("standby".to_owned()).spawn(body)?;
        Ok((Self { thread: Some(thread), abandoned }, link))
    }

    /// Ends the standby, and says what went wrong with it. That the primary left is nothing wrong.
    ///
    /// # Errors
    /// The reason.
    pub(crate) fn end(mut self) -> Result<(), String> {
        self.join()
    }

    fn join(&mut self) -> Result<(), String> {
        self.abandoned.store(true, Ordering::Relaxed);
        match self.thread.take().map(JoinHandle::join) {
            Some(Err(_)) => Err("it panicked".to_owned()),
            Some(Ok(ended)) => ended,
            None => Ok(()),
        }
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        // Who drops it instead of ending it has a trouble of his own to tell.
        let _ = self.join();
    }
}

/// Both ends of a connection on the loopback interface.
fn connect(patience: Duration) -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let near = TcpStream::connect_timeout(&listener.local_addr()?, patience)?;
    listener.set_nonblocking(true)?;
    let begun = Instant::now();
    while begun.elapsed() < patience {
        match listener.accept() {
            // Anybody on this machine may knock at the port: only our own end is let in.
            Ok((far, peer)) if peer == near.local_addr()? => {
                far.set_nonblocking(false)?;
                return Ok((near, far));
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(Duration::from_millis(1)),
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::TimedOut.into())
}

#[cfg(test)]
pub(crate) mod tests;
