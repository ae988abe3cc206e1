//! The waits' names as values. `wait: Yielding` stands for a default that the macro makes; where the name is misspelt, rustc
//! finds the right one here to suggest it.
#![allow(non_upper_case_globals)]

/// [`Yielding`](super::Yielding)
pub const Yielding: () = ();
/// [`Sleeping`](super::Sleeping)
pub const Sleeping: () = ();
/// [`Blocking`](super::Blocking)
pub const Blocking: () = ();
/// [`PhasedBackoff`](super::PhasedBackoff)
pub const PhasedBackoff: () = ();
/// [`LiteBlocking`](super::LiteBlocking)
pub const LiteBlocking: () = ();
/// [`TimeoutBlocking`](super::TimeoutBlocking)
pub const TimeoutBlocking: () = ();
