//! What starting a pipeline did: which thread runs which stages, where, and what could not be had.

use std::fmt;

use crate::placement::{Placed, Seat};
use crate::table::table;

/// What [`spawn`](crate::Pipeline::spawn) or [`run`](crate::Pipeline::run) did: a row a thread, and warnings where the system
/// did not give what was asked for. Print it with `{}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RunPlan {
    /// The pipeline's name; empty if it has none.
    pub pipeline: String,
    /// The slots of the ring.
    pub ring: usize,
    /// The bytes of the ring, and of what stands beside it, that are on huge pages. None if they were not asked for.
    pub huge_bytes: Option<usize>,
    /// The threads, in the order in which their stages stand in the chains.
    pub threads: Vec<ThreadPlan>,
    /// What was asked for and could not be had.
    pub warnings: Vec<Warning>,
}

/// What runs on a thread, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ThreadPlan {
    /// The stages on it, in their order; of a worker its stage and number, `work[2]`.
    pub stages: Vec<String>,
    /// The thread's name.
    pub thread: String,
    /// The core that it is pinned to.
    pub core: Option<usize>,
    /// How the system shares out time to it.
    pub scheduling: Scheduling,
    /// The type of the first stage's wait, without its path.
    pub wait: String,
    /// What the first stage waits on: stages, or nothing but the producer.
    pub after: Vec<String>,
    /// The limit of its batches, if one was given that is below the ring.
    pub batch: Option<usize>,
}

/// How the system shares out time to a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Scheduling {
    /// Like every other thread.
    Ordinary,
    /// Before all threads of a lower real-time priority or of none, until it waits (`SCHED_FIFO`); 1 to 99.
    Fifo(u8),
}

/// Something that was asked for and could not be had. The pipeline runs all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Warning {
    /// There were fewer cores to choose from than threads.
    TooFewCores {
        /// The threads that were to be pinned.
        threads: usize,
        /// The cores that there were for them.
        cores: usize,
        /// The threads that are not pinned.
        unpinned: Vec<String>,
    },
    /// The system refused a core that was chosen.
    CoreRefused {
        /// The thread, which is not pinned.
        thread: String,
        /// The core.
        core: usize,
    },
    /// The calling thread is pinned, and threads that are not to be pinned inherit that.
    CallerIsPinned {
        /// The core of the calling thread.
        core: usize,
        /// The threads that run there, too.
        threads: Vec<String>,
    },
    /// The system gave no real-time priority.
    PriorityRefused {
        /// The priority asked for.
        priority: u8,
        /// The threads that go without.
        threads: Vec<String>,
        /// What the system said.
        reason: String,
    },
    /// Not all of the ring stands on huge pages.
    HugePagesRefused {
        /// Why not.
        reason: String,
    },
}

impl RunPlan {
    /// Takes note of the seats that the threads have taken, in their order.
    pub(crate) fn seated<'a>(&mut self, seats: impl Iterator<Item = (&'a Seat, &'a Placed)>) {
        let mut ordinary: Option<(u8, Vec<String>, String)> = None;
        for (row, (seat, placed)) in self.threads.iter_mut().zip(seats) {
            (row.core, row.scheduling) = (placed.core, placed.scheduling);
            if let (true, Some(core)) = (placed.moved, seat.core) {
                self.warnings.push(Warning::CoreRefused { thread: row.thread.clone(), core });
            }
            if let (Some(reason), Some(priority)) = (&placed.ordinary, seat.priority) {
                let (_, threads, _) = ordinary.get_or_insert_with(|| (priority, Vec::new(), reason.clone()));
                threads.push(row.thread.clone());
            }
        }
        if let Some((priority, threads, reason)) = ordinary {
            self.warnings.push(Warning::PriorityRefused { priority, threads, reason });
        }
    }
}

impl fmt::Display for RunPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.pipeline.is_empty() { "pipeline" } else { &self.pipeline };
        let plural = if self.threads.len() == 1 { "" } else { "s" };
        write!(f, "{name}: {} thread{plural}, a ring of {}", self.threads.len(), self.ring)?;
        match self.huge_bytes {
            Some(bytes) => writeln!(f, ", {} KiB on huge pages", bytes >> 10)?,
            None => writeln!(f)?,
        }
        let number =
            |number: Option<usize>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let rows: Vec<_> = (self.threads.iter())
            .map(|row| {
                [
                    row.stages.join(" + "),
                    row.thread.clone(),
                    number(row.core),
                    row.scheduling.to_string(),
                    row.wait.clone(),
                    if row.after.is_empty() { "producer".to_owned() } else { row.after.join(", ") },
                    number(row.batch),
                ]
            })
            .collect();
        table(f, ["stages", "thread", "core", "scheduling", "wait", "after", "batch"], &rows)?;
        self.warnings.iter().try_for_each(|warning| writeln!(f, "warning: {warning}"))
    }
}

