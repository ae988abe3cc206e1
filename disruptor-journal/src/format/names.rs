//! The names of a journal's files.

use std::path::{Path, PathBuf};

/// Held by the one who writes.
pub(crate) const LOCK: &str = "lock";

/// What a file of a journal is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// A segment, by its id.
    Segment(u64),
    /// A segment that is not needed any more, by the id that it had.
    Spare(u64),
    /// The index of a segment that is full, by its id.
    Index(u64),
    /// A snapshot, by its sequence.
    Snapshot(u64),
    /// Something that was being made: worth nothing.
    Unfinished,
}

impl Name {
    /// What a file is, if it is a journal's.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        let number = || {
            let stem = path.file_stem()?.to_str()?;
            (stem.len() == 20 && stem.bytes().all(|byte| byte.is_ascii_digit())).then(|| stem.parse().ok())?
        };
        match extension {
            "segment" => number().map(Self::Segment),
            "spare" => number().map(Self::Spare),
            "index" => number().map(Self::Index),
            "snapshot" => number().map(Self::Snapshot),
            "unfinished" => Some(Self::Unfinished),
            _ => None,
        }
    }

    /// Where such a file is.
    pub(crate) fn within(self, directory: &Path) -> PathBuf {
        directory.join(match self {
            Self::Segment(id) => format!("{id:020}.segment"),
            Self::Spare(id) => format!("{id:020}.spare"),
            Self::Index(id) => format!("{id:020}.index"),
            Self::Snapshot(sequence) => format!("{sequence:020}.snapshot"),
            Self::Unfinished => "next.unfinished".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_there_and_back() {
        for name in [
            Name::Segment(0),
            Name::Segment(u64::MAX),
            Name::Spare(7),
            Name::Index(8),
            Name::Snapshot(9),
            Name::Unfinished,
        ] {
            assert_eq!(Name::of(&name.within(Path::new("day"))), Some(name));
        }
    }

    #[test]
    fn what_is_not_ours() {
        for name in ["lock", "7.segment", "0000000000000000000a.segment", "99999999999999999999.segment", "x"]
        {
            assert_eq!(Name::of(Path::new(name)), None, "{name}");
        }
    }
}
