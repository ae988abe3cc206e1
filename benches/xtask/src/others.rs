//! What else the machine does while something is measured: other processes, and other machines on the same hardware.
//!
//! `/proc/stat` counts all processor time; what this process and its children took is subtracted. What is left belongs to others, also
//! to those that began and ended meanwhile. Layouts: `man 5 proc_stat`, `man 5 proc_pid_stat`.

use std::collections::HashMap;
use std::fs;
use std::time::Instant;

use crate::figures::Others;

/// Clock ticks a second in `/proc`: 100 on every Linux that is met (`USER_HZ`).
const TICKS: f64 = 100.0;
/// Whose part of a core is named.
const NAMED: f64 = 0.02;

/// The counters at one moment.
pub(crate) struct Look {
    at: Instant,
    busy: u64,
    stolen: u64,
    own: u64,
    /// By process: name and ticks.
    processes: HashMap<u32, (String, u64)>,
}

impl Look {
    /// Reads the counters. Where there is no `/proc` all of them are 0.
    pub(crate) fn now() -> Self {
        let (busy, stolen) = machine(&fs::read_to_string("/proc/stat").unwrap_or_default());
        let itself = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let own = process(&itself).map_or(0, |(_, own, children)| own + children);
        let processes = fs::read_dir("/proc").into_iter().flatten().filter_map(|entry| {
            let id: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let (name, ticks, _) = process(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)?;
            (id != std::process::id()).then_some((id, (name, ticks)))
        });
        Self { at: Instant::now(), busy, stolen, own, processes: processes.collect() }
    }

    /// What others did since then, in parts of one core.
    pub(crate) fn until_now(&self) -> Others {
        let now = Self::now();
        let ticks = (now.at - self.at).as_secs_f64().max(0.01) * TICKS;
        let part = |now: u64, then: u64| now.saturating_sub(then) as f64 / ticks;
        let busy = (part(now.busy, self.busy) - part(now.own, self.own)).max(0.0);
        let mut busiest: Vec<(String, f64)> = Vec::new();
        for (id, (name, ticks)) in &now.processes {
            let then = self.processes.get(id).map_or(0, |(_, ticks)| *ticks);
            let share = part(*ticks, then);
            match busiest.iter_mut().find(|(named, _)| named == name) {
                Some((_, sum)) => *sum += share,
                None => busiest.push((name.clone(), share)),
            }
        }
        busiest.retain(|(_, share)| *share >= NAMED);
        busiest.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        busiest.truncate(3);
        Others { busy, stolen: part(now.stolen, self.stolen), busiest }
    }
}

/// Ticks in which the machine was busy, and those that were stolen from it.
fn machine(stat: &str) -> (u64, u64) {
    let line = stat.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = line.split_whitespace().skip(1).filter_map(|ticks| ticks.parse().ok()).collect();
    let at = |place: usize| ticks.get(place).copied().unwrap_or(0);
    // user, nice, system, idle, iowait, irq, softirq, steal: guests are in user already.
    (at(0) + at(1) + at(2) + at(5) + at(6), at(7))
}

/// A process's name, its ticks, and those of its children that have ended.
fn process(stat: &str) -> Option<(String, u64, u64)> {
    let (before, after) = stat.rsplit_once(')')?;
    let name = before.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = after.split_whitespace().collect();
    // The state is the third field of the line, and the first here: utime is the line's fourteenth.
    let ticks = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    Some((name, ticks(14)? + ticks(15)?, ticks(16)? + ticks(17)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_busy_with_all_but_waiting() {
        let stat = "cpu  100 20 30 9000 400 5 6 70 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n";
        assert_eq!(machine(stat), (161, 70));
        assert_eq!(machine(""), (0, 0));
    }

    #[test]
    fn a_name_may_hold_anything() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194560 1 2 3 4 50 6 700 8 20 0 1 0 5 6 7";
        assert_eq!(process(stat), Some(("a b) c".to_owned(), 56, 708)));
        assert_eq!(process("7 (short) S 1"), None);
    }

    #[test]
    fn what_a_child_does_is_not_counted_as_another_s() {
        let before = Look::now();
        assert!(before.processes.len() > 1);
        let spin = "i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done";
        assert!(std::process::Command::new("sh").args(["-c", spin]).status().expect("a shell").success());
        let own = Look::now().own - before.own;
        assert!(own > 0, "the child's time is this process's");
    }
}
