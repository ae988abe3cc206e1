//! The language reference says what the tables of settings and options say.

use crate::settings::{OPTIONS, Row, SETTINGS};

const PAGE: &str = include_str!("../../../docs/language.md");

#[test]
fn every_setting_and_option_has_its_row_in_the_language_reference() {
    for Row { name, doc, default, example, .. } in SETTINGS.iter().chain(OPTIONS) {
        let cells = [format!("`{name}`"), (*doc).to_owned(), (*default).to_owned(), format!("`{example}`")];
        let row = format!("| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
        assert!(PAGE.lines().any(|line| line == row), "docs/language.md should have the line\n{row}");
    }
}
