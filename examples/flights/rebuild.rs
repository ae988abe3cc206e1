//! The second pipeline: raw lines to a tally, and no more. The standby and the replay both run it.

use disruptor_pipeline::{Closed, RunError, disruptor};

use crate::columns::Columns;
use crate::event::Flight;
use crate::lines::RawLine;
use crate::record::Malformed;
use crate::tally::Tally;

/// Takes every line that `feed` publishes through `unmarshal -> business`. Gives what `feed` returned, and the tally.
///
/// `malformed` is told of each malformed line: its number, and why.
///
/// # Errors
/// [`RunError`] if the pipeline does not start, or a stage fails.
pub(crate) fn rebuild<T>(
    columns: &Columns,
    mut malformed: impl FnMut(u64, Malformed<'_>) + Send,
    feed: impl FnOnce(&mut dyn FnMut(RawLine<'_>) -> Result<(), Closed>) -> T,
) -> Result<(T, Tally), RunError> {
    let mut tally = Tally::default();
    let pipeline = disruptor! {
        name: "rebuild";
        event: Flight = Flight::default();
        ring: 4096;
        wait: Blocking::default();

        unmarshal(&line, &mut record) = |line, record| {
            if let Err(reason) = record.parse(line.bytes(), columns) {
                malformed(line.number(), reason);
            }
        };
        business(&record, sequence) = |record, sequence| tally.apply(record, sequence);

        < unmarshal -> business >
    };
    let (fed, _) = pipeline
        .run(|producer| feed(&mut |line| producer.publish(|event| event.line.set(line)).map(drop)))?;
    Ok((fed, tally))
}
