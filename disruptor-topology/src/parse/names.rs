//! Which words can be a name, and which a count.

/// Rust's keywords, in use and reserved, in the edition of 2024.
const KEYWORDS: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
    "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// The words that are no name even with `r#` before them.
const NEVER: &[&str] = &["Self", "_", "crate", "self", "super"];

/// Whether a word of the form of an identifier cannot be used as one.
#[must_use]
pub fn is_reserved(word: &str) -> bool {
    match word.strip_prefix("r#") {
        Some(raw) => NEVER.contains(&raw),
        None => word == "_" || KEYWORDS.binary_search(&word).is_ok(),
    }
}

/// A whole number above zero, in the decimal system; `_` may stand between digits.
pub(super) fn count(word: &str) -> Option<usize> {
    let mut digits = String::new();
    for digit in word.chars() {
        if digit != '_' {
            digits.push(digit);
        }
    }
    digits.parse().ok().filter(|&count| count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keyword_is_found() {
        assert!(KEYWORDS.is_sorted());
        assert!(KEYWORDS.iter().all(|word| is_reserved(word)));
        assert!(!is_reserved("journal") && !is_reserved("matches") && !is_reserved("_x"));
    }

    #[test]
    fn most_keywords_can_be_raw() {
        assert!(!is_reserved("r#type"));
        assert!(is_reserved("r#self") && is_reserved("r#_"));
    }

    #[test]
    fn a_count_is_above_zero_and_fits() {
        assert_eq!(count("1_000"), Some(1000));
        assert_eq!(["0", "4x", "99999999999999999999999"].map(count), [None; 3]);
    }
}
