//! A wait that wants no rests, for tests.

use super::{Idle, Wait};

/// Looks at once, always.
#[derive(Clone)]
pub(crate) struct Restless;

impl Wait for Restless {
    const BLOCKS: bool = false;

    fn idle(&mut self, _: u32) -> Idle {
        Idle::Look
    }

    fn gathers(&self) -> bool {
        false
    }
}
