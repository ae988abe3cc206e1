//! Handlers with a life cycle.

use super::{Outcome, Release};
use crate::Sequence;
use crate::failure::BoxError;

/// What a handler's call for one event returns.
pub type HandlerResult = Result<(), BoxError>;

/// Handles the events of a stage, which it may read.
///
/// Every closure and function of `(&event, sequence, end_of_batch)` that returns `()` or a `Result` is one. All calls come
/// from the stage's own thread.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot handle events of type `{E}`",
    label = "not a handler of `{E}`",
    note = "a stage without an argument list takes a function or closure of `(&{E}, Sequence, bool)`, \
            or a type that implements `Handler<{E}>`",
    note = "to change events, or to be called with some of their fields, give the stage an argument list: `name(&mut field) = …;`"
)]
pub trait Handler<E> {
    /// Called once, before the first event.
    fn on_start(&mut self) {}

    /// Called before the events of a batch: how many they are, and how many more are known to be there already. A batch that is
    /// rewound by a retry begins anew, and this is called again.
    fn on_batch_start(&mut self, size: usize, backlog: usize) {
        let _ = (size, backlog);
    }

    /// Called for each event, in order. `end_of_batch` is true for the last one that was there when the batch began.
    fn on_event(&mut self, event: &E, sequence: Sequence, end_of_batch: bool) -> HandlerResult;

    /// Asked after each event that was handled without an error: is it done with, and all before it? Then those behind this
    /// stage, and the producer, may have them while the batch goes on; a retry does not come back to them. See [`Release`].
    fn releases(&mut self) -> bool {
        false
    }

    /// Called each time that nothing has come for as long as the stage's wait says, as with
    /// [`TimeoutBlocking`](crate::wait::TimeoutBlocking). `next` is the sequence that is handled next: all below it are handled. Other waits
    /// never call it. Of a shard, each worker is told that nothing has come for any of them; of stages fused on one thread, each
    /// is, by the wait of the first.
    fn on_timeout(&mut self, next: Sequence) {
        let _ = next;
    }

    /// Called once, after the last event; also after a failure.
    fn on_stop(&mut self) {}

    /// An event, and then the question whether it is released.
    #[doc(hidden)]
    #[inline(always)]
    fn handle(&mut self, event: &E, sequence: Sequence, end_of_batch: bool) -> Result<Release, BoxError> {
        self.on_event(event, sequence, end_of_batch)?;
        Ok(if self.releases() { Release::Now } else { Release::AtEnd })
    }
}

impl<E, F, R> Handler<E> for F
where
    F: FnMut(&E, Sequence, bool) -> R,
    R: Outcome,
{
    #[inline(always)]
    fn on_event(&mut self, event: &E, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
        self(event, sequence, end_of_batch).into_result().map(drop)
    }

    #[inline(always)]
    fn handle(&mut self, event: &E, sequence: Sequence, end_of_batch: bool) -> Result<Release, BoxError> {
        self(event, sequence, end_of_batch).into_result()
    }
}

/// Handles the events of a stage, which it may change: for a stage declared with `(&mut *)`, beside which nothing runs.
pub trait HandlerMut<E> {
    /// Called once, before the first event.
    fn on_start(&mut self) {}

    /// Called before the events of a batch: how many they are, and how many more are known to be there already. A batch that is
    /// rewound by a retry begins anew, and this is called again.
    fn on_batch_start(&mut self, size: usize, backlog: usize) {
        let _ = (size, backlog);
    }

    /// Called for each event, in order. `end_of_batch` is true for the last one that was there when the batch began.
    fn on_event(&mut self, event: &mut E, sequence: Sequence, end_of_batch: bool) -> HandlerResult;

    /// Asked after each event that was handled without an error: is it done with, and all before it? Then those behind this
    /// stage, and the producer, may have them while the batch goes on; a retry does not come back to them. See [`Release`].
    fn releases(&mut self) -> bool {
        false
    }

    /// Called each time that nothing has come for as long as the stage's wait says, as with
    /// [`TimeoutBlocking`](crate::wait::TimeoutBlocking). `next` is the sequence that is handled next: all below it are handled. Other waits
    /// never call it. Of a shard, each worker is told that nothing has come for any of them; of stages fused on one thread, each
    /// is, by the wait of the first.
    fn on_timeout(&mut self, next: Sequence) {
        let _ = next;
    }

    /// Called once, after the last event; also after a failure.
    fn on_stop(&mut self) {}
}
