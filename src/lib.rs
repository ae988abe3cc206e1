//! Event pipelines on one ring, declared in a line and checked by the compiler.

pub use disruptor_macros::disruptor;
pub use disruptor_runtime::*;

#[doc(hidden)]
pub use disruptor_runtime::__private;
