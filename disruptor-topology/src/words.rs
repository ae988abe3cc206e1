//! Lists as people write them.

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// The words in backticks, joined by [`and`].
pub(crate) fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    and(&words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>())
}

/// `1 stage`, `2 stages`.
#[cfg(feature = "draw")]
pub(crate) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_end_in_and() {
        assert_eq!(and(&[]), "");
        assert_eq!(quoted(["a"]), "`a`");
        assert_eq!(quoted(["a", "b"]), "`a` and `b`");
        assert_eq!(quoted(["a", "b", "c"]), "`a`, `b` and `c`");
    }

    #[test]
    fn one_is_singular() {
        assert_eq!([0, 1, 2].map(|n| count(n, "stage")), ["0 stages", "1 stage", "2 stages"]);
    }
}
