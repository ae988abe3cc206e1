//! The business logic: what is known of each carrier. The primary, the standby and the replay all run this very code.

use std::collections::BTreeMap;
use std::fmt;

use disruptor_pipeline::Sequence;

use crate::carrier::Carrier;
use crate::record::Record;

/// What is counted of a carrier, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Flights in the schedule.
    pub(crate) flights: u64,
    /// Those that never left.
    pub(crate) cancelled: u64,
    /// The sum of the others' delays, in minutes.
    pub(crate) delay: i64,
}

/// The flights of each carrier, and what was malformed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// The events applied; the next has this sequence.
    events: u64,
    malformed: u64,
    carriers: BTreeMap<Carrier, Counts>,
}

/// An event did not come in its turn. No pipeline may let that happen; the tally would be wrong without notice.
#[derive(Debug)]
pub(crate) struct OutOfTurn {
    expected: u64,
    found: Sequence,
}

impl Counts {
    /// Flights that left.
    pub(crate) fn departures(&self) -> u64 {
        self.flights - self.cancelled
    }

    /// The mean delay of the flights that left, in minutes; none if none left.
    pub(crate) fn mean_delay(&self) -> Option<f64> {
        match self.departures() {
            0 => None,
            departures => Some(self.delay as f64 / departures as f64),
        }
    }

    fn add(&mut self, other: Self) {
        self.flights += other.flights;
        self.cancelled += other.cancelled;
        self.delay += other.delay;
    }
}

impl Tally {
    /// Counts a flight, or a malformed line.
    ///
    /// # Errors
    /// [`OutOfTurn`] unless the sequences are 0, 1, 2 and so on.
    pub(crate) fn apply(&mut self, record: &Record, sequence: Sequence) -> Result<(), OutOfTurn> {
        if u64::try_from(sequence) != Ok(self.events) {
            return Err(OutOfTurn { expected: self.events, found: sequence });
        }
        self.events += 1;
        if record.valid {
            let (cancelled, delay) = record.dep_delay.map_or((1, 0), |minutes| (0, minutes.into()));
            self.carriers.entry(record.carrier).or_default().add(Counts { flights: 1, cancelled, delay });
        } else {
            self.malformed += 1;
        }
        Ok(())
    }

    /// The lines applied, malformed ones included.
    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    /// The malformed lines among them.
    pub(crate) fn malformed(&self) -> u64 {
        self.malformed
    }

    /// The carriers, sorted by code.
    pub(crate) fn carriers(&self) -> impl Iterator<Item = (&Carrier, &Counts)> {
        self.carriers.iter()
    }

    /// All carriers together.
    pub(crate) fn total(&self) -> Counts {
        self.carriers.values().fold(Counts::default(), |mut total, &counts| {
            total.add(counts);
            total
        })
    }

    /// The whole tally as bytes, the same for equal tallies and no others: the numbers little-endian, events and malformed
    /// lines first, then each carrier's code and counts, sorted.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(self.events.to_le_bytes());
        bytes.extend(self.malformed.to_le_bytes());
        for (carrier, counts) in &self.carriers {
            bytes.extend(carrier.padded());
            bytes.extend(counts.flights.to_le_bytes());
            bytes.extend(counts.cancelled.to_le_bytes());
            bytes.extend(counts.delay.to_le_bytes());
        }
        bytes
    }
}

impl fmt::Display for OutOfTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {} came where event {} was due", self.found, self.expected)
    }
}

impl std::error::Error for OutOfTurn {}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn tally(flights: &[(&str, Option<i32>)]) -> Tally {
        let mut tally = Tally::default();
        for (sequence, &(carrier, dep_delay)) in flights.iter().enumerate() {
            let carrier = Carrier::new(carrier.bytes());
            let record = Record { valid: carrier.is_ok(), carrier: carrier.unwrap_or_default(), dep_delay };
            tally.apply(&record, sequence as Sequence).expect("in turn");
        }
        tally
    }

    #[test]
    fn flights_are_counted_by_carrier() {
        let tally = tally(&[("UA", Some(10)), ("AA", None), ("", None), ("UA", Some(-4)), ("UA", None)]);
        let carriers: Vec<_> =
            tally.carriers().map(|(carrier, counts)| (carrier.to_string(), *counts)).collect();
        let ua = Counts { flights: 3, cancelled: 1, delay: 6 };
        let aa = Counts { flights: 1, cancelled: 1, delay: 0 };
        assert_eq!(carriers, [("AA".to_owned(), aa), ("UA".to_owned(), ua)]);
        assert_eq!((ua.mean_delay(), aa.mean_delay()), (Some(3.0), None));
        assert_eq!((tally.events(), tally.malformed()), (5, 1));
        assert_eq!(tally.total(), Counts { flights: 4, cancelled: 2, delay: 6 });
    }

    #[test]
    fn an_event_out_of_turn_is_refused() {
        let mut tally = tally(&[("UA", None)]);
        for sequence in [0, 2, -1] {
            assert!(tally.apply(&Record::default(), sequence).is_err(), "{sequence}");
        }
        assert_eq!(tally.events(), 1);
    }

    #[test]
    fn bytes_tell_tallies_apart_that_have_the_same_sums() {
        let one = tally(&[("UA", Some(5)), ("AA", Some(1))]);
        let other = tally(&[("UA", Some(1)), ("AA", Some(5))]);
        assert_eq!(one.total(), other.total());
        assert_ne!(one.to_bytes(), other.to_bytes());
        assert_eq!(one.to_bytes(), tally(&[("AA", Some(1)), ("UA", Some(5))]).to_bytes());
    }
}
