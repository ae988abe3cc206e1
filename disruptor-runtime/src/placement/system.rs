//! What the system is asked for: where a thread is, may be and shall be, and how urgent it is.

use std::io;

use core_affinity::CoreId;

use super::machine::Machine;
use crate::sync::process::thread;

/// The cores that a set of the system's has room for; `core_affinity` panics beyond.
const MOST_CORES: usize = 1024;

/// Pins the calling thread. False if the system refuses.
pub(crate) fn pin(core: usize) -> bool {
    core < MOST_CORES && core_affinity::set_for_current(CoreId { id: core })
}

/// What this process may use, as far as the system says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allowed {
    /// Where the calling thread may run.
    pub(crate) mask: Option<Vec<usize>>,
    /// Where a thread of this process could be pinned: what the container's or group's set of cores lets through.
    pub(crate) reachable: Option<Vec<usize>>,
}

impl Allowed {
    /// As it is now, for the calling thread.
    pub(crate) fn now() -> Self {
        Self { mask: mask(), reachable: reachable() }
    }

    /// The cores that threads may be given: where the calling thread may run, and isolated cores, which no mask shows that was
    /// not asked for. A calling thread that may run on one core alone is taken to be pinned: its mask then says nothing of the
    /// others.
    pub(crate) fn usable(&self, machine: &Machine) -> Vec<usize> {
        let reachable = |core: &usize| self.reachable.as_ref().is_none_or(|cores| cores.contains(core));
        let mask = self.mask.as_ref().filter(|mask| mask.len() > 1);
        let usable = machine.cores.iter().filter(|core| {
            reachable(&core.id) && (core.isolated || mask.is_none_or(|mask| mask.contains(&core.id)))
        });
        usable.map(|core| core.id).collect()
    }

    /// The core that the calling thread is pinned to, if there are others that it could have.
    pub(crate) fn pinned(&self) -> Option<usize> {
        match (self.mask.as_deref(), self.reachable.as_deref()) {
            (Some([core]), Some(reachable)) if reachable.len() > 1 => Some(*core),
            _ => None,
        }
    }
}

/// Where a thread could be pinned. Found by a thread that asks for every core and looks what it got: that needs to know
/// nothing of groups and containers.
fn reachable() -> Option<Vec<usize>> {
    let all: Vec<_> = (0..MOST_CORES).collect();
    let ask =
        thread::Builder::new().name("cores".into()).spawn(move || if float(&all) { mask() } else { None });
    ask.ok()?.join().ok()?
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{MOST_CORES, io};

    fn zeroed() -> libc::cpu_set_t {
        // SAFETY: a set of cores is an array of integers, for which zero is a value: the empty set.
        unsafe { std::mem::zeroed() }
    }

    pub(crate) fn mask() -> Option<Vec<usize>> {
        let mut set = zeroed();
        // SAFETY: the set is as large as said; 0 is the calling thread.
        if unsafe { libc::sched_getaffinity(0, size_of_val(&set), &raw mut set) } != 0 {
            return None;
        }
        // SAFETY: below the number of cores that a set has room for.
        Some((0..MOST_CORES).filter(|core| unsafe { libc::CPU_ISSET(*core, &set) }).collect())
    }

    pub(crate) fn float(cores: &[usize]) -> bool {
        let mut set = zeroed();
        for core in cores.iter().filter(|core| **core < MOST_CORES) {
            // SAFETY: below the number of cores that a set has room for.
            unsafe { libc::CPU_SET(*core, &mut set) };
        }
        // SAFETY: the set is as large as said; 0 is the calling thread.
        unsafe { libc::sched_setaffinity(0, size_of_val(&set), &raw const set) == 0 }
    }

    pub(crate) fn current_core() -> Option<usize> {
        // SAFETY: asks for a number.
        usize::try_from(unsafe { libc::sched_getcpu() }).ok()
    }

    pub(crate) fn make_real_time(priority: u8) -> io::Result<()> {
        // SAFETY: a few integers, for which zero is a value; some systems have more than the one that is set.
        let mut parameters: libc::sched_param = unsafe { std::mem::zeroed() };
        parameters.sched_priority = priority.into();
        // SAFETY: the parameters live through the call; the thread is the calling one.
        match unsafe {
            libc::pthread_setschedparam(libc::pthread_self(), libc::SCHED_FIFO, &raw const parameters)
        } {
            0 => Ok(()),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    use super::io;

    pub(crate) fn mask() -> Option<Vec<usize>> {
        None
    }

    pub(crate) fn float(_: &[usize]) -> bool {
        false
    }

    pub(crate) fn current_core() -> Option<usize> {
        None
    }

    pub(crate) fn make_real_time(_: u8) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "real-time priorities are set on Linux alone"))
    }
}

