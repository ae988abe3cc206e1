//! Every error of a phase, collected.

use proc_macro2::{Span, TokenTree};

/// Errors, in the order in which they were found.
#[derive(Debug, Default)]
pub struct Report {
    errors: Vec<(Place, String)>,
}

/// What an error underlines: from the first token to the last. Two spans, as stable Rust cannot join them.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    first: Span,
    last: Span,
}

impl Report {
    /// Adds an error at a place: what is wrong, and what to write instead.
    pub fn error(&mut self, place: impl Into<Place>, text: impl Into<String>, help: impl AsRef<str>) {
        self.add(place.into(), text.into(), help.as_ref());
    }

    fn add(&mut self, place: Place, mut text: String, help: &str) {
        if !help.is_empty() {
            text.push_str("\nhelp: ");
            text.push_str(help);
        }
        self.errors.push((place, text));
    }

    /// True if nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The errors, in the order in which they were found.
    pub fn errors(&self) -> impl Iterator<Item = (Place, &str)> {
        self.errors.iter().map(|(place, text)| (*place, text.as_str()))
    }
}

impl Place {
    /// From the first to the last of these tokens.
    pub fn of(tokens: &[TokenTree]) -> Option<Self> {
        Some(Self { first: tokens.first()?.span(), last: tokens.last()?.span() })
    }

    /// Where it begins.
    pub fn first(self) -> Span {
        self.first
    }

    /// Where it ends.
    #[must_use]
    pub fn last(self) -> Span {
        self.last
    }

    /// From here to there.
    pub fn to(self, last: impl Into<Self>) -> Self {
        Self { first: self.first, last: last.into().last }
    }
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Self { first: span, last: span }
    }
}
