//! Lists as people write them.

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn and(words: &[String]) -> String {
    let mut list = String::new();
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            list += if at + 1 == words.len() { " and " } else { ", " };
        }
        list += word;
    }
    list
}

/// The words in backticks, joined by [`and`].
pub(crate) fn quoted(words: &[&str]) -> String {
    let mut quoted = Vec::new();
    for word in words {
        quoted.push(format!("`{word}`"));
    }
    and(&quoted)
}

/// Adds a word to a list in alphabetical order, unless it is there.
pub(crate) fn add<'a>(words: &mut Vec<&'a str>, word: &'a str) {
    if let Err(at) = words.binary_search(&word) {
        words.insert(at, word);
    }
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
        assert_eq!(quoted(&["a"]), "`a`");
        assert_eq!(quoted(&["a", "b"]), "`a` and `b`");
        assert_eq!(quoted(&["a", "b", "c"]), "`a`, `b` and `c`");
    }

    #[test]
    fn one_is_singular() {
        assert_eq!([0, 1, 2].map(|n| count(n, "stage")), ["0 stages", "1 stage", "2 stages"]);
    }
}
