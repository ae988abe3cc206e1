//! The rows of `docs/soundness.md`.

use crate::Inventory;

/// What the page says.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) unsafes: Inventory,
    pub(crate) atomics: Inventory,
    /// What the rows on `unsafe` are checked by: names of tests, and paths.
    pub(crate) checks: Vec<String>,
}

/// Reads the page: a heading for each file, with tables of two kinds below it.
///
/// # Panics
/// If a row is not written as the others are.
pub(crate) fn read(text: &str) -> Page {
    let mut page = Page::default();
    let mut file = String::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("### ") {
            heading.trim_matches('`').clone_into(&mut file);
        }
        // Headings of tables, and the lines below them, have no backtick there.
        if !line.starts_with("| `") {
            continue;
        }
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [item, what, told @ ..] = &cells[..] else { panic!("a row of the page is too short: {line}") };
        assert!(!told.is_empty() && told.iter().all(|cell| !cell.is_empty()), "a cell is empty: {line}");
        let (what, times) = what.split_once('×').unwrap_or((what, "1"));
        let plain = |cell: &str| cell.trim().trim_matches('`').to_owned();
        let key = (file.clone(), plain(item), plain(what));
        let rows = if key.2.starts_with("unsafe") {
            let checks = told.last().expect("it is not empty").split('`').skip(1).step_by(2);
            page.checks.extend(checks.map(str::to_owned));
            &mut page.unsafes
        } else {
            &mut page.atomics
        };
        let before = rows.insert(key, times.parse().expect(line));
        assert_eq!(before, None, "the page has a row twice: {line}");
    }
    page
}
