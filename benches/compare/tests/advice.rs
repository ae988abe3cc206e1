//! The program `advice`: every pair runs, its results are right, and it prints a line for each.

mod ran;

use ran::ran;

fn advice(arguments: &[&str]) -> (Option<i32>, String, String) {
    ran(env!("CARGO_BIN_EXE_advice"), arguments)
}

#[test]
fn every_pair_gets_a_line_with_two_figures() {
    let (code, out, err) = advice(&["2", "20_000"]);
    assert_eq!(code, Some(0), "{err}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 8, "{out}");
    for line in &lines[1..] {
        let figures: Vec<f64> =
            line.split_whitespace().rev().take(2).map(|figure| figure.parse().expect("a figure")).collect();
        assert!(figures.iter().all(|figure| *figure > 0.0), "{line}");
    }
}

#[test]
fn what_is_no_number_is_refused() {
    for arguments in [&["x"][..], &["0"], &["1", "-5"], &["1", "2", "3"]] {
        let (code, out, err) = advice(arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(err.contains("usage: advice"), "{err}");
    }
}
