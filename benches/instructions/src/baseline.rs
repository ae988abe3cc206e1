//! The committed baseline: read, written, and compared with.

use std::fmt::Write as _;

use crate::counts::Figure;

/// By how much a figure may grow, in per cent.
pub const TOLERANCE: f64 = 3.0;

/// What the arithmetic may add to 3.00 %.
const ROUNDING: f64 = 1e-6;

/// How a new baseline is made.
pub const ACCEPT: &str = "ci/instructions --accept";

/// Figures, and the compiler whose code they are of.
#[derive(Debug, PartialEq)]
pub struct Baseline {
    /// As [`compiler`] gives it.
    pub compiler: String,
    /// The measures' names and figures.
    pub figures: Vec<(String, f64)>,
}

/// The release and the host that `rustc -vV` tells of.
pub fn compiler(verbose_version: &str) -> String {
    let host = verbose_version.lines().find_map(|line| line.strip_prefix("host: "));
    let release = verbose_version.lines().next();
    [release, host].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

impl Baseline {
    /// Reads the file.
    ///
    /// # Errors
    /// In words: which line is wrong, and what it should be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut lines =
            text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let Some((_, compiler)) = lines.next().filter(|(_, line)| line.starts_with("rustc ")) else {
            return Err(format!("its first line does not say `rustc …`: `{ACCEPT}` writes it anew"));
        };
        let figures = lines.map(|(number, line)| {
            let mut words = line.split_whitespace();
            let (name, figure) = (words.next(), words.next().and_then(|word| word.parse::<f64>().ok()));
            match name.zip(figure) {
                Some((name, figure)) if figure > 0.0 && figure.is_finite() => Ok((name.to_owned(), figure)),
                _ => Err(format!(
                    "line {}: `{line}` is no `name figure`, with a figure above 0: `{ACCEPT}` writes it anew",
                    number + 1
                )),
            }
        });
        Ok(Self { compiler: compiler.to_owned(), figures: figures.collect::<Result<_, _>>()? })
    }

    /// The figure of a measure.
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.figures.iter().find(|(measure, _)| measure == name).map(|(_, figure)| *figure)
    }

    /// What of `figures` has grown by more than [`TOLERANCE`], and where the two do not have the same measures: a sentence each.
    pub fn faults(&self, figures: &[Figure]) -> Vec<String> {
        let mut faults = Vec::new();
        for (measure, is) in figures {
            match self.figure(measure.name) {
                Some(was) if grown(was, *is) > TOLERANCE + ROUNDING => faults.push(format!(
                    "{} has grown by {:.1} %: {was:.2} instructions {}, now {is:.2}",
                    measure.name,
                    grown(was, *is),
                    measure.each
                )),
                Some(_) => {}
                None => faults.push(format!(
                    "{} is not in the baseline: {is:.2} instructions {}",
                    measure.name, measure.each
                )),
            }
        }
        for (name, _) in &self.figures {
            if !figures.iter().any(|(measure, _)| measure.name == name) {
                faults.push(format!("{name} is in the baseline and is not counted any more"));
            }
        }
        faults
    }
}

/// By how many per cent.
pub fn grown(was: f64, is: f64) -> f64 {
    (is - was) / was * 100.0
}

/// The file with these figures.
pub fn written(compiler: &str, figures: &[Figure]) -> String {
    let mut text = format!(
        "# Instructions of the hot path, counted by valgrind. Written by `{ACCEPT}`; docs/performance.md says what each is.\n\
         {compiler}\n\n"
    );
    for (measure, figure) in figures {
        writeln!(text, "{:<28}{figure:>8.2}  {}", measure.name, measure.each).expect("a string takes all");
    }
    text
}

/// The figures as a table for the documentation.
pub fn table(figures: &[Figure]) -> String {
    let mut text = "| measure | instructions | what is counted |\n|---|---|---|\n".to_owned();
    for (measure, figure) in figures {
        writeln!(text, "| `{}` | {figure:.2} {} | {} |", measure.name, measure.each, measure.what)
            .expect("a string takes all");
    }
    text
}

const BEGIN: &str = "<!-- counted instructions -->\n";
const END: &str = "<!-- end of counted instructions -->\n";

/// A page with this table where its marks are.
///
/// # Errors
/// In words, if it has none.
pub fn with_table(page: &str, table: &str) -> Result<String, String> {
    let parts = page.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let Some((before, after)) = parts else {
        return Err(format!("it has no `{}` with `{}` behind it", BEGIN.trim_end(), END.trim_end()));
    };
    Ok(format!("{before}{BEGIN}{table}{END}{after}"))
}
