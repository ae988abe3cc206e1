#![doc = include_str!("../README.md")]

pub use disruptor_runtime::*;

/// Declares a pipeline.
///
/// The crate's documentation is a tour of it.
// A macro by example around the procedural one, since it knows this crate's path, whatever it is called where it is used.
#[macro_export]
macro_rules! disruptor {
    ($($declaration:tt)*) => {
        $crate::__private::declare! { unsafe [$crate] $($declaration)* }
    };
}

/// What the macro's expansion uses. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use disruptor_macros::declare;
    pub use disruptor_runtime::__private::*;
}

/// The examples of the language reference, as tests; the page itself stands beside the crate, not in it.
#[cfg(doctest)]
#[doc = include_str!("../docs/language.md")]
mod language {}

/// The examples of the page on operations. Some of them need features, and then all wait for these.
#[cfg(all(doctest, feature = "prometheus", feature = "serde", feature = "tracing"))]
#[doc = include_str!("../docs/operations.md")]
mod operations {}

/// The examples of the page for those who come from elsewhere.
#[cfg(doctest)]
#[doc = include_str!("../docs/migration.md")]
mod migration {}
