//! Which segments are still needed.

use std::time::{Duration, SystemTime};

use disruptor_runtime::Sequence;

/// What is kept of a journal. Only whole segments go, oldest first, and never the one that is written; their files are used
/// again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Retention {
    /// Everything.
    #[default]
    All,
    /// What the oldest snapshot that is kept does not stand for. Without a snapshot, everything.
    Snapshot,
    /// So many bytes of segments, the one that is written included. It may take events that no snapshot stands for.
    Size(u64),
    /// What was written for so long. It may take events that no snapshot stands for.
    Age(Duration),
}

/// What retention knows of a full segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Full {
    pub(crate) id: u64,
    pub(crate) size: u64,
    /// The sequence behind its last event.
    pub(crate) end: Sequence,
    /// When the last event was written, or a little later.
    pub(crate) ended: SystemTime,
}

impl Retention {
    /// How many of these full segments, oldest first, are not needed. `rest` are the bytes of the segments behind them.
    pub(crate) fn surplus(
        self,
        full: &[Full],
        rest: u64,
        oldest_snapshot: Option<Sequence>,
        now: SystemTime,
    ) -> usize {
        match self {
            Self::All => 0,
            Self::Snapshot => {
                let covered = oldest_snapshot.unwrap_or(0);
                full.iter().take_while(|segment| segment.end <= covered).count()
            }
            Self::Size(most) => {
                let mut total = rest + full.iter().map(|segment| segment.size).sum::<u64>();
                let mut surplus = 0;
                for segment in full {
                    if total <= most {
                        break;
                    }
                    total -= segment.size;
                    surplus += 1;
                }
                surplus
            }
            Self::Age(most) => full
                .iter()
                .take_while(|segment| now.duration_since(segment.ended).is_ok_and(|age| age > most))
                .count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn full() -> Vec<Full> {
        let begun = SystemTime::UNIX_EPOCH;
        (1..=4)
            .map(|id| Full { id, size: 100, end: id as Sequence * 10, ended: begun + SECOND * id as u32 })
            .collect()
    }

    fn surplus(retention: Retention, snapshot: Option<Sequence>) -> usize {
        retention.surplus(&full(), 150, snapshot, SystemTime::UNIX_EPOCH + SECOND * 5)
    }

    #[test]
    fn whole_segments_go_from_the_start() {
        assert_eq!(surplus(Retention::All, Some(40)), 0);
        assert_eq!(surplus(Retention::Snapshot, None), 0);
        assert_eq!(surplus(Retention::Snapshot, Some(29)), 2);
        assert_eq!(surplus(Retention::Snapshot, Some(30)), 3);
        assert_eq!(surplus(Retention::Size(550), None), 0);
        assert_eq!(surplus(Retention::Size(449), None), 2);
        assert_eq!(surplus(Retention::Size(0), None), 4);
        assert_eq!(surplus(Retention::Age(SECOND * 3), None), 1);
        assert_eq!(surplus(Retention::Age(SECOND * 9), None), 0);
    }
}
