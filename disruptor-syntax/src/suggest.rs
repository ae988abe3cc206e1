//! "Did you mean …?"

/// The candidate that is closest to what was written, if any is close enough to be meant.
pub fn closest<'a>(written: &str, candidates: &[&'a str]) -> Option<&'a str> {
    // Of a name of one or two letters, another letter makes another name.
    let most = match written.chars().count() {
        0..=2 => 0,
        length => (length / 3).max(1),
    };
    let (mut least, mut closest) = (most + 1, None);
    for candidate in candidates {
        let distance = distance(written, candidate);
        if distance < least {
            (least, closest) = (distance, Some(*candidate));
        }
    }
    closest
}

/// How many characters to insert, remove, replace or swap with a neighbour (optimal string alignment), whatever their case.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (lower_case(a), lower_case(b));
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut least = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    rows[a.len()][b.len()]
}

fn lower_case(text: &str) -> Vec<char> {
    let mut letters = vec![];
    for letter in text.chars() {
        for lower in letter.to_lowercase() {
            letters.push(lower);
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let names = ["event", "ring", "producers", "wait"];
        assert_eq!(closest("rign", &names), Some("ring"));
        assert_eq!(closest("producer", &names), Some("producers"));
        assert_eq!(closest("Wait", &names), Some("wait"));
        assert_eq!(closest("colour", &names), None);
        assert_eq!(closest("b", &["a"]), None);
    }
}
