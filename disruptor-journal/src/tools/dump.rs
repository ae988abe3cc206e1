//! Events as text.

use std::io::{self, Write};
use std::path::Path;

use disruptor_runtime::Sequence;

use crate::error::{Damage, Error};
use crate::replay::{Event, Reader};

/// What a dump looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A line an event: its sequence and its bytes, those that cannot be shown escaped as in Rust.
    #[default]
    Text,
    /// A JSON object a line: `sequence`, `hex`, and `text` where the bytes are UTF-8.
    JsonLines,
}

/// Writes the events of a journal from one sequence up to another, as far as there are any before it is damaged. Gives how many, and the
/// damage.
///
/// # Errors
/// [`Error`]; what `out` has failed with, as [`Error::Io`].
pub fn dump(
    directory: &Path,
    from: Option<Sequence>,
    to: Option<Sequence>,
    format: Format,
    out: &mut impl Write,
) -> Result<(u64, Option<Damage>), Error> {
    let (reader, damage) = Reader::open_up_to_damage(directory)?;
    let mut replay = reader.replay(from.unwrap_or_else(|| reader.first_sequence()))?;
    let mut events = 0;
    while let Some(event) = replay.next_event()? {
        if to.is_some_and(|to| event.sequence >= to) {
            break;
        }
        let written = match format {
            Format::Text => writeln!(out, "{} {}", event.sequence, event.bytes.escape_ascii()),
            Format::JsonLines => json_line(out, &event),
        };
        written.map_err(Error::io("write", Path::new("the dump")))?;
        events += 1;
    }
    Ok((events, damage))
}

fn json_line(out: &mut impl Write, event: &Event<'_>) -> io::Result<()> {
    write!(out, "{{\"sequence\":{},\"hex\":\"", event.sequence)?;
    for byte in event.bytes {
        write!(out, "{byte:02x}")?;
    }
    out.write_all(b"\"")?;
    if let Ok(text) = str::from_utf8(event.bytes) {
        out.write_all(b",\"text\":\"")?;
        for character in text.chars() {
            match character {
                '"' | '\\' => write!(out, "\\{character}")?,
                '\0'..='\x1f' => write!(out, "\\u{:04x}", u32::from(character))?,
                _ => write!(out, "{character}")?,
            }
        }
        out.write_all(b"\"")?;
    }
    out.write_all(b"}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_json() {
        let mut out = Vec::new();
        for bytes in [&b"a\"\\\n\xc3\xa9"[..], b"\xff\x00"] {
            json_line(&mut out, &Event { sequence: 7, bytes }).expect("a Vec takes all");
        }
        let lines = String::from_utf8(out).expect("UTF-8");
        let values: Vec<serde_json::Value> =
            lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(values[0], serde_json::json!({"sequence": 7, "hex": "61225c0ac3a9", "text": "a\"\\\né"}));
        assert_eq!(values[1], serde_json::json!({"sequence": 7, "hex": "ff00"}));
    }
}
