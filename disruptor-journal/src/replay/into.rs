//! Replaying into a pipeline.

use disruptor_runtime::{BoxError, Publisher};

use super::Replay;
use crate::encode::Decode;
use crate::error::Error;

impl Replay {
    /// Publishes all events, decoded in place into the slots. Gives how many.
    ///
    /// # Errors
    /// [`Error::Closed`] if the pipeline takes no more; [`Error::Decode`], and the event is not published; otherwise as
    /// [`next_event`](Self::next_event). What was published before is.
    pub fn replay_into<P>(&mut self, producer: &mut P) -> Result<u64, Error>
    where
        P: Publisher<Event: Decode>,
    {
        self.replay_into_with(producer, Decode::decode)
    }

    /// The same with a function that overwrites an event with what the bytes say.
    ///
    /// # Errors
    /// As [`replay_into`](Self::replay_into).
    pub fn replay_into_with<P: Publisher>(
        &mut self,
        producer: &mut P,
        mut decode: impl FnMut(&mut P::Event, &[u8]) -> Result<(), BoxError>,
    ) -> Result<u64, Error> {
        let mut published = 0;
        while let Some(event) = self.next_event()? {
            let sequence = event.sequence;
            producer
                .publish_if(|slot| decode(slot, event.bytes))?
                .map_err(|source| Error::Decode { sequence, source })?;
            published += 1;
        }
        Ok(published)
    }
}
