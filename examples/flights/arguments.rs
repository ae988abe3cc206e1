//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Streams a CSV of flights through journal -> (replicate, unmarshal) -> business, and counts by carrier.

usage: flights [FILE.csv] [--journal PATH]
       flights --replay JOURNAL

  FILE.csv          lines with the columns `carrier` and `dep_delay`, named in a header;
                    without it, the flights from New York in January 2013
  --journal PATH    write the journal there; the directory must not exist yet
                    (default: a fresh one in the system's temporary directory)
  --replay JOURNAL  rebuild the table from the journal alone
  -h, --help        print this

exit codes: 0 all went well, 1 the run failed, 2 the arguments or the files they name will not do
";

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Stream a file, or the one that comes with the example; keep the journal there, or in a fresh directory.
    Stream {
        /// The CSV.
        file: Option<PathBuf>,
        /// Where the journal is to be.
        journal: Option<PathBuf>,
    },
    /// Rebuild the table from this journal.
    Replay(PathBuf),
    /// Print the help.
    Help,
}

/// Reads the arguments, the program's name not among them.
///
/// # Errors
/// A text that says which argument will not do.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let mut arguments = arguments.into_iter();
    let (mut file, mut journal, mut replay) = (None, None, None);
    let mut only_files = false;
    while let Some(argument) = arguments.next() {
        // An option is ASCII; what is not even UTF-8 can only be a file, or wrong.
        let text = argument.to_string_lossy().into_owned();
        if only_files || text == "-" || !text.starts_with('-') {
            set(&mut file, argument.into(), "a second FILE")?;
            continue;
        }
        let (name, attached) = match text.split_once('=') {
            Some((name, _)) if argument.to_str().is_none() => return Err(not_unicode(name)),
            Some((name, value)) => (name, Some(OsString::from(value))),
            None => (&*text, None),
        };
        match name {
            "--" if attached.is_none() => only_files = true,
            "-h" | "--help" if attached.is_none() => return Ok(Command::Help),
            "--journal" => set(&mut journal, value(name, attached, &mut arguments)?, "--journal again")?,
            "--replay" => set(&mut replay, value(name, attached, &mut arguments)?, "--replay again")?,
            _ => return Err(format!("unknown option {text}")),
        }
    }
    match replay {
        None => Ok(Command::Stream { file, journal }),
        Some(replay) if file.is_none() && journal.is_none() => Ok(Command::Replay(replay)),
        Some(_) => {
            Err("--replay reads its journal alone: name neither a FILE nor --journal beside it".to_owned())
        }
    }
}

fn set(place: &mut Option<PathBuf>, path: PathBuf, again: &str) -> Result<(), String> {
    match place.replace(path) {
        None => Ok(()),
        Some(_) => Err(format!("{again}: only one can be taken")),
    }
}

fn value(
    name: &str,
    attached: Option<OsString>,
    arguments: &mut impl Iterator<Item = OsString>,
) -> Result<PathBuf, String> {
    match attached.or_else(|| arguments.next()) {
        Some(path) if !path.is_empty() => Ok(path.into()),
        _ => Err(format!("{name} needs a path")),
    }
}

fn not_unicode(name: &str) -> String {
    format!("the path attached to {name} is not Unicode: give it as an argument of its own")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &str) -> Result<Command, String> {
        parse(arguments.split_whitespace().map(OsString::from))
    }

    fn stream(file: Option<&str>, journal: Option<&str>) -> Result<Command, String> {
        Ok(Command::Stream { file: file.map(PathBuf::from), journal: journal.map(PathBuf::from) })
    }

    #[test]
    fn commands() {
        assert_eq!(parsed(""), stream(None, None));
        assert_eq!(parsed("a.csv"), stream(Some("a.csv"), None));
        assert_eq!(parsed("--journal j a.csv"), stream(Some("a.csv"), Some("j")));
        assert_eq!(parsed("a.csv --journal=j"), stream(Some("a.csv"), Some("j")));
        assert_eq!(parsed("-- --help"), stream(Some("--help"), None));
        assert_eq!(parsed("--replay j"), Ok(Command::Replay("j".into())));
        assert_eq!(parsed("a.csv -h --nonsense"), Ok(Command::Help));
        assert_eq!(parsed("--help"), Ok(Command::Help));
    }

    #[test]
    fn what_will_not_do() {
        let complaint = |arguments| parsed(arguments).expect_err("wrong");
        assert_eq!(complaint("--verbose"), "unknown option --verbose");
        assert_eq!(complaint("--journalx=j"), "unknown option --journalx=j");
        assert_eq!(complaint("-j"), "unknown option -j");
        assert_eq!(complaint("--help=me"), "unknown option --help=me");
        assert_eq!(complaint("a b"), "a second FILE: only one can be taken");
        assert_eq!(complaint("--journal a --journal b"), "--journal again: only one can be taken");
        assert_eq!(complaint("--journal"), "--journal needs a path");
        assert_eq!(complaint("--replay="), "--replay needs a path");
        assert!(complaint("--replay j a.csv").starts_with("--replay reads its journal alone"));
        assert!(complaint("--replay j --journal k").starts_with("--replay reads its journal alone"));
    }
}
