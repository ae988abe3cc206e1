//! Stands in for a handler of which nothing could be read, in an expansion that has errors and is never run.

use super::apply::Bound;
use super::{Apply, Failed, Given, Release, Stage};
use crate::Sequence;

/// A handler that there is not. It can be copied for the workers of a shard.
#[derive(Clone, Copy)]
pub enum Unknown {}

/// Stands in for a stage's handler.
///
/// # Panics
/// Always; no expansion without a compile error calls it.
pub fn unknown() -> Stage<Unknown> {
    panic!("this declaration has errors")
}

impl Bound for Unknown {
    type Keep = Given<Self>;

    fn keep(&mut self) -> &mut Given<Self> {
        match *self {}
    }

    fn into_keep(self) -> Given<Self> {
        match self {}
    }
}

// SAFETY: there is no value to call it on.
unsafe impl<E> Apply<E> for Unknown {
    const COMMITS_BATCHES: bool = false;

    unsafe fn apply(
        &mut self,
        _: *mut [E],
        _: Sequence,
        _: bool,
        _: &mut Sequence,
    ) -> Result<Release, Failed> {
        match *self {}
    }
}
