//! Every error of a phase, collected.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

/// Errors, in the order in which they were found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    errors: Vec<(Span, String)>,
}

impl Report {
    /// Adds an error at a place: what is wrong, and what to write instead.
    pub(crate) fn error(&mut self, place: Span, text: impl Into<String>, help: impl AsRef<str>) {
        let mut text = text.into();
        if !help.as_ref().is_empty() {
            text.push_str("\nhelp: ");
            text.push_str(help.as_ref());
        }
        self.errors.push((place, text));
    }

    /// Adds what syn has found.
    pub(crate) fn syn(&mut self, error: &syn::Error) {
        self.errors.extend(error.clone().into_iter().map(|error| (error.span(), error.to_string())));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The errors as statements that rustc reports at their places.
    pub(crate) fn into_tokens(self) -> TokenStream {
        let errors = self
            .errors
            .into_iter()
            .map(|(place, text)| quote_spanned!(place=> ::core::compile_error!(#text);));
        errors.collect()
    }
}
