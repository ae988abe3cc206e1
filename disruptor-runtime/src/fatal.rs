//! Errors that no policy may pass over.

use std::error::Error;
use std::fmt;

use crate::failure::BoxError;

/// An error that stops the pipeline, whatever the stage's `on_error` says.
///
/// For handlers that must not be passed over: a journal whose disk has failed must not let events through that it does not hold. A
/// policy is not asked about it. In [`Failure::cause`](crate::Failure::cause) stands what is inside, as it was given.
///
/// It counts also as the [`source`](Error::source) of another error, however deep.
///
/// ```
/// use disruptor_runtime::Fatal;
///
/// let handle = |value: &u64, _: i64, _: bool| if *value == 3 { Err(Fatal::new("the disk is gone")) } else { Ok(()) };
/// # assert_eq!(handle(&3, 0, true).expect_err("three").to_string(), "the disk is gone");
/// ```
#[derive(Debug)]
pub struct Fatal(BoxError);

impl Fatal {
    /// Makes an error fatal.
    #[must_use]
    pub fn new(error: impl Into<BoxError>) -> Self {
        Self(error.into())
    }

    /// What it was made of.
    #[must_use]
    pub fn into_inner(self) -> BoxError {
        self.0
    }
}

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Fatal {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// True if the error is fatal, or comes from one that is.
pub(crate) fn is_fatal(error: &BoxError) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error.as_ref());
    while let Some(error) = next {
        if error.is::<Fatal>() {
            return true;
        }
        next = error.source();
    }
    false
}

/// The error, without what makes it fatal.
pub(crate) fn plain(error: BoxError) -> BoxError {
    error.downcast::<Fatal>().map_or_else(|error| error, |fatal| fatal.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Around(Fatal);

    impl fmt::Display for Around {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("around")
        }
    }

    impl Error for Around {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn found_at_the_top_and_below() {
        assert!(is_fatal(&Fatal::new("gone").into()));
        assert!(is_fatal(&Around(Fatal::new("gone")).into()));
        assert!(!is_fatal(&BoxError::from("gone")));
    }

    #[test]
    fn what_is_inside_comes_out_as_it_was() {
        let error = plain(Fatal::new(std::io::Error::other("gone")).into());
        assert!(error.is::<std::io::Error>());
        assert!(plain(Around(Fatal::new("gone")).into()).is::<Around>());
    }
}
