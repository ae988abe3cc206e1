//! An airline's code, held in place.

use std::fmt;

/// The code of an airline: 1 to 8 visible ASCII characters. Sorts as its text does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Carrier([u8; Self::LONGEST]);

/// Why a text is no code of an airline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CarrierFault {
    /// Nothing stands there.
    Empty,
    /// More than [`Carrier::LONGEST`] characters.
    TooLong,
    /// A blank, a control character or a byte beyond ASCII: such a code would spoil the table, or the terminal.
    Character(u8),
}

impl Carrier {
    /// The most characters of a code.
    pub(crate) const LONGEST: usize = 8;

    /// The code with these characters.
    ///
    /// # Errors
    /// [`CarrierFault`] if they are none.
    pub(crate) fn new(bytes: impl Iterator<Item = u8>) -> Result<Self, CarrierFault> {
        // Padded with zeroes, which stand before every character: shorter codes sort first.
        let mut code = [0; Self::LONGEST];
        let mut length = 0;
        for byte in bytes {
            if !byte.is_ascii_graphic() {
                return Err(CarrierFault::Character(byte));
            }
            *code.get_mut(length).ok_or(CarrierFault::TooLong)? = byte;
            length += 1;
        }
        if length == 0 { Err(CarrierFault::Empty) } else { Ok(Self(code)) }
    }

    /// The code, padded with zeroes.
    pub(crate) fn padded(&self) -> &[u8; Self::LONGEST] {
        &self.0
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.0.iter().position(|&byte| byte == 0).unwrap_or(Self::LONGEST);
        f.pad(std::str::from_utf8(&self.0[..length]).unwrap_or_default())
    }
}

impl fmt::Display for CarrierFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("carrier is empty"),
            Self::TooLong => write!(f, "carrier is longer than {} characters", Carrier::LONGEST),
            Self::Character(byte) => {
                write!(f, "carrier has the character '{}', which no code has", byte.escape_ascii())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carrier(text: &str) -> Result<Carrier, CarrierFault> {
        Carrier::new(text.bytes())
    }

    #[test]
    fn codes_show_and_sort_as_texts() {
        let mut codes = ["UA", "9E", "U", "AA", "ABCDEFGH"].map(|text| carrier(text).expect("a code"));
        codes.sort();
        assert_eq!(codes.map(|code| code.to_string()), ["9E", "AA", "ABCDEFGH", "U", "UA"]);
        assert_eq!(format!("{:>4}", carrier("UA").expect("a code")), "  UA");
    }

    #[test]
    fn what_is_no_code() {
        assert_eq!(carrier(""), Err(CarrierFault::Empty));
        assert_eq!(carrier("ABCDEFGHI"), Err(CarrierFault::TooLong));
        assert_eq!(carrier("U A"), Err(CarrierFault::Character(b' ')));
        assert_eq!(
            carrier("\u{1b}[2J").expect_err("no code").to_string(),
            r"carrier has the character '\x1b', which no code has"
        );
    }
}
