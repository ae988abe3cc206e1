//! Figures as they are read.

/// Three digits that count: `1,290`, `656`, `34.9`, `2.41`, `0.052`.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        _ if !value.is_finite() => "–".to_owned(),
        size if size >= 99.95 => thousands(value.round() as i64),
        size if size >= 9.995 => trimmed(format!("{value:.1}")),
        size if size >= 0.095 => trimmed(format!("{value:.2}")),
        size if size >= 0.000_95 => trimmed(format!("{value:.3}")),
        _ => trimmed(format!("{value:.6}")),
    }
}

/// `9,000,000`.
pub(crate) fn thousands(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0 { format!("-{text}") } else { text }
}

/// A time in nanoseconds: `340 ns`, `12.5 µs`, `3.2 ms`, `1.5 s`.
pub(crate) fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 999.5 => format!("{} ns", number(ns)),
        ns if ns < 999.5e3 => format!("{} µs", number(ns / 1e3)),
        ns if ns < 999.5e6 => format!("{} ms", number(ns / 1e6)),
        ns => format!("{} s", number(ns / 1e9)),
    }
}

fn trimmed(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let all =
            [1_290.4, 656.0, 99.96, 34.94, 10.0, 2.414, 0.5, 0.052, 0.000_114, 0.0, f64::NAN].map(number);
        assert_eq!(all, ["1,290", "656", "100", "34.9", "10", "2.41", "0.5", "0.052", "0.000114", "0", "–"]);
        assert_eq!(thousands(-1_234_567), "-1,234,567");
    }

    #[test]
    fn times_have_units() {
        let all = [340.0, 12_500.0, 3.2e6, 1.5e9].map(time);
        assert_eq!(all, ["340 ns", "12.5 µs", "3.2 ms", "1.5 s"]);
    }
}
