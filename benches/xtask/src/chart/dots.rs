//! A row a shape, a mark a contender: who is how far ahead is a distance, as the scale is logarithmic.

use super::scale::Scale;
use super::{Canvas, escaped};
use crate::contenders::place;
use crate::text::number;

/// A shape, and what each contender reached in it.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) values: Vec<(String, f64)>,
}

/// The chart.
pub(crate) struct Dots<'a> {
    pub(crate) title: &'a str,
    pub(crate) unit: &'a str,
    pub(crate) rows: &'a [Row],
}

const WIDTH: f64 = 820.0;
const LEFT: f64 = 140.0;
const RIGHT: f64 = WIDTH - 30.0;
const STEP: f64 = 30.0;

impl Dots<'_> {
    /// The chart as SVG.
    pub(crate) fn svg(&self) -> String {
        let values = || self.rows.iter().flat_map(|row| &row.values);
        let mut contenders: Vec<&str> = values().map(|(contender, _)| contender.as_str()).collect();
        contenders.sort_by_key(|contender| (place(contender), *contender));
        contenders.dedup();
        let lines = contenders.len().div_ceil(5).max(1) as f64;
        let top = 40.0 + 18.0 * (lines + 1.0);
        let bottom = top + STEP * self.rows.len() as f64;
        let mut canvas = Canvas::new(WIDTH, bottom + 54.0, self.title);
        canvas.legend(&contenders, LEFT, 48.0, RIGHT);
        let scale = Scale::over(values().map(|(_, value)| *value), LEFT, RIGHT);
        for tick in scale.ticks() {
            let x = scale.at(tick);
            canvas.rule("grid", (x, top), (x, bottom));
            canvas.text(x, bottom + 18.0, "middle", "", &number(tick));
        }
        canvas.text(f64::midpoint(LEFT, RIGHT), bottom + 40.0, "middle", "", &escaped(self.unit));
        for (place_of_row, row) in self.rows.iter().enumerate() {
            let y = top + STEP * (place_of_row as f64 + 0.5);
            canvas.rule("fine", (LEFT, y), (RIGHT, y));
            canvas.text(LEFT - 12.0, y + 4.0, "end", "", &escaped(&row.name));
            let mut values: Vec<_> = row.values.iter().collect();
            // Own last, so that no other mark lies over it.
            values.sort_by_key(|(contender, _)| std::cmp::Reverse(place(contender)));
            for (contender, value) in values {
                let says = format!("{contender}, {}: {} {}", row.name, number(*value), self.unit);
                canvas.mark(contender, scale.at(*value), y, &says);
            }
        }
        canvas.end()
    }
}
