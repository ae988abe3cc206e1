//! Which cores there are, and how a thread is pinned to one.

use core_affinity::CoreId;

/// The cores that are switched on, whatever this process may use of them.
///
/// Read from `/sys`, since asking for the calling thread's affinity shows only what that thread may use: once it is pinned,
/// one core.
pub(crate) fn cores() -> Vec<usize> {
    #[cfg(target_os = "linux")]
    if let Ok(online) = std::fs::read_to_string("/sys/devices/system/cpu/online")
        && let Some(cores) = parse(&online)
    {
        return cores;
    }
    core_affinity::get_core_ids().unwrap_or_default().into_iter().map(|core| core.id).collect()
}

/// The cores that a set of the system's has room for; the call below panics beyond.
const MOST_CORES: usize = 1024;

/// Pins the calling thread. False if the system refuses.
pub(crate) fn pin(core: usize) -> bool {
    core < MOST_CORES && core_affinity::set_for_current(CoreId { id: core })
}

/// Reads a list such as `0-3,8,10-11`.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn parse(list: &str) -> Option<Vec<usize>> {
    let mut cores = Vec::new();
    for range in list.trim().split(',').filter(|range| !range.is_empty()) {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        cores.extend(first.parse::<usize>().ok()?..=last.parse::<usize>().ok()?);
    }
    Some(cores)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cores_are_read() {
        assert_eq!(parse("0-3,8,10-11\n"), Some(vec![0, 1, 2, 3, 8, 10, 11]));
        assert_eq!(parse("0\n"), Some(vec![0]));
        assert_eq!(parse(""), Some(vec![]));
        assert_eq!(parse("none"), None);
    }

    #[test]
    fn this_machine_has_a_core() {
        assert!(!cores().is_empty());
    }

    #[test]
    fn pinning_one_thread_hides_no_core() {
        let before = cores();
        let core = before[0];
        let seen = std::thread::spawn(move || (pin(core), cores())).join().expect("no panic");
        assert_eq!(seen.1, before);
    }
}
