//! The first pipeline: every line is journaled; then it is replicated while it is parsed; then it counts.

use std::fmt;
use std::io::Read;

use disruptor_journal::{Error, Journal};
use disruptor_pipeline::{Closed, RunError, disruptor};

use crate::columns::Columns;
use crate::console::Console;
use crate::event::Flight;
use crate::lines::{LineError, Lines};
use crate::standby::{Link, LinkError};
use crate::tally::Tally;

/// Why a run came to no good end.
#[derive(Debug)]
pub(crate) enum StreamError {
    /// The lines could not be read. Those before are handled.
    Lines(LineError),
    /// The pipeline took no more of them. If a stage failed, the run itself says so, and this is not seen.
    Closed(Closed),
    /// The pipeline did not start, or a stage of it failed.
    Run(RunError),
    /// The journal could not be closed.
    Close(Error),
    /// The standby did not answer.
    Answer(LinkError),
}

/// Streams all lines through the pipeline, and gives what business made of them.
///
/// # Errors
/// [`StreamError`]
pub(crate) fn stream(
    lines: &mut Lines<impl Read>,
    columns: &Columns,
    journal: &mut Journal,
    link: &mut Link,
    console: &Console,
) -> Result<Tally, StreamError> {
    let mut tally = Tally::default();
    let pipeline = disruptor! {
        name: "flights";
        event: Flight = Flight::default();
        ring: 4096;
        wait: Blocking::default();

        journal(&line, end_of_batch) { batch: 512 } = journal.stage();
        replicate(&line, end_of_batch) = |line, end| link.send(line, end);
        unmarshal(&line, &mut record) = |line, record| {
            if let Err(reason) = record.parse(line.bytes(), columns) {
                console.malformed(line.number(), reason);
            }
        };
        business(&record, sequence) = |record, sequence| tally.apply(record, sequence);

        < journal -> (replicate, unmarshal) -> business >
    };
    let (fed, _) = pipeline.run(|producer| -> Result<(), StreamError> {
        let mut progress = console.progress();
        while let Some(line) = lines.next_line()? {
            let sequence = producer.publish(|event| event.line.set(line))?;
            progress.show(sequence as u64 + 1);
        }
        Ok(())
    })?;
    fed?;
    Ok(tally)
}

impl From<LineError> for StreamError {
    fn from(error: LineError) -> Self {
        Self::Lines(error)
    }
}

impl From<Closed> for StreamError {
    fn from(closed: Closed) -> Self {
        Self::Closed(closed)
    }
}

impl From<RunError> for StreamError {
    fn from(error: RunError) -> Self {
        Self::Run(error)
    }
}

impl From<Error> for StreamError {
    fn from(error: Error) -> Self {
        Self::Close(error)
    }
}

impl From<LinkError> for StreamError {
    fn from(error: LinkError) -> Self {
        Self::Answer(error)
    }
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lines(error) => error.fmt(f),
            Self::Closed(closed) => closed.fmt(f),
            Self::Run(error) => error.fmt(f),
            Self::Close(error) => error.fmt(f),
            Self::Answer(error) => error.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::sync::mpsc;
    use std::time::Duration;
    use std::{env, fs, process, thread};

    use super::*;
    use crate::standby::tests::link_to;

    /// Streams 20 MB, more than any connection holds, to a standby that does this with its end of it.
    fn stream_to(name: &str, standby: impl FnOnce(TcpStream) + Send + 'static) -> RunError {
        let path = env::temp_dir().join(format!("flights-{}-{name}.journal", process::id()));
        let (send, receive) = mpsc::channel();
        let text = format!("carrier,dep_delay,x\n{}", format!("UA,4,{:0>200}\n", 0).repeat(100_000));
        let journal = path.clone();
        thread::spawn(move || {
            let mut lines = Lines::new(text.as_bytes());
            let header = lines.next_line().expect("readable").expect("a header");
            let columns = Columns::find(header.bytes).expect("columns");
            let mut journal = crate::journal::create(&journal).expect("a journal");
            let mut link = link_to(Duration::from_millis(500), standby);
            let streamed = stream(&mut lines, &columns, &mut journal, &mut link, &Console::quiet());
            send.send(streamed).expect("the test waits");
        });
        let streamed = receive.recv_timeout(Duration::from_secs(120));
        fs::remove_dir_all(path).expect("the journal");
        match streamed.expect("an end within two minutes") {
            Err(StreamError::Run(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_standby_that_dies_ends_the_run() {
        let error = stream_to("dies", |mut stream| stream.read_exact(&mut [0; 5000]).expect("lines"));
        let text = error.to_string();
        assert!(text.starts_with("stage `replicate` failed at sequence "), "{text}");
        assert!(text.contains(": the connection to the standby is lost: "), "{text}");
    }

    #[test]
    fn a_standby_that_hangs_ends_the_run() {
        let (done, hangs) = mpsc::channel::<()>();
        let error = stream_to("hangs", move |_stream| assert!(hangs.recv().is_err()));
        drop(done);
        assert!(error.to_string().ends_with(": the standby has not stirred for 500ms"), "{error}");
    }
}
