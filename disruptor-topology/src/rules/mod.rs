//! One rule a file: what it looks for, and the words for what it finds.

pub(crate) mod conflict;
pub(crate) mod cycle;
pub(crate) mod input;
pub(crate) mod presence;
