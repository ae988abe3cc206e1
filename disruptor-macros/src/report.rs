//! Every error of a phase, collected.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::expand::own;

/// Errors, in the order in which they were found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    errors: Vec<(Place, String)>,
}

/// What an error underlines: from the first token to the last. Two spans, as stable Rust cannot join them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    first: Span,
    last: Span,
}

impl Report {
    /// Adds an error at a place: what is wrong, and what to write instead.
    pub(crate) fn error(&mut self, place: impl Into<Place>, text: impl Into<String>, help: impl AsRef<str>) {
        let mut text = text.into();
        if !help.as_ref().is_empty() {
            text.push_str("\nhelp: ");
            text.push_str(help.as_ref());
        }
        self.errors.push((place.into(), text));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The errors, as statements that rustc reports at their places. The first is a value, too: its type is rustc's type
    /// for what is wrong already, which silences what would only follow from it.
    pub(crate) fn into_tokens(self) -> TokenStream {
        let name = own("error");
        let errors = self.errors.into_iter().enumerate().map(|(at, (place, text))| {
            let head = quote_spanned!(place.first=> ::core::compile_error!);
            let body = quote_spanned!(place.last=> { #text });
            if at == 0 { quote!(let #name = #head #body;) } else { quote!(#head #body) }
        });
        errors.collect()
    }
}

impl Place {
    /// From the first to the last of these tokens.
    pub(crate) fn of(tokens: &[TokenTree]) -> Option<Self> {
        Some(Self { first: tokens.first()?.span(), last: tokens.last()?.span() })
    }

    /// Where it begins.
    pub(crate) fn first(self) -> Span {
        self.first
    }

    /// From here to there.
    pub(crate) fn to(self, last: impl Into<Self>) -> Self {
        Self { first: self.first, last: last.into().last }
    }
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Self { first: span, last: span }
    }
}
