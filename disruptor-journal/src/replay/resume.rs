//! A journal that is replayed into its own pipeline.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use disruptor_runtime::{BoxError, Sequence};

use super::Replay;
use crate::buffer::Buffer;
use crate::encode::Encoder;
use crate::error::Error;

/// Up to where a replay has handed out its events.
#[derive(Debug, Default)]
pub(crate) struct Handed(AtomicI64);

impl Handed {
    #[inline]
    pub(super) fn hand(&self, sequence: Sequence) {
        // Release: pairs with the Acquire in `compare`. It comes before the event is published, and so before its stage sees it.
        self.0.store(sequence + 1, Ordering::Release);
    }
}

/// What the journal's stage knows of the events that are replayed.
#[derive(Debug)]
pub(crate) struct Resuming {
    /// The same events once more, to compare with those that come.
    held: Replay,
    handed: Arc<Handed>,
    encoded: Buffer,
}

impl Resuming {
    /// Of two replays of the same events: the stage's, and the one that is handed out.
    pub(crate) fn new(held: Replay, mut replay: Replay) -> (Self, Replay) {
        let handed = Arc::new(Handed::default());
        replay.handed = Some(Arc::clone(&handed));
        (Self { held, handed, encoded: Buffer::new() }, replay)
    }

    /// Compares the next event that comes to the stage with the one that is held. True if it is the last.
    pub(crate) fn compare(
        &mut self,
        encode: impl FnOnce(&mut Encoder<'_>) -> Result<(), BoxError>,
    ) -> Result<bool, Error> {
        let sequence = self.held.next_sequence();
        // Acquire: pairs with the Release in `hand`.
        if self.handed.0.load(Ordering::Acquire) <= sequence {
            return Err(Error::NotReplayed { sequence });
        }
        self.encoded.clear();
        encode(&mut Encoder(&mut self.encoded)).map_err(|source| Error::Encode { sequence, source })?;
        let held = self.held.next_event()?;
        if held.is_none_or(|held| held.bytes != &*self.encoded) {
            return Err(Error::NotReplayed { sequence });
        }
        Ok(self.held.next_sequence() == self.held.end())
    }
}
