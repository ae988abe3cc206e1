//! A line a contender, along a dimension.

use super::scale::Scale;
use super::{Canvas, colour, escaped};
use crate::contenders::place;

/// What a contender shows along the dimension: places in `Lines::along`, and values.
pub(crate) struct Line {
    pub(crate) contender: String,
    pub(crate) points: Vec<(usize, f64)>,
}

/// The chart.
pub(crate) struct Lines<'a> {
    pub(crate) title: &'a str,
    pub(crate) across: &'a str,
    pub(crate) up: &'a str,
    /// How a value is written.
    pub(crate) shown: fn(f64) -> String,
    /// What stands along the axis: how far (any measure), and the label.
    pub(crate) along: &'a [(f64, String)],
    pub(crate) lines: &'a [Line],
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = WIDTH - 28.0;
const BOTTOM: f64 = HEIGHT - 56.0;

impl Lines<'_> {
    /// The chart as SVG.
    pub(crate) fn svg(&self) -> String {
        let mut canvas = Canvas::new(WIDTH, HEIGHT, self.title);
        let mut lines: Vec<&Line> = self.lines.iter().collect();
        lines.sort_by_key(|line| place(&line.contender));
        let contenders: Vec<&str> = lines.iter().map(|line| line.contender.as_str()).collect();
        let top = 50.0 + canvas.legend(&contenders, LEFT, 48.0, RIGHT);
        let scale =
            Scale::over(lines.iter().flat_map(|line| &line.points).map(|(_, value)| *value), BOTTOM, top);
        for tick in scale.ticks() {
            let y = scale.at(tick);
            canvas.rule("grid", (LEFT, y), (RIGHT, y));
            canvas.text(LEFT - 8.0, y + 4.0, "end", "", &(self.shown)(tick));
        }
        let first = self.along.first().map_or(0.0, |(far, _)| *far);
        let reach = self.along.last().map_or(1.0, |(far, _)| *far - first).max(f64::MIN_POSITIVE);
        let x = |place: usize| LEFT + 12.0 + (self.along[place].0 - first) / reach * (RIGHT - LEFT - 24.0);
        for (place, (_, label)) in self.along.iter().enumerate() {
            canvas.rule("fine", (x(place), top), (x(place), BOTTOM));
            canvas.text(x(place), BOTTOM + 18.0, "middle", "", &escaped(label));
        }
        canvas.text(f64::midpoint(LEFT, RIGHT), HEIGHT - 14.0, "middle", "", &escaped(self.across));
        let (middle, up) = (f64::midpoint(top, BOTTOM), escaped(self.up));
        canvas.put(format_args!(
            "<text x=\"18\" y=\"{middle:.1}\" text-anchor=\"middle\" transform=\"rotate(-90 18 {middle:.1})\">{up}</text>"
        ));
        // Own last, so that no other line lies over it.
        for line in lines.iter().rev() {
            let places: Vec<String> = line
                .points
                .iter()
                .map(|(place, value)| format!("{:.1},{:.1}", x(*place), scale.at(*value)))
                .collect();
            canvas.put(format_args!(
                "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"2\" points=\"{}\"/>",
                colour(&line.contender),
                places.join(" ")
            ));
            for (place, value) in &line.points {
                let says = format!(
                    "{}, {}: {} {}",
                    line.contender,
                    self.along[*place].1,
                    (self.shown)(*value),
                    self.up
                );
                canvas.mark(&line.contender, x(*place), scale.at(*value), &says);
            }
        }
        canvas.end()
    }
}