#[cfg(target_os = "linux")]
use linux as here;
#[cfg(not(target_os = "linux"))]
use other as here;

/// Where the calling thread may run.
pub(crate) fn mask() -> Option<Vec<usize>> {
    here::mask()
}

/// Lets the calling thread run on these cores, and on no others. False if the system refuses.
pub(crate) fn float(cores: &[usize]) -> bool {
    here::float(cores)
}

/// The core that the calling thread is on just now.
pub(crate) fn current_core() -> Option<usize> {
    here::current_core()
}

/// Puts the calling thread before all that has no real-time priority, or a lower one (`SCHED_FIFO`).
pub(crate) fn make_real_time(priority: u8) -> io::Result<()> {
    here::make_real_time(priority)
}

#[cfg(test)]
mod tests {
    use super::super::machine::tests::core;
    use super::super::{Machine, cores};
    use super::*;

    fn machine() -> Machine {
        Machine { cores: (0..6).map(|id| core(id, id, 0, 0, id == 5)).collect() }
    }

    #[test]
    fn what_may_be_used_is_the_mask_and_what_is_isolated() {
        let usable = |mask: Option<&[usize]>, reachable: Option<&[usize]>| {
            let allowed = Allowed { mask: mask.map(<[_]>::to_vec), reachable: reachable.map(<[_]>::to_vec) };
            (allowed.usable(&machine()), allowed.pinned())
        };
        assert_eq!(usable(Some(&[0, 1, 2]), Some(&[0, 1, 2, 3, 4, 5])), (vec![0, 1, 2, 5], None));
        assert_eq!(
            usable(Some(&[0, 1, 2]), Some(&[0, 1, 2, 3])),
            (vec![0, 1, 2], None),
            "5 is not reachable"
        );
        assert_eq!(usable(Some(&[3]), Some(&[0, 1, 3])), (vec![0, 1, 3], Some(3)), "a caller that is pinned");
        assert_eq!(usable(Some(&[3]), Some(&[3])), (vec![3], None), "a container of one core");
        assert_eq!(usable(None, None), (vec![0, 1, 2, 3, 4, 5], None));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_pinned_thread_hides_no_core() {
        let (all, before) = (cores(), Allowed::now());
        let core = before.reachable.as_ref().expect("Linux")[0];
        let seen = std::thread::spawn(move || (pin(core), current_core(), Allowed::now(), cores()));
        let (pinned, at, after, there) = seen.join().expect("no panic");
        assert_eq!((pinned, at, after.mask, there), (true, Some(core), Some(vec![core]), all));
        assert_eq!(after.reachable, before.reachable);
        assert_eq!(mask(), before.mask, "asking changes nothing for who asks");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_thread_floats_over_the_cores_that_it_is_given() {
        let reachable = Allowed::now().reachable.expect("Linux");
        let given = reachable.clone();
        assert_eq!(
            std::thread::spawn(move || (float(&given), mask())).join().expect("no panic"),
            (true, Some(reachable))
        );
        assert!(!float(&[]), "no core is none to run on");
    }

    #[test]
    fn no_priority_is_taken_that_there_is_not() {
        let refused = std::thread::spawn(|| make_real_time(200)).join().expect("no panic");
        assert!(refused.is_err());
    }
}
