#![doc = include_str!("../README.md")]

pub use disruptor_macros::disruptor;
pub use disruptor_runtime::*;

#[doc(hidden)]
pub use disruptor_runtime::__private;
