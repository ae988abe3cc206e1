//! What a stage touches of an event.

use std::fmt;

/// Whether an access reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Through a shared reference, `&`.
    Read,
    /// Through an exclusive reference, `&mut`.
    Write,
}

/// The part of an event, or of a batch, that an access takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// One field, by name: `&field`.
    Field(String),
    /// The event as a whole: `&*`.
    Event,
    /// The whole events of a batch, as a slice: `&[*]`.
    Batch,
}

impl Target {
    /// Whether this is every field at once, of one event or of a batch of them.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !matches!(self, Self::Field(_))
    }

    /// Whether the two have memory in common: they are the same field, or one of them is whole.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.is_whole() || other.is_whole() || self == other
    }
}

/// One entry of a stage's argument list: what it takes, and whether to read or to write it.
///
/// It is displayed as the user writes it: `&raw`, `&mut order`, `&*`, `&mut *`, `&[*]`, `&mut [*]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// What is taken.
    pub target: Target,
    /// Whether it is read or written.
    pub mode: Mode,
}

impl Access {
    /// An access that reads.
    #[must_use]
    pub fn read(target: Target) -> Self {
        Self { target, mode: Mode::Read }
    }

    /// An access that writes (and may read).
    #[must_use]
    pub fn write(target: Target) -> Self {
        Self { target, mode: Mode::Write }
    }

    /// Whether it writes.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.mode == Mode::Write
    }

    /// Whether the two may not be held at the same time: they overlap, and at least one of them writes.
    #[must_use]
    pub fn clashes(&self, other: &Self) -> bool {
        (self.writes() || other.writes()) && self.target.overlaps(&other.target)
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.writes() { "&mut " } else { "&" })?;
        match &self.target {
            Target::Field(name) => f.write_str(name),
            Target::Event => f.write_str("*"),
            Target::Batch => f.write_str("[*]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> Target {
        Target::Field(name.into())
    }

    #[test]
    fn an_access_is_displayed_as_it_is_written() {
        let written = [
            Access::read(field("raw")),
            Access::write(field("order")),
            Access::read(Target::Event),
            Access::write(Target::Event),
            Access::read(Target::Batch),
            Access::write(Target::Batch),
        ];
        let written = written.map(|access| access.to_string());
        assert_eq!(written, ["&raw", "&mut order", "&*", "&mut *", "&[*]", "&mut [*]"]);
    }

    #[test]
    fn the_same_field_and_the_whole_event_overlap() {
        assert!(field("a").overlaps(&field("a")));
        assert!(!field("a").overlaps(&field("b")));
        assert!(field("a").overlaps(&Target::Event));
        assert!(Target::Batch.overlaps(&field("a")));
        assert!(Target::Batch.overlaps(&Target::Event));
    }

    #[test]
    fn readers_never_clash() {
        assert!(!Access::read(Target::Event).clashes(&Access::read(field("a"))));
        assert!(Access::read(Target::Event).clashes(&Access::write(field("a"))));
        assert!(Access::write(field("a")).clashes(&Access::read(field("a"))));
        assert!(!Access::write(field("a")).clashes(&Access::write(field("b"))));
    }
}
