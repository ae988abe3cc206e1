//! What ends the program early: a line for the user, and an exit code.

use std::fmt;
use std::process::ExitCode;

/// A reason to end.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Nothing was begun: the arguments, or what they name, do not do. Exit code 2.
    Input(String),
    /// The run failed. Exit code 1.
    Run(String),
}

impl Trouble {
    /// What the program exits with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Input(_) => ExitCode::from(2),
            Self::Run(_) => ExitCode::from(1),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Input(text) | Self::Run(text)) = self;
        // On one line, whatever a path or a cause has in it.
        for piece in text.split_inclusive(char::is_control) {
            f.write_str(piece.trim_end_matches(char::is_control))?;
            if piece.ends_with(char::is_control) {
                f.write_str(" ")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_one_line() {
        let trouble = Trouble::Input("cannot open a\nb\x1b[2J: not there".to_owned());
        assert_eq!(trouble.to_string(), "cannot open a b [2J: not there");
    }
}
