//! Charts as SVG, readable on light and on dark pages, without a library and without fonts of their own.

mod dots;
mod lines;
mod scale;

pub(crate) use dots::{Dots, Row};
pub(crate) use lines::{Line, Lines};

use std::fmt::Write;

use crate::contenders::place;

/// One colour a contender, of middle brightness: they stand on white and on near black. After Okabe and Ito, who chose them so that
/// they can be told apart by those who see fewer colours; the marks differ, too.
const COLOURS: [&str; 9] =
    ["#d55e00", "#808080", "#0072b2", "#56b4e9", "#009e73", "#a565c9", "#cc79a7", "#b58900", "#6b8e23"];

const STYLE: &str = "<style>\
text{font:12px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1f2328}\
.title{font-size:14px;font-weight:600}\
.page{fill:#ffffff}.grid{stroke:#d8dee4;stroke-width:1}.fine{stroke:#eff2f5;stroke-width:1}\
.own{font-weight:600}\
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.grid{stroke:#30363d}.fine{stroke:#1c2128}}\
</style>";

/// A drawing that grows.
struct Canvas(String);

impl Canvas {
    fn new(width: f64, height: f64, title: &str) -> Self {
        let title = escaped(title);
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             role=\"img\" aria-label=\"{title}\">\n{STYLE}\n"
        );
        text += "<rect class=\"page\" width=\"100%\" height=\"100%\" rx=\"6\"/>\n";
        let mut canvas = Self(text);
        canvas.text(16.0, 24.0, "start", "title", &title);
        canvas
    }

    fn put(&mut self, arguments: std::fmt::Arguments<'_>) {
        self.0.write_fmt(arguments).expect("a string takes all");
        self.0.push('\n');
    }

    /// The text is escaped already.
    fn text(&mut self, x: f64, y: f64, anchor: &str, class: &str, text: &str) {
        self.put(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>"
        ));
    }

    fn rule(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.put(format_args!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    /// A contender's mark, with a text that shows under the pointer.
    fn mark(&mut self, contender: &str, x: f64, y: f64, says: &str) {
        let colour = colour(contender);
        let says = escaped(says);
        let shape = match place(contender) % 4 {
            0 => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{colour}\">"),
            1 => format!(
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"8\" height=\"8\" fill=\"{colour}\">",
                x - 4.0,
                y - 4.0
            ),
            2 => format!("<path d=\"M{x:.1} {:.1}l5 9h-10z\" fill=\"{colour}\">", y - 5.0),
            _ => format!("<path d=\"M{x:.1} {:.1}l5 5l-5 5l-5 -5z\" fill=\"{colour}\">", y - 5.0),
        };
        let tag = shape[1..].split(' ').next().expect("a tag has a name").to_owned();
        self.put(format_args!("{shape}<title>{says}</title></{tag}>"));
    }

    /// The contenders in a row, from `x` on, in as many lines as they need. Gives the height that it took.
    fn legend(&mut self, contenders: &[&str], left: f64, top: f64, right: f64) -> f64 {
        let (mut x, mut y) = (left, top);
        for contender in contenders {
            let width = 26.0 + 7.0 * contender.chars().count() as f64;
            if x + width > right && x > left {
                (x, y) = (left, y + 18.0);
            }
            self.mark(contender, x, y - 4.0, contender);
            self.text(
                x + 10.0,
                y,
                "start",
                if place(contender) == 0 { "own" } else { "" },
                &escaped(contender),
            );
            x += width;
        }
        y - top + 18.0
    }

    fn end(mut self) -> String {
        self.0 += "</svg>\n";
        self.0
    }
}

fn colour(contender: &str) -> &'static str {
    COLOURS[place(contender).min(COLOURS.len() - 1)]
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
