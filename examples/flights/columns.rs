//! Where the columns stand that are read, as the header says.

use std::fmt;

use crate::fields::{Fields, QuoteFault};

/// The columns that are read, by their names in the header.
const NAMES: [&str; 2] = ["carrier", "dep_delay"];

/// The places of the columns that are read, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    /// The airline's code.
    pub(crate) carrier: usize,
    /// Minutes late at departure; none for a flight that never left.
    pub(crate) dep_delay: usize,
    /// How many columns there are in all.
    pub(crate) count: usize,
}

/// Why a header does not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HeaderError {
    /// These columns are not there.
    Missing(Vec<&'static str>),
    /// This column is there more than once.
    Twice(&'static str),
    /// The header is no line of CSV.
    Quoting(QuoteFault),
}

impl Columns {
    /// Finds the columns in a header line.
    ///
    /// # Errors
    /// [`HeaderError`] if one is not there exactly once.
    pub(crate) fn find(header: &[u8]) -> Result<Self, HeaderError> {
        let mut places = [None; NAMES.len()];
        let mut count = 0;
        for field in Fields::new(header) {
            let field = field.map_err(HeaderError::Quoting)?;
            if let Some(column) = NAMES.iter().position(|name| field.is(name))
                && places[column].replace(count).is_some()
            {
                return Err(HeaderError::Twice(NAMES[column]));
            }
            count += 1;
        }
        let [Some(carrier), Some(dep_delay)] = places else {
            let missing =
                NAMES.into_iter().zip(places).filter(|(_, place)| place.is_none()).map(|(name, _)| name);
            return Err(HeaderError::Missing(missing.collect()));
        };
        Ok(Self { carrier, dep_delay, count })
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(names) => {
                write!(f, "the header has no column `{}`", names.join("` and no column `"))
            }
            Self::Twice(name) => write!(f, "the header has the column `{name}` more than once"),
            Self::Quoting(fault) => write!(f, "the header cannot be read: {fault}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(header: &str) -> String {
        Columns::find(header.as_bytes()).expect_err("a header that does not do").to_string()
    }

    #[test]
    fn columns_are_found_by_name() {
        assert_eq!(Columns::find(b"dep_delay,x,carrier"), Ok(Columns { carrier: 2, dep_delay: 0, count: 3 }));
        assert_eq!(
            Columns::find(br#""carrier","dep_delay""#),
            Ok(Columns { carrier: 0, dep_delay: 1, count: 2 })
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(complaint("year,carrier"), "the header has no column `dep_delay`");
        assert_eq!(complaint("dep_delay,Carrier"), "the header has no column `carrier`");
        assert_eq!(complaint("a;b"), "the header has no column `carrier` and no column `dep_delay`");
        assert_eq!(
            complaint("carrier,carrier,dep_delay"),
            "the header has the column `carrier` more than once"
        );
        assert!(complaint("carrier,\"dep_delay").starts_with("the header cannot be read: a quoted field"));
    }
}
