//! What a handler may return.

use crate::failure::BoxError;

/// What a handler says of the events that it has handled so far in its batch: whether they are done with.
///
/// A closure or listed function that returns it, or a `Result` of it, can let go of a part of a long batch: those behind the stage, and the
/// producer, go on while the batch does. It is said after the event, so that no reference to it is left.
///
/// ```
/// use disruptor_runtime::Release;
///
/// // Every hundredth event writes out what was gathered.
/// let mut gathered = Vec::new();
/// let mut work = |value: &u64, sequence: i64, end_of_batch: bool| {
///     gathered.push(*value);
///     if sequence % 100 == 99 || end_of_batch {
///         gathered.clear();
///         Release::Now
///     } else {
///         Release::AtEnd
///     }
/// };
/// # assert_eq!(work(&1, 98, false), Release::AtEnd);
/// # assert_eq!(work(&1, 99, false), Release::Now);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Release {
    /// Nothing new: what is handled of a batch counts when the batch ends, or with the next [`Now`](Self::Now).
    #[default]
    AtEnd,
    /// This event and all before it are done with. A retry rewinds the batch to the one behind it, and no further.
    ///
    /// Of a handler of slices (`&[*]`), all events of the slice.
    Now,
}

/// The result of a handler: `()`, [`Release`], or a `Result` of either.
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    label = "this handler returns `{Self}`",
    note = "a handler returns `()`, or `Result<(), E>` where `E` is an error, a `String` or a `&str`; \
            to let go of a part of a batch, `Release` in place of `()`"
)]
pub trait Outcome {
    /// As a result with any error.
    fn into_result(self) -> Result<Release, BoxError>;
}

impl Outcome for () {
    #[inline(always)]
    fn into_result(self) -> Result<Release, BoxError> {
        Ok(Release::AtEnd)
    }
}

impl Outcome for Release {
    #[inline(always)]
    fn into_result(self) -> Result<Release, BoxError> {
        Ok(self)
    }
}

impl<E: Into<BoxError>> Outcome for Result<(), E> {
    #[inline(always)]
    fn into_result(self) -> Result<Release, BoxError> {
        self.map(|()| Release::AtEnd).map_err(Into::into)
    }
}

impl<E: Into<BoxError>> Outcome for Result<Release, E> {
    #[inline(always)]
    fn into_result(self) -> Result<Release, BoxError> {
        self.map_err(Into::into)
    }
}

/// A handler that never returns ends by a panic.
impl Outcome for <fn() -> ! as Returns>::Value {
    fn into_result(self) -> Result<Release, BoxError> {
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
