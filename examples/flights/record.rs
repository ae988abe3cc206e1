//! A flight as it is parsed from its line: typed, in place, without allocation.

use std::fmt;

use crate::carrier::{Carrier, CarrierFault};
use crate::columns::Columns;
use crate::fields::{Field, Fields, QuoteFault};

/// What a delay reads where there is none, besides nothing at all.
const NOT_AVAILABLE: &str = "NA";

/// A parsed line. Each slot of a ring holds one and has it overwritten again and again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// False if the line was malformed; the rest then means nothing.
    pub(crate) valid: bool,
    /// The airline.
    pub(crate) carrier: Carrier,
    /// Minutes late at departure, below zero if early; none if the flight never left: it was cancelled.
    pub(crate) dep_delay: Option<i32>,
}

/// Why a line is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed<'a> {
    /// A quote is where none may be, or is missing.
    Quoting(QuoteFault),
    /// Not as many columns as the header has.
    Columns {
        /// The line's.
        found: usize,
        /// The header's.
        expected: usize,
    },
    /// The carrier is none.
    Carrier(CarrierFault),
    /// The delay is neither a whole number nor missing.
    Delay(&'a [u8]),
}

impl Record {
    /// Reads a line into this record, and overwrites whatever it held.
    ///
    /// # Errors
    /// [`Malformed`], with the record left invalid.
    pub(crate) fn parse<'a>(&mut self, line: &'a [u8], columns: &Columns) -> Result<(), Malformed<'a>> {
        self.valid = false;
        let (mut carrier, mut dep_delay) = (None, None);
        let mut found = 0;
        for field in Fields::new(line) {
            let field = field.map_err(Malformed::Quoting)?;
            if found == columns.carrier {
                carrier = Some(field);
            } else if found == columns.dep_delay {
                dep_delay = Some(field);
            }
            found += 1;
        }
        // First of all: with a column too many or too few, the others need not be what they seem.
        let (Some(carrier), Some(dep_delay), true) = (carrier, dep_delay, found == columns.count) else {
            return Err(Malformed::Columns { found, expected: columns.count });
        };
        self.carrier = Carrier::new(carrier.bytes()).map_err(Malformed::Carrier)?;
        self.dep_delay = parse_delay(dep_delay)?;
        self.valid = true;
        Ok(())
    }
}

fn parse_delay(field: Field<'_>) -> Result<Option<i32>, Malformed<'_>> {
    let text = field.as_written();
    if text.is_empty() || field.is(NOT_AVAILABLE) {
        return Ok(None);
    }
    let minutes = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    minutes.map(Some).ok_or(Malformed::Delay(text))
}

impl fmt::Display for Malformed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Bytes of a bad delay that are shown.
        const SHOWN: usize = 24;
        match self {
            Self::Quoting(fault) => fault.fmt(f),
            Self::Columns { found: 1, expected } => write!(f, "1 column where the header has {expected}"),
            Self::Columns { found, expected } => write!(f, "{found} columns where the header has {expected}"),
            Self::Carrier(fault) => fault.fmt(f),
            Self::Delay(text) => {
                let (shown, more) = if text.len() > SHOWN { (&text[..SHOWN], "...") } else { (*text, "") };
                write!(f, "dep_delay \"{}{more}\" is no whole number of minutes", shown.escape_ascii())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns { carrier: 1, dep_delay: 3, count: 5 };

    fn parse(line: &str) -> Result<(String, Option<i32>), String> {
        // What an earlier line has left must not shine through.
        let mut record = Record {
            valid: true,
            carrier: Carrier::new(b"ZZ".iter().copied()).expect("a code"),
            dep_delay: Some(7),
        };
        let parsed = record.parse(line.as_bytes(), &COLUMNS);
        assert_eq!(record.valid, parsed.is_ok());
        parsed
            .map(|()| (record.carrier.to_string(), record.dep_delay))
            .map_err(|malformed| malformed.to_string())
    }

    #[test]
    fn flights() {
        assert_eq!(parse("2013,UA,x,-4,y"), Ok(("UA".into(), Some(-4))));
        assert_eq!(parse(r#""2013","9E","Newark, NJ","1301","""y""""#), Ok(("9E".into(), Some(1301))));
        assert_eq!(parse("2013,UA,x,NA,y"), Ok(("UA".into(), None)));
        assert_eq!(parse("2013,UA,x,,y"), Ok(("UA".into(), None)));
        assert_eq!(parse(r#"2013,UA,x,"NA",y"#), Ok(("UA".into(), None)));
    }

    #[test]
    fn malformed_lines() {
        let reason = |line: &str| parse(line).expect_err("malformed");
        assert_eq!(reason("2013,UA,x,4"), "4 columns where the header has 5");
        assert_eq!(reason("x"), "1 column where the header has 5");
        assert_eq!(reason("2013,UA,x,late,y,z"), "6 columns where the header has 5");
        assert_eq!(reason("2013,,x,4,y"), "carrier is empty");
        assert_eq!(reason("2013,TOOLONGER,x,4,y"), "carrier is longer than 8 characters");
        assert_eq!(reason("2013,UA,x,late,y"), "dep_delay \"late\" is no whole number of minutes");
        assert_eq!(reason("2013,UA,x,4.5,y"), "dep_delay \"4.5\" is no whole number of minutes");
        assert_eq!(reason("2013,UA,x, 4,y"), "dep_delay \" 4\" is no whole number of minutes");
        assert_eq!(
            reason("2013,UA,x,99999999999999999999999999,y"),
            "dep_delay \"999999999999999999999999...\" is no whole number of minutes"
        );
        assert_eq!(reason("2013,UA,x,\u{1b}[2J,y"), r#"dep_delay "\x1b[2J" is no whole number of minutes"#);
        assert_eq!(
            reason("2013,UA,\"x,4,y"),
            "a quoted field is not closed (a record may not go on in the next line)"
        );
    }
}