impl fmt::Display for Scheduling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ordinary => f.write_str("ordinary"),
            Self::Fifo(priority) => write!(f, "fifo {priority}"),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFewCores { threads, cores, unpinned } => write!(
                f,
                "{threads} threads are to be pinned, and beside the producer's core {cores} may be used: not pinned are {}; fuse stages \
                 (`a + b`), or let the process have more cores",
                names(unpinned)
            ),
            Self::CoreRefused { thread, core } => write!(
                f,
                "{} is not pinned: the system refused core {core}; see which cores this process may use (`taskset -cp $$`, \
                 cpuset of the container)",
                names(std::slice::from_ref(thread))
            ),
            Self::CallerIsPinned { core, threads } => write!(
                f,
                "the calling thread is pinned to core {core}, and {} inherit that: pin them as well, or start the pipeline \
                 before the calling thread is pinned",
                names(threads)
            ),
            Self::PriorityRefused { priority, threads, reason } => write!(
                f,
                "real-time priority {priority} was refused to {}: {reason}; give the process CAP_SYS_NICE or a higher limit \
                 (`ulimit -r`)",
                names(threads)
            ),
            Self::HugePagesRefused { reason } => write!(f, "the ring is not all on huge pages: {reason}"),
        }
    }
}

fn names(threads: &[String]) -> String {
    threads.iter().map(|thread| format!("`{thread}`")).collect::<Vec<_>>().join(", ")
}

/// A type's name without the paths in it.
pub(crate) fn short_name<T: ?Sized>() -> String {
    without_paths(std::any::type_name::<T>())
}

fn without_paths(name: &str) -> String {
    let mut short = String::new();
    // Pieces that end with what cannot stand in a path.
    for piece in name.split_inclusive(|letter: char| !(letter.is_alphanumeric() || "_:{}#".contains(letter)))
    {
        short += piece.rsplit("::").next().unwrap_or(piece);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_without_paths() {
        assert_eq!(without_paths("disruptor_runtime::wait::yielding::Yielding"), "Yielding");
        let nested = "a::PhasedBackoff<(a::Sleeping, [c::d::E; 4], &dyn f::G)>";
        assert_eq!(without_paths(nested), "PhasedBackoff<(Sleeping, [E; 4], &dyn G)>");
        assert_eq!(
            short_name::<crate::wait::PhasedBackoff<crate::wait::Blocking>>(),
            "PhasedBackoff<Blocking>"
        );
    }

    #[test]
    fn a_plan_is_a_table_with_its_warnings_below() {
        let row = |stages: &[&str], thread: &str, core, scheduling, after: &[&str], batch| ThreadPlan {
            stages: stages.iter().map(ToString::to_string).collect(),
            thread: thread.to_owned(),
            core,
            scheduling,
            wait: "Yielding".to_owned(),
            after: after.iter().map(ToString::to_string).collect(),
            batch,
        };
        let plan = RunPlan {
            pipeline: "orders".to_owned(),
            ring: 1024,
            huge_bytes: Some(2 << 20),
            threads: vec![
                row(&["journal"], "orders/journal", Some(2), Scheduling::Fifo(40), &[], None),
                row(
                    &["risk", "price"],
                    "orders/risk",
                    None,
                    Scheduling::Ordinary,
                    &["journal", "audit"],
                    Some(16),
                ),
            ],
            warnings: vec![
                Warning::TooFewCores { threads: 2, cores: 1, unpinned: vec!["orders/risk".to_owned()] },
                Warning::PriorityRefused {
                    priority: 40,
                    threads: vec!["orders/risk".to_owned()],
                    reason: "no".to_owned(),
                },
                Warning::HugePagesRefused { reason: "no more were free".to_owned() },
                Warning::CallerIsPinned { core: 0, threads: vec!["a".to_owned(), "b".to_owned()] },
                Warning::CoreRefused { thread: "a".to_owned(), core: 7 },
            ],
        };
        let told = "\
orders: 2 threads, a ring of 1024, 2048 KiB on huge pages
stages        thread          core  scheduling  wait      after           batch
journal       orders/journal     2  fifo 40     Yielding  producer            -
risk + price  orders/risk        -  ordinary    Yielding  journal, audit     16
warning: 2 threads are to be pinned, and beside the producer's core 1 may be used: not pinned are `orders/risk`; \
fuse stages (`a + b`), or let the process have more cores
warning: real-time priority 40 was refused to `orders/risk`: no; give the process CAP_SYS_NICE or a higher limit (`ulimit -r`)
warning: the ring is not all on huge pages: no more were free
warning: the calling thread is pinned to core 0, and `a`, `b` inherit that: pin them as well, or start the pipeline before \
the calling thread is pinned
warning: `a` is not pinned: the system refused core 7; see which cores this process may use (`taskset -cp $$`, cpuset of \
the container)
";
        assert_eq!(plan.to_string(), told);
    }
}
