//! How a stage's loop reaches a handler.

use super::{Keep, Release};
use crate::Sequence;
use crate::failure::BoxError;

/// What is built around a handler, whatever the events are.
pub trait Bound {
    /// Where the handler is.
    type Keep: Keep;

    /// Where the handler is.
    fn keep(&mut self) -> &mut Self::Keep;

    /// What is left when all else is taken away.
    fn into_keep(self) -> Self::Keep;
}

/// A handler bound to the way in which it is called.
///
/// # Safety
/// `apply` and `picks` touch nothing but what the declaration of the stage names of the events they are given. Where several
/// are at work on the same events, no two pick the same event, unless they only read.
pub unsafe trait Apply<E>: Bound<Keep: Keep<Back: Send>> + Send {
    /// True if the handler learns where batches end. What it does there (a sync, a flush) is then part of handling the whole
    /// batch, and none of a batch counts as handled before its end.
    const COMMITS_BATCHES: bool;

    /// True if not every event of a batch is for this one.
    const PICKS: bool = false;

    /// Before the first event.
    fn start(&mut self) {}

    /// Whether the event is for this one.
    ///
    /// # Safety
    /// The event is valid, and nobody writes what it is picked by.
    #[inline(always)]
    unsafe fn picks(&self, event: *mut E, sequence: Sequence) -> bool {
        let _ = (event, sequence);
        true
    }

    /// Before a batch.
    #[inline(always)]
    fn batch_start(&mut self, size: usize, backlog: usize) {
        let _ = (size, backlog);
    }

    /// Nothing has come for as long as the wait has said; `next` is what is handled next.
    fn timeout(&mut self, next: Sequence) {
        let _ = next;
    }

    /// Handles `events`, of which the first has the sequence `first`; `closes` if the batch ends with them. Keeps in `at` the
    /// sequence being handled, for the case of a panic.
    ///
    /// Comes back at the first event that is released, whatever of `events` is left, with `at` behind it. No reference to
    /// events below `at` is left then.
    ///
    /// # Safety
    /// The events are valid, and for the time of the call nobody else reads what the stage writes of them, or writes what it
    /// reads.
    unsafe fn apply(
        &mut self,
        events: *mut [E],
        first: Sequence,
        closes: bool,
        at: &mut Sequence,
    ) -> Result<Release, Failed>;

    /// After the last event.
    fn stop(&mut self) {}
}

/// Which event a handler failed on.
#[derive(Debug)]
pub struct Failed {
    pub(crate) sequence: Sequence,
    /// How many events the failed call stood for.
    pub(crate) count: usize,
    pub(crate) error: BoxError,
}

/// The keep is this field.
macro_rules! keep_in {
    ($field:tt) => {
        type Keep = K;

        #[inline(always)]
        fn keep(&mut self) -> &mut K {
            &mut self.$field
        }

        fn into_keep(self) -> K {
            self.$field
        }
    };
}

pub(super) use keep_in;

/// What a wrapper hands on to the `apply` inside of it.
macro_rules! inside {
    ($event:ty) => {
        #[inline(always)]
        fn batch_start(&mut self, size: usize, backlog: usize) {
            self.apply.batch_start(size, backlog);
        }

        fn timeout(&mut self, next: $crate::Sequence) {
            self.apply.timeout(next);
        }

        #[inline(always)]
        unsafe fn apply(
            &mut self,
            events: *mut [$event],
            first: $crate::Sequence,
            closes: bool,
            at: &mut $crate::Sequence,
        ) -> Result<$crate::stage::Release, $crate::stage::Failed> {
            // SAFETY: the caller's promise is handed on.
            unsafe { self.apply.apply(events, first, closes, at) }
        }
    };
}

pub(crate) use inside;

/// Calls `handle` for each event, up to one that it releases, and keeps `at` right even when it panics.
///
/// # Safety
/// `events` is valid for whatever `handle` does with each element.
#[inline(always)]
pub(super) unsafe fn for_each<E>(
    events: *mut [E],
    first: Sequence,
    closes: bool,
    at: &mut Sequence,
    mut handle: impl FnMut(*mut E, Sequence, bool) -> Result<Release, BoxError>,
) -> Result<Release, Failed> {
    let last = if closes { events.len().wrapping_sub(1) } else { usize::MAX };
    let events_start = events.cast::<E>();
    let mut progress = Progress { done: 0, first, at };
    while progress.done < events.len() {
        let sequence = first + progress.done as i64;
        // SAFETY: below the length of `events`.
        let event = unsafe { events_start.add(progress.done) };
        match handle(event, sequence, progress.done == last) {
            Ok(Release::AtEnd) => progress.done += 1,
            Ok(Release::Now) => {
                progress.done += 1;
                return Ok(Release::Now);
            }
            Err(error) => return Err(Failed { sequence, count: 1, error }),
        }
    }
    Ok(Release::AtEnd)
}

/// How far a batch is; written out when it is dropped, so that it can stay in a register until then.
struct Progress<'a> {
    done: usize,
    first: Sequence,
    at: &'a mut Sequence,
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        *self.at = self.first + self.done as i64;
    }
}
