//! Which cores the threads of a pipeline get that leaves the choice to us.

use super::machine::{Core, Machine};

/// What is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seats {
    /// A core for each of the first threads; at most as many as there are threads.
    pub(crate) cores: Vec<usize>,
    /// Where the threads beyond may run: what nobody was given and the producer is not on, or, where that is nothing, all that
    /// may be used. No isolated cores: the scheduler balances nothing there.
    pub(crate) rest: Vec<usize>,
}

/// Chooses cores for so many `threads` among those that are `usable`, without the `taken` ones.
///
/// The core that the producer is on stays free. In this order: what shares no parts with the producer's core, isolated cores,
/// one thread of a core before the next one of the same core, the producer's node, its last cache; and then by node, cache and
/// number, so that threads that follow each other are near each other. The producer's siblings come last.
pub(crate) fn choose(
    machine: &Machine,
    usable: &[usize],
    taken: &[usize],
    producer: Option<usize>,
    threads: usize,
) -> Seats {
    let at = producer.and_then(|core| machine.core(core));
    let free =
        |core: &&Core| usable.contains(&core.id) && !taken.contains(&core.id) && Some(core.id) != producer;
    let mut free: Vec<&Core> = machine.cores.iter().filter(free).collect();
    // How many of the same core are used before this one.
    let before = |core: &Core| {
        let earlier = machine.cores.iter().filter(|other| other.whole == core.whole && other.id != core.id);
        earlier
            .filter(|other| taken.contains(&other.id) || (usable.contains(&other.id) && other.id < core.id))
            .count()
    };
    free.sort_by_key(|core| {
        let shares = |of: fn(&Core) -> usize| at.is_some_and(|at| of(at) == of(core));
        let far = |of: fn(&Core) -> usize| at.is_some_and(|at| of(at) != of(core));
        (
            shares(|core| core.whole),
            !core.isolated,
            before(core),
            far(|core| core.node),
            far(|core| core.cache),
            (core.node, core.cache, core.id),
        )
    });
    let cores: Vec<_> = free.into_iter().take(threads).map(|core| core.id).collect();
    let floating = |core: &&usize| machine.core(**core).is_some_and(|core| !core.isolated);
    let common: Vec<_> = usable.iter().filter(floating).copied().collect();
    let nobodys = |core: &&usize| !cores.contains(core) && !taken.contains(core) && Some(**core) != producer;
    let left: Vec<_> = common.iter().filter(nobodys).copied().collect();
    Seats { cores, rest: if left.is_empty() { common } else { left } }
}

#[cfg(test)]
mod tests {
    use super::super::machine::tests::core;
    use super::*;

    fn machine(cores: impl IntoIterator<Item = Core>) -> Machine {
        Machine { cores: cores.into_iter().collect() }
    }

    /// Four cores of two threads each: 0 and 4, 1 and 5, 2 and 6, 3 and 7.
    fn laptop() -> Machine {
        machine((0..8).map(|id| core(id, id % 4, 0, 0, false)))
    }

    fn all(machine: &Machine) -> Vec<usize> {
        machine.cores.iter().map(|core| core.id).collect()
    }

    #[test]
    fn one_thread_of_a_core_comes_before_its_sibling_and_the_producers_core_is_left_free() {
        let laptop = laptop();
        let seats = |producer, threads| choose(&laptop, &all(&laptop), &[], producer, threads).cores;
        assert_eq!(seats(Some(0), 3), [1, 2, 3]);
        assert_eq!(
            seats(Some(5), 8),
            [0, 2, 3, 4, 6, 7, 1],
            "the producer's sibling last, its own core never"
        );
        assert_eq!(seats(None, 5), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn isolated_cores_come_first_also_where_the_scheduler_would_not_go() {
        let mut laptop = laptop();
        for id in [2, 3, 6, 7] {
            laptop.cores[id].isolated = true;
        }
        let seats = choose(&laptop, &all(&laptop), &[], Some(0), 6);
        assert_eq!(seats.cores, [2, 3, 6, 7, 1, 5]);
        assert_eq!(seats.rest, [4], "nobody floats to an isolated core");
    }

    #[test]
    fn a_node_is_filled_before_the_next_and_caches_within_it() {
        // Two nodes; node 1 with two caches. Every core has its parts to itself.
        let big = machine((0..12).map(|id| match id {
            0..4 => core(id, id, 0, 0, false),
            4..8 => core(id, id, 4, 1, false),
            _ => core(id, id, 8, 1, false),
        }));
        let seats = |producer, threads| choose(&big, &all(&big), &[], producer, threads).cores;
        assert_eq!(seats(Some(9), 9), [8, 10, 11, 4, 5, 6, 7, 0, 1]);
        assert_eq!(seats(Some(1), 4), [0, 2, 3, 4]);
    }

    #[test]
    fn what_is_not_usable_or_taken_is_not_chosen_and_fewer_cores_than_threads_are_no_error() {
        let laptop = laptop();
        let seats = choose(&laptop, &[0, 1, 2, 5], &[2], Some(0), 9);
        assert_eq!(seats, Seats { cores: vec![1, 5], rest: vec![0, 1, 2, 5] });
        // A sibling of a core that a stage was given is worse than a core of its own.
        assert_eq!(choose(&laptop, &all(&laptop), &[1], Some(0), 3).cores, [2, 3, 5]);
        let alone = choose(&laptop, &[0], &[], Some(0), 2);
        assert_eq!(alone, Seats { cores: vec![], rest: vec![0] });
        assert_eq!(choose(&laptop, &[0], &[0], None, 2), Seats { cores: vec![], rest: vec![0] });
    }
}
