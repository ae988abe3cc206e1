//! Whole numbers as they are written.

/// The number that a literal is, and its suffix.
#[must_use]
pub fn integer(literal: &str) -> Option<(u128, &str)> {
    let (radix, digits) = match literal.as_bytes() {
        [b'0', b'x', ..] => (16, &literal[2..]),
        [b'0', b'o', ..] => (8, &literal[2..]),
        [b'0', b'b', ..] => (2, &literal[2..]),
        _ => (10, literal),
    };
    let end = digits.find(|letter: char| !letter.is_digit(radix) && letter != '_').unwrap_or(digits.len());
    let (digits, suffix) = digits.split_at(end);
    let mut plain = String::new();
    for digit in digits.chars() {
        if digit != '_' {
            plain.push(digit);
        }
    }
    let number = u128::from_str_radix(&plain, radix).ok()?;
    let known = ["", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize"];
    known.contains(&suffix).then_some((number, suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_rust_writes_them() {
        assert_eq!(integer("1_024"), Some((1024, "")));
        assert_eq!(integer("0x40usize"), Some((64, "usize")));
        assert_eq!(integer("0b_10"), Some((2, "")));
        assert_eq!(integer("0o17_u8"), Some((15, "u8")));
        assert_eq!(["1.5", "\"4\"", "'4'", "4e3", "_", "", "0x"].map(integer), [None; 7]);
    }
}
