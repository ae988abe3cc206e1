//! The journal as a stage of a pipeline.
//!
//! Both ways learn where batches end, and a stage that does hands on whole batches: if one fails in the middle, those behind it
//! see none of it. Every error is a [`Fatal`], which no `on_error` passes over. So the stage's cursor is never beyond what is
//! durable, as far as the [`SyncPolicy`](crate::SyncPolicy) promises that.

use disruptor_runtime::{BoxError, Fatal, Handler, HandlerResult, Sequence};

use crate::encode::{Encode, Encoder};
use crate::error::Error;
use crate::journal::Journal;

/// Where in its pipeline the journal is, by the sequences of the ring.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    /// Everything below is in the journal: it may come again where a batch is rewound.
    done: Sequence,
    /// The last event of the batch that waits for its end.
    last: Sequence,
    /// A batch has begun, and none of its events has come.
    begins: bool,
}

impl Journal {
    /// The journal as a stage of a declaration, `journal(&raw, end_of_batch) = journal.stage();`, of a pipeline that is started with
    /// `run`. With `spawn` take [`into_stage`](Self::into_stage).
    ///
    /// ```
    /// use disruptor_journal::{Journal, Options};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let scratch = tempfile::tempdir()?;
    /// # let directory = scratch.path().join("day");
    /// let mut journal = Options::new().segment_size(1 << 20).open(&directory)?;
    /// let mut stage = journal.stage();
    /// stage(&b"first"[..], false)?;
    /// stage(&b"second"[..], true)?;      // written and synced, together
    /// drop(stage);
    /// assert_eq!(journal.durable(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stage<T: Encode + ?Sized>(&mut self) -> impl FnMut(&T, bool) -> Result<(), Fatal> + Send {
        |event: &T, end_of_batch| Ok(self.append(event, end_of_batch)?)
    }

    /// The same with a function that encodes what the stage gets.
    pub fn stage_with<T: ?Sized>(
        &mut self,
        mut encode: impl FnMut(&T, &mut Encoder<'_>) -> Result<(), BoxError> + Send,
    ) -> impl FnMut(&T, bool) -> Result<(), Fatal> + Send {
        move |event: &T, end_of_batch| Ok(self.append_with(end_of_batch, |into| encode(event, into))?)
    }

    /// As [`stage`](Self::stage), and takes the journal along: it is closed when the pipeline's handlers are dropped.
    pub fn into_stage<T: Encode + ?Sized>(mut self) -> impl FnMut(&T, bool) -> Result<(), Fatal> + Send {
        move |event: &T, end_of_batch| Ok(self.append(event, end_of_batch)?)
    }

    /// As a [`Handler`] with a function that encodes the events, for events that do not implement [`Encode`].
    pub fn with<F>(self, encode: F) -> With<F> {
        With { journal: self, encode }
    }

    /// An event of the ring.
    #[inline(always)]
    fn event(
        &mut self,
        sequence: Sequence,
        end_of_batch: bool,
        encode: impl FnOnce(&mut Encoder<'_>) -> Result<(), BoxError>,
    ) -> HandlerResult {
        if self.turn.begins {
            self.begin(sequence)?;
        }
        if sequence < self.turn.done {
            // It has come before: the batch was rewound. That it is written does not say that it is durable.
            return if end_of_batch {
                self.commit().map_err(|error| Fatal::from(error).into())
            } else {
                Ok(())
            };
        }
        self.turn.last = sequence;
        self.append_with(end_of_batch, encode).map_err(Fatal::from)?;
        if self.writer.is_empty() {
            // The batch has ended, or is written as far as it is, or the event is a replayed one.
            self.turn.done = sequence + 1;
        }
        Ok(())
    }

    /// The first event of a batch: what waits for the end of the one before it waits in vain.
    #[cold]
    #[inline(never)]
    fn begin(&mut self, sequence: Sequence) -> HandlerResult {
        self.turn.begins = false;
        if self.writer.is_idle() {
            return Ok(());
        }
        if sequence > self.turn.last {
            return Err(Fatal::from(self.fails(Error::EndMissed { sequence })).into());
        }
        self.writer.rewind();
        Ok(())
    }

    fn start(&mut self) {
        // A pipeline's sequences begin at 0.
        self.turn = Turn::default();
        self.writer.discard();
    }
}

/// The whole events of a ring, as they encode themselves.
impl<E: Encode> Handler<E> for Journal {
    fn on_start(&mut self) {
        self.start();
    }

    #[inline]
    fn on_batch_start(&mut self, _: usize, _: usize) {
        self.turn.begins = true;
    }

    #[inline(always)]
    fn on_event(&mut self, event: &E, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
        self.event(sequence, end_of_batch, |into| event.encode(into))
    }
}

/// A journal, and a function that encodes the events. See [`Journal::with`].
#[derive(Debug)]
pub struct With<F> {
    journal: Journal,
    encode: F,
}

impl<F> With<F> {
    /// The journal.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The journal, without the function.
    pub fn into_journal(self) -> Journal {
        self.journal
    }
}

impl<E, F: FnMut(&E, &mut Encoder<'_>) -> Result<(), BoxError>> Handler<E> for With<F> {
    fn on_start(&mut self) {
        self.journal.start();
    }

    #[inline]
    fn on_batch_start(&mut self, _: usize, _: usize) {
        self.journal.turn.begins = true;
    }

    #[inline(always)]
    fn on_event(&mut self, event: &E, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
        let Self { journal, encode } = self;
        journal.event(sequence, end_of_batch, |into| encode(event, into))
    }
}
