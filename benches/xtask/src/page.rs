//! The page `docs/benchmarks.md`: a template, into which tables and charts of the figures are put.

mod aims;
mod conditions;
mod growth;
mod latency;
mod threads;
mod throughput;

use std::fs;
use std::path::Path;

use crate::contenders::place;
use crate::figures::{Figures, Series};

/// The page, the folder of its charts, and its figures, from the root of the project.
pub(crate) const PAGE: &str = "docs/benchmarks.md";
pub(crate) const CHARTS: &str = "docs/benchmarks";
pub(crate) const FIGURES: &str = "docs/benchmarks/figures.json";

const TEMPLATE: &str = include_str!("page/benchmarks.md");

/// A piece of the page, and the charts that it shows: names and SVG.
#[derive(Default)]
struct Piece {
    text: String,
    charts: Vec<(String, String)>,
}

impl Piece {
    /// Puts a chart at the end of the text.
    fn show(&mut self, name: &str, title: &str, svg: String) {
        self.text += &format!("![{title}](benchmarks/{name}.svg)\n\n");
        self.charts.push((format!("{name}.svg"), svg));
    }
}

/// Writes the page and its charts.
///
/// # Errors
/// A file that cannot be written, with the system's reason.
pub(crate) fn write(root: &Path, figures: &Figures) -> Result<(), String> {
    let (page, charts) = render(figures);
    let folder = root.join(CHARTS);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let files = charts.into_iter().map(|(name, svg)| (folder.join(name), svg));
    for (place, text) in files.chain([(root.join(PAGE), page)]) {
        fs::write(&place, text).map_err(|error| format!("{}: {error}", place.display()))?;
    }
    Ok(())
}

/// The page, and its charts.
fn render(figures: &Figures) -> (String, Vec<(String, String)>) {
    let mut pieces = vec![
        ("aims", Piece { text: aims::table(figures), charts: Vec::new() }),
        ("throughput", throughput::piece(figures.throughput.as_ref())),
        ("threads", threads::piece(figures.threads.as_ref())),
        ("latency", latency::piece(figures.latency.as_ref())),
    ];
    pieces.extend(growth::pieces(figures.growth.as_ref()));
    let (mut page, mut charts) = (TEMPLATE.to_owned(), Vec::new());
    for (name, piece) in pieces {
        page = page.replace(&format!("{{{{{name}}}}}"), piece.text.trim_end());
        charts.extend(piece.charts);
    }
    (page, charts)
}

/// The tables of a run that writes nothing.
pub(crate) fn tables(figures: &Figures) -> String {
    let mut text = String::new();
    if let Some(section) = &figures.throughput {
        text += &format!("# Aims\n\n{}\n# Throughput\n\n", aims::table(figures));
        text += &throughput::piece(Some(section)).text;
    }
    if figures.threads.is_some() {
        text += &format!("# Threads\n\n{}", threads::piece(figures.threads.as_ref()).text);
    }
    if figures.growth.is_some() {
        text += "# Growth\n\n";
        text.extend(growth::pieces(figures.growth.as_ref()).into_iter().map(|(_, piece)| piece.text));
    }
    if figures.latency.is_some() {
        text += &format!("# Latency\n\n{}", latency::piece(figures.latency.as_ref()).text);
    }
    // Charts are files, and none was written.
    text.lines().filter(|line| !line.starts_with("![")).fold(String::new(), |text, line| text + line + "\n")
}

/// What stands where a section was not measured yet.
fn not_measured(section: &str) -> Piece {
    let text = format!("Not measured yet: `cargo xtask bench --sections {section}`.\n");
    Piece { text, charts: Vec::new() }
}

/// Who takes part in these series, in the order of the tables.
fn contenders<'a>(series: impl IntoIterator<Item = &'a Series>) -> Vec<&'a str> {
    let mut contenders: Vec<&str> = series.into_iter().map(|series| series.contender.as_str()).collect();
    contenders.sort_by_key(|contender| (place(contender), *contender));
    contenders.dedup();
    contenders
}

/// A row of a Markdown table.
fn row(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().collect();
    format!("| {} |\n", cells.join(" | "))
}

/// The head of a Markdown table, and the line below it.
fn head(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().collect();
    let rule = "|---".repeat(cells.len());
    row(cells) + &rule + "|\n"
}

/// A paragraph more.
fn paragraph(text: &mut String, said: &str) {
    if !text.is_empty() && !text.ends_with("\n\n") {
        text.push('\n');
    }
    text.push_str(said);
    text.push_str("\n\n");
}

#[cfg(test)]
mod tests;
