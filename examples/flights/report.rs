//! The table by carrier, and the last line.

use std::fmt::{Display, Write};

use crate::tally::{Counts, Tally};

/// The table: a row for each carrier, sorted by code, and one for all. Ends with a line end.
pub(crate) fn table(tally: &Tally) -> String {
    let mut table = String::new();
    row(&mut table, "carrier", ["flights", "cancelled", "mean dep delay (min)"]);
    for (carrier, counts) in tally.carriers() {
        row(&mut table, carrier, cells(counts));
    }
    row(&mut table, "total", cells(&tally.total()));
    table
}

fn cells(counts: &Counts) -> [String; 3] {
    [counts.flights.to_string(), counts.cancelled.to_string(), mean(counts, 2)]
}

fn row(table: &mut String, name: impl Display, [flights, cancelled, mean]: [impl Display; 3]) {
    writeln!(table, "{name:<8} {flights:>9} {cancelled:>10} {mean:>21}").expect("a String takes all");
}

/// The mean delay with so many decimals, or `NA` where no flight left.
fn mean(counts: &Counts, decimals: usize) -> String {
    counts.mean_delay().map_or_else(|| "NA".to_owned(), |mean| format!("{mean:.decimals$}"))
}

/// The last line of a run: `events` were published, malformed lines included; `journaled` are safe on disk; `replicated` the
/// standby has acknowledged; the rest is counted of the lines that were not malformed.
pub(crate) fn stream_line(tally: &Tally, journaled: u64, replicated: u64, standby_agrees: bool) -> String {
    let events = tally.events();
    let counted = counted(tally);
    format!(
        "events={events} journaled={journaled} replicated={replicated} standby_agrees={standby_agrees} {counted}\n"
    )
}

/// The last line of a replay: `events` were read from the journal. If it was torn, `torn_bytes` says how many bytes behind the
/// last whole line are lost.
pub(crate) fn replay_line(tally: &Tally, torn_bytes: Option<u64>) -> String {
    let torn = torn_bytes.map(|bytes| format!(" torn_bytes={bytes}")).unwrap_or_default();
    format!("events={} {}{torn}\n", tally.events(), counted(tally))
}

fn counted(tally: &Tally) -> String {
    let total = tally.total();
    let malformed = match tally.malformed() {
        0 => String::new(),
        malformed => format!(" malformed={malformed}"),
    };
    format!("cancelled={} mean_dep_delay={}{malformed}", total.cancelled, mean(&total, 4))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::tests::tally;

    #[test]
    fn a_table_of_two_carriers() {
        let tally = tally(&[("UA", Some(10)), ("AA", None), ("UA", Some(-4)), ("UA", Some(1))]);
        let expected = "\
carrier    flights  cancelled  mean dep delay (min)
AA               1          1                    NA
UA               3          0                  2.33
total            4          1                  2.33
";
        assert_eq!(table(&tally), expected);
    }

    #[test]
    fn last_lines() {
        let whole = tally(&[("UA", Some(10)), ("AA", None), ("UA", Some(-4)), ("UA", Some(1))]);
        let expected =
            "events=4 journaled=4 replicated=4 standby_agrees=true cancelled=1 mean_dep_delay=2.3333\n";
        assert_eq!(stream_line(&whole, 4, 4, true), expected);
        assert_eq!(replay_line(&whole, None), "events=4 cancelled=1 mean_dep_delay=2.3333\n");
        assert_eq!(
            replay_line(&whole, Some(17)),
            "events=4 cancelled=1 mean_dep_delay=2.3333 torn_bytes=17\n"
        );
        let partly = tally(&[("", None), ("AA", None)]);
        let expected = "events=2 journaled=2 replicated=2 standby_agrees=false cancelled=1 mean_dep_delay=NA malformed=1\n";
        assert_eq!(stream_line(&partly, 2, 2, false), expected);
        assert_eq!(replay_line(&Tally::default(), None), "events=0 cancelled=0 mean_dep_delay=NA\n");
    }
}
