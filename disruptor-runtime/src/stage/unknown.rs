//! Stands in for a handler of which nothing could be read, in an expansion that has errors and is never run.

use super::{Apply, Failed, Stage};
use crate::Sequence;

/// A handler that there is not.
pub enum Unknown {}

/// Stands in for a stage's handler.
///
/// # Panics
/// Always; no expansion without a compile error calls it.
pub fn unknown() -> Stage<Unknown> {
    panic!("this declaration has errors")
}

// SAFETY: there is no value to call it on.
unsafe impl<E> Apply<E> for Unknown {
    type Handler = Self;
    const COMMITS_BATCHES: bool = false;

    unsafe fn apply(&mut self, _: *mut [E], _: Sequence, _: bool, _: &mut Sequence) -> Result<(), Failed> {
        match *self {}
    }

    fn into_handler(self) -> Self {
        self
    }
}
