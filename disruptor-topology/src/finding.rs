//! What is wrong with a topology, as data: a code, words, and the ids of what it is about.

use std::{error::Error, fmt, ops::Range};

use crate::graph::{AccessId, EdgeId, StageId};

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $name:literal,)*) => {
        /// What kind of mistake a [`Finding`] is. It is displayed in kebab case, as in `self-loop`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $code,)*
        }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$code,)*];

            /// The code in kebab case.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)*
                }
            }
        }
    };
}

codes! {
    /// There is no stage, or none stands in a chain.
    EmptyTopology = "empty-topology",
    /// There are more than [`MAX_STAGES`](crate::MAX_STAGES) stages.
    TooManyStages = "too-many-stages",
    /// Two stages have one name.
    DuplicateStage = "duplicate-stage",
    /// A stage is declared but stands in no chain.
    Unreachable = "unreachable",
    /// A stage waits on itself directly.
    SelfLoop = "self-loop",
    /// Stages wait on each other in a circle.
    Cycle = "cycle",
    /// One stage takes a part of the event twice, and at least once to write it.
    SelfConflict = "self-conflict",
    /// Two stages that may run at the same time touch a part of the event, and at least one writes it.
    Conflict = "conflict",
    /// A stage reads a field that holds nothing yet, where it is declared which do.
    UnwrittenRead = "unwritten-read",
    /// Something stands where a chain should begin.
    ExpectedChain = "expected-chain",
    /// A chain `< … >` without a stage.
    EmptyChain = "empty-chain",
    /// A chain without its `>`.
    UnclosedChain = "unclosed-chain",
    /// A group `(…)` without a stage.
    EmptyGroup = "empty-group",
    /// A group without its `)`, or a shard without its `]`.
    UnclosedGroup = "unclosed-group",
    /// Groups within groups, too deep.
    TooDeep = "too-deep",
    /// A body that names stages too often.
    TooLong = "too-long",
    /// An arrow that is not `->`.
    WrongArrow = "wrong-arrow",
    /// Two stages side by side with nothing between them.
    MissingArrow = "missing-arrow",
    /// An arrow, a `+` or a comma with no stage beside it.
    MissingStage = "missing-stage",
    /// A comma outside of a group.
    StrayComma = "stray-comma",
    /// Something that has no place where it stands.
    Unexpected = "unexpected",
    /// A name that cannot be one: a keyword, or `_`.
    BadName = "bad-name",
    /// A shard's count that is not a whole number above zero.
    BadCount = "bad-count",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The topology works, but is probably not what was meant.
    Warning,
    /// The topology cannot be used.
    Error,
}

/// Something that a [`Finding`] is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Concern {
    /// A stage.
    Stage(StageId),
    /// An arrow.
    Edge(EdgeId),
    /// An entry of an access list.
    Access(AccessId),
    /// A part of a body's text, in bytes; both ends are on character boundaries.
    Text(Range<usize>),
}

/// One mistake: what it is, in words, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The kind of mistake.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The cause, in one line.
    pub text: String,
    /// What to write instead.
    pub help: String,
    /// What it is about. The first is the place to underline; it is empty only where there is nothing to point at.
    pub concerns: Vec<Concern>,
}

impl Finding {
    /// An error.
    #[must_use]
    pub fn error(
        code: Code,
        text: impl Into<String>,
        help: impl Into<String>,
        concerns: Vec<Concern>,
    ) -> Self {
        Self { code, severity: Severity::Error, text: text.into(), help: help.into(), concerns }
    }
}

impl fmt::Display for Finding {
    /// The text, and the help on a line of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nhelp: {}", self.text, self.help)
    }
}

impl Error for Finding {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_displayed_as_its_name_in_kebab_case() {
        for code in Code::ALL {
            let mut kebab = String::new();
            for letter in format!("{code:?}").chars() {
                if letter.is_uppercase() && !kebab.is_empty() {
                    kebab.push('-');
                }
                kebab.extend(letter.to_lowercase());
            }
            assert_eq!(code.to_string(), kebab);
        }
    }

    #[test]
    fn an_error_is_worse_than_a_warning() {
        assert!(Severity::Error > Severity::Warning);
    }

    #[test]
    fn a_finding_is_displayed_with_its_help() {
        let found = Finding::error(Code::SelfLoop, "`a` waits on itself", "remove the arrow", vec![]);
        assert_eq!(found.to_string(), "`a` waits on itself\nhelp: remove the arrow");
    }
}
