//! Tables of text, whose columns are as wide as what stands in them.

use std::fmt;

/// Writes rows below a heading. Numbers stand to the right of their column, all else to the left.
pub(crate) fn table<const COLUMNS: usize>(
    f: &mut fmt::Formatter<'_>,
    heading: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
) -> fmt::Result {
    let number =
        |cell: &str| !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let widths: [_; COLUMNS] = std::array::from_fn(|column| {
        rows.iter().map(|row| row[column].chars().count()).fold(heading[column].chars().count(), usize::max)
    });
    let right: [_; COLUMNS] = std::array::from_fn(|column| rows.iter().all(|row| number(&row[column])));
    let heading = heading.map(str::to_owned);
    for row in std::iter::once(&heading).chain(rows) {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let gap = if column == 0 { "" } else { "  " };
            let width = widths[column];
            line +=
                &if right[column] { format!("{gap}{cell:>width$}") } else { format!("{gap}{cell:<width$}") };
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}
