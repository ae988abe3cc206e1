//! The fields of a CSV line, quoted as in RFC 4180, without allocation.
//!
//! A record stands on one line: a quoted field may hold commas and doubled quotes, but no line end. That is stricter than the
//! RFC, and on purpose: a quote too many then spoils its line, not the rest of the file. A quote inside a field that does not
//! begin with one is a fault too, so that no part of a record over several lines is taken for a record of its own.

use std::fmt;

/// What stands between two commas, without the quotes around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    content: &'a [u8],
    quoted: bool,
}

/// How a line breaks the rules of quoting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QuoteFault {
    /// The closing quote is missing.
    Open,
    /// Neither a comma nor the end follows the closing quote.
    TextAfter,
    /// A quote stands in a field that does not begin with one.
    Inside,
}

/// The fields of a line, from left to right. Nothing follows a fault.
pub(crate) struct Fields<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    /// The fields of `line`: always at least one, which may be empty.
    pub(crate) fn new(line: &'a [u8]) -> Self {
        Self { rest: Some(line) }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, QuoteFault>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        let split =
            if let Some(inner) = rest.strip_prefix(b"\"") { split_quoted(inner) } else { split_plain(rest) };
        Some(split.map(|(field, rest)| {
            self.rest = rest;
            field
        }))
    }
}

/// A field, and what follows its comma.
type Split<'a> = Result<(Field<'a>, Option<&'a [u8]>), QuoteFault>;

fn split_plain(rest: &[u8]) -> Split<'_> {
    let end = rest.iter().position(|byte| matches!(byte, b',' | b'"')).unwrap_or(rest.len());
    match rest.get(end) {
        Some(b'"') => Err(QuoteFault::Inside),
        comma => Ok((Field { content: &rest[..end], quoted: false }, comma.map(|_| &rest[end + 1..]))),
    }
}

/// `inner` begins behind the opening quote.
fn split_quoted(inner: &[u8]) -> Split<'_> {
    let mut from = 0;
    loop {
        let quote = from + inner[from..].iter().position(|&byte| byte == b'"').ok_or(QuoteFault::Open)?;
        let field = Field { content: &inner[..quote], quoted: true };
        match inner.get(quote + 1) {
            Some(b'"') => from = quote + 2,
            Some(b',') => return Ok((field, Some(&inner[quote + 2..]))),
            None => return Ok((field, None)),
            Some(_) => return Err(QuoteFault::TextAfter),
        }
    }
}

impl<'a> Field<'a> {
    /// The field as it stands in the line, doubled quotes still doubled.
    pub(crate) fn as_written(&self) -> &'a [u8] {
        self.content
    }

    /// The bytes that are meant: of doubled quotes, one.
    pub(crate) fn bytes(&self) -> impl Iterator<Item = u8> + use<'a> {
        let quoted = self.quoted;
        let mut bytes = self.content.iter().copied();
        std::iter::from_fn(move || {
            let byte = bytes.next()?;
            if quoted && byte == b'"' {
                bytes.next();
            }
            Some(byte)
        })
    }

    /// True if these bytes are meant.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.bytes().eq(text.bytes())
    }
}

impl fmt::Display for QuoteFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "a quoted field is not closed (a record may not go on in the next line)",
            Self::TextAfter => "something other than a comma follows a closing quote",
            Self::Inside => "a quote stands inside a field that does not begin with one",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Result<Vec<String>, QuoteFault> {
        let text = |field: Field<'_>| String::from_utf8(field.bytes().collect()).expect("UTF-8");
        Fields::new(line.as_bytes()).map(|field| field.map(text)).collect()
    }

    #[test]
    fn plain_fields() {
        assert_eq!(split("2013,UA,-4").expect("no fault"), ["2013", "UA", "-4"]);
        assert_eq!(split(",,").expect("no fault"), ["", "", ""]);
        assert_eq!(split("").expect("no fault"), [""]);
        assert_eq!(split(" a , b").expect("no fault"), [" a ", " b"]);
    }

    #[test]
    fn quoted_fields() {
        assert_eq!(split(r#""UA","Newark, NJ",7"#).expect("no fault"), ["UA", "Newark, NJ", "7"]);
        assert_eq!(split(r#""say ""go""","","""""#).expect("no fault"), [r#"say "go""#, "", "\""]);
        assert_eq!(split(r#"a,"b""#).expect("no fault"), ["a", "b"]);
        assert_eq!(split(r#""a","#).expect("no fault"), ["a", ""]);
        assert!(Fields::new(br#""c""d""#).next().expect("a field").expect("no fault").is("c\"d"));
    }

    #[test]
    fn faults_of_quoting() {
        assert_eq!(split(r#"a,"b"#), Err(QuoteFault::Open));
        assert_eq!(split(r#"a,"b"""#), Err(QuoteFault::Open));
        assert_eq!(split(r#"a,""#), Err(QuoteFault::Open));
        assert_eq!(split(r#""a"b,c"#), Err(QuoteFault::TextAfter));
        assert_eq!(split(r#"a"b",c"#), Err(QuoteFault::Inside));
    }
}
