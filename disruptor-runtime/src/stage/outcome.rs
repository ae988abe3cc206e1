//! What a handler may return.

use crate::failure::BoxError;

/// The result of a handler: `()`, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    label = "this handler returns `{Self}`",
    note = "a handler returns `()`, or `Result<(), E>` where `E` is an error, a `String` or a `&str`"
)]
pub trait Outcome {
    /// As a result with any error.
    fn into_result(self) -> Result<(), BoxError>;
}

impl Outcome for () {
    #[inline(always)]
    fn into_result(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl<E: Into<BoxError>> Outcome for Result<(), E> {
    #[inline(always)]
    fn into_result(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}

/// A handler that never returns ends by a panic.
impl Outcome for <fn() -> ! as Returns>::Value {
    fn into_result(self) -> Result<(), BoxError> {
        self
    }
}

/// Names what a function returns: `!` has no name of its own yet.
pub trait Returns {
    /// What it returns.
    type Value;
}

impl<R> Returns for fn() -> R {
    type Value = R;
}

/// The same.
impl Outcome for std::convert::Infallible {
    fn into_result(self) -> Result<(), BoxError> {
        match self {}
    }
}
