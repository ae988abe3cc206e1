//! Fewer threads than stages: which stages share one.

use crate::bits::{Bits, Relation};
use crate::{Plan, StageId};

/// What is said of the threads before they are worked out. Lists by stage have an entry for each.
#[derive(Clone, Debug, Default)]
pub struct Fusing {
    /// Pairs that share a thread already, the second right behind the first: `a + b`.
    pub pairs: Vec<(StageId, StageId)>,
    /// By stage: how many threads it has if it is a shard, which is never fused; 0 if it is none.
    pub workers: Vec<usize>,
    /// By stage: true if its thread must begin with it, as something is said of that thread.
    pub leads: Vec<bool>,
}

/// Fuses stages until there are at most so many threads; each thread is given with its stages in their order. Where that
/// is not found, gives the fewest threads that are.
///
/// On one thread the stages handle each batch one after the other, and the thread waits for what its first stage waits for and
/// for nothing else. So a stage may come to a thread if each stage that it waits on is on that thread before it, or is one that
/// the first stage of the thread comes after; and no two threads may then wait on each other, directly or by others.
///
/// First are fused stages in a row, where no other stage is beside them and nothing is lost; then a stage to the one that it
/// waits on; then stages side by side. Among equals the shortest thread that results counts, and then the earliest stages. Where
/// that leads nowhere, other ways are tried, up to a limit.
///
/// # Errors
/// The fewest threads that were found: the fewest that there can be, unless the limit was met.
///
/// # Panics
/// If a list by stage is shorter than the plan.
pub fn fuse(plan: &Plan, fusing: &Fusing, most: usize) -> Result<Vec<Vec<StageId>>, usize> {
    let threads = given(plan, fusing);
    let mut search = Search { plan, fusing, most, fewest: usize::MAX, seen: Vec::new() };
    search.go_on(threads).ok_or(search.fewest)
}

/// How many states are looked at before the search gives up. It comes to that only where what was asked for cannot be had, or
/// nearly so: from most graphs the first way leads to one thread.
const STATES: usize = 1_000;

/// Puts an item in its place among those that are there, sorted. The lists are short, and the standard library's sorts are
/// much for the compiler, of which every user of the macro would wait for each.
fn insert<T: PartialOrd>(sorted: &mut Vec<T>, item: T) {
    let place = sorted.partition_point(|known| *known < item);
    sorted.insert(place, item);
}

/// The search for a way to so many threads: the best step first, and back where it leads nowhere.
struct Search<'a> {
    plan: &'a Plan,
    fusing: &'a Fusing,
    most: usize,
    fewest: usize,
    /// What was looked at, sorted: of each thread the first stage, and all.
    seen: Vec<Vec<(usize, Bits)>>,
}

impl Search<'_> {
    fn go_on(&mut self, threads: Vec<Vec<StageId>>) -> Option<Vec<Vec<StageId>>> {
        let mut state = Vec::new();
        for thread in &threads {
            insert(&mut state, (thread[0].index(), set(thread)));
        }
        let Err(place) = self.seen.binary_search(&state) else { return None };
        if self.seen.len() == STATES {
            return None;
        }
        self.seen.insert(place, state);
        let count = count(&threads, self.fusing);
        self.fewest = self.fewest.min(count);
        if count <= self.most {
            return Some(threads);
        }
        for (first, second) in self.steps(&threads) {
            let mut next = threads.clone();
            next[first].extend_from_slice(&threads[second]);
            next.remove(second);
            if let Some(found) = self.go_on(next) {
                return Some(found);
            }
        }
        None
    }

    /// The pairs of threads of which the second may be put behind the first, the best of them first.
    fn steps(&self, threads: &[Vec<StageId>]) -> Vec<(usize, usize)> {
        let before = self.before(threads);
        let mut steps = Vec::new();
        for (first, front) in threads.iter().enumerate() {
            for (second, back) in threads.iter().enumerate() {
                // No thread stands between the two: what the second waits on is on the
                // first, or is something that the first itself comes after.
                if first != second && !before.has(second, first) && self.may_follow(front, back) {
                    let loss = loss(self.plan, front, back);
                    insert(&mut steps, (loss, front.len() + back.len(), first, second));
                }
            }
        }
        let mut pairs = Vec::new();
        for (_, _, first, second) in steps {
            pairs.push((first, second));
        }
        pairs
    }

    /// True if the stages of `back` find on the thread of `front`, or before it, what they wait on.
    fn may_follow(&self, front: &[StageId], back: &[StageId]) -> bool {
        let is_shard = |stage: StageId| self.fusing.workers[stage.index()] != 0;
        let head = front[0];
        if is_shard(head) || is_shard(back[0]) || self.fusing.leads[back[0].index()] {
            return false;
        }
        let there = set(front) | set(back);
        for stage in back {
            for upstream in self.plan.upstreams(*stage) {
                if !there.has(upstream.index()) && !self.plan.reaches(*upstream, head) {
                    return false;
                }
            }
        }
        true
    }

    /// Which threads come before which, directly or by others.
    fn before(&self, threads: &[Vec<StageId>]) -> Relation {
        let mut thread_of = vec![0; self.plan.order().len()];
        for (at, thread) in threads.iter().enumerate() {
            for stage in thread {
                thread_of[stage.index()] = at;
            }
        }
        let mut direct = Relation::empty(threads.len());
        for stage in self.plan.order() {
            let thread = thread_of[stage.index()];
            for upstream in self.plan.upstreams(*stage) {
                let other = thread_of[upstream.index()];
                if other != thread {
                    direct.insert(other, thread);
                }
            }
        }
        direct.closure()
    }
}

fn set(stages: &[StageId]) -> Bits {
    let mut set = Bits::default();
    for stage in stages {
        set.insert(stage.index());
    }
    set
}

/// How many threads there are, workers counted.
fn count(threads: &[Vec<StageId>], fusing: &Fusing) -> usize {
    let mut count = 0;
    for thread in threads {
        count += fusing.workers[thread[0].index()].max(1);
    }
    count
}

/// A thread for each stage, but for the pairs.
fn given(plan: &Plan, fusing: &Fusing) -> Vec<Vec<StageId>> {
    let mut threads: Vec<Vec<StageId>> = Vec::new();
    // In the plan's order, the first of a pair is met before the second.
    for stage in plan.order() {
        let mut place = None;
        for (first, second) in &fusing.pairs {
            if second == stage {
                place = threads.iter().position(|thread| thread.last() == Some(first));
            }
        }
        match place {
            Some(place) => threads[place].push(*stage),
            None => threads.push(vec![*stage]),
        }
    }
    threads
}

/// What is lost of working at the same time: nothing, a little, more.
fn loss(plan: &Plan, front: &[StageId], back: &[StageId]) -> u8 {
    let (last, head) = (front[front.len() - 1], back[0]);
    let upstreams = plan.upstreams(head);
    if upstreams == [last] && plan.followers(last) == [head] {
        0
    } else if !upstreams.is_empty() && upstreams.iter().all(|upstream| front.contains(upstream)) {
        1
    } else {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Graph, check, parse};

    /// The threads as text, or the fewest that there can be.
    fn threads(body: &str, most: usize, set: impl Fn(&Graph, &mut Fusing)) -> Result<String, usize> {
        let graph = parse(body).expect(body);
        let plan = check(&graph).expect(body);
        let stages = graph.stages().count();
        let mut fusing = Fusing { pairs: vec![], workers: vec![0; stages], leads: vec![false; stages] };
        set(&graph, &mut fusing);
        let threads = fuse(&plan, &fusing, most)?;
        sound(&plan, &threads);
        let names = |thread: &Vec<StageId>| {
            thread.iter().map(|stage| graph.name(*stage)).collect::<Vec<_>>().join("+")
        };
        Ok(threads.iter().map(names).collect::<Vec<_>>().join(" "))
    }

    fn plain(body: &str, most: usize) -> Result<String, usize> {
        threads(body, most, |_, _| {})
    }

    /// Runs the threads as the runtime would: a thread goes on once what its first stage waits on is through, and everything must
    /// come to its turn, each stage after those that it waits on.
    fn sound(plan: &Plan, threads: &[Vec<StageId>]) {
        let mut through: Vec<StageId> = vec![];
        let mut left: Vec<_> = threads.to_vec();
        while !left.is_empty() {
            let ready =
                |thread: &Vec<StageId>| plan.upstreams(thread[0]).iter().all(|up| through.contains(up));
            let next = left.iter().position(ready).expect("no thread waits for ever");
            for stage in left.remove(next) {
                for upstream in plan.upstreams(stage) {
                    assert!(through.contains(upstream), "{stage:?} before {upstream:?} in {threads:?}");
                }
                through.push(stage);
            }
        }
    }

    #[test]
    fn rows_are_fused_first_and_evenly() {
        assert_eq!(plain("< a -> b -> c -> d >", 4).unwrap(), "a b c d");
        assert_eq!(plain("< a -> b -> c -> d >", 3).unwrap(), "a+b c d");
        assert_eq!(plain("< a -> b -> c -> d >", 2).unwrap(), "a+b c+d");
        assert_eq!(plain("< a -> b -> c -> d >", 1).unwrap(), "a+b+c+d");
        // `x -> y` loses nothing, `a -> (b, c)` would.
        assert_eq!(plain("< a -> (b, c) -> x -> y >", 4).unwrap(), "a b c x+y");
    }

    #[test]
    fn a_diamond_gives_up_one_side_and_then_the_other() {
        let diamond = "< a -> (b, c) -> d >";
        assert_eq!(plain(diamond, 3).unwrap(), "a+b c d");
        assert_eq!(plain(diamond, 2).unwrap(), "a+b+c d");
        assert_eq!(plain(diamond, 1).unwrap(), "a+b+c+d");
    }

    #[test]
    fn stages_side_by_side_share_a_thread_last() {
        assert_eq!(plain("< (a, b, c) >", 2).unwrap(), "a+b c");
        assert_eq!(plain("< (a, b, c) >", 1).unwrap(), "a+b+c");
        assert_eq!(plain("< (a, b) -> d > < b -> e >", 3).unwrap(), "a b+e d");
    }

    #[test]
    fn threads_never_wait_on_each_other() {
        // With `a + b` and `d + c`, `a` would wait for `d`'s thread, and `c` for `a`'s.
        for most in 1..=4 {
            plain("< d -> a > < b -> c >", most).unwrap();
        }
        // Many graphs of eight stages: each number of threads can be had, and `sound` runs it.
        let mut seed: u64 = 7;
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for _ in 0..300 {
            let mut body = String::from("< s0 >");
            for stage in 1..8 {
                body += &format!("< s{stage} >");
                for earlier in 0..stage {
                    if random(4) == 0 {
                        body += &format!("< s{earlier} -> s{stage} >");
                    }
                }
            }
            for most in 1..=8 {
                let threads = plain(&body, most).unwrap_or_else(|least| panic!("{most} of {body}: {least}"));
                assert_eq!(threads.split(' ').count(), most, "{body}");
            }
        }
    }

    /// The fewest threads of all ways to share out the stages, each way looked at from scratch.
    fn fewest(plan: &Plan, fusing: &Fusing, at: usize, threads: &mut Vec<Vec<StageId>>) -> usize {
        let Some(stage) = plan.order().get(at).copied() else {
            return if runs(plan, fusing, threads) { count(threads, fusing) } else { usize::MAX };
        };
        threads.push(vec![stage]);
        let mut fewest = self::fewest(plan, fusing, at + 1, threads);
        threads.pop();
        for thread in 0..threads.len() {
            threads[thread].push(stage);
            fewest = fewest.min(self::fewest(plan, fusing, at + 1, threads));
            threads[thread].pop();
        }
        fewest
    }

    /// True if each thread has a stage to begin with, and all come to an end.
    fn runs(plan: &Plan, fusing: &Fusing, threads: &[Vec<StageId>]) -> bool {
        let heads = |thread: &[StageId], head: StageId| {
            thread.iter().filter(|stage| **stage != head).all(|stage| {
                let fed = |up: &StageId| thread.contains(up) || plan.reaches(*up, head);
                fusing.workers[stage.index()] == 0
                    && fusing.workers[head.index()] == 0
                    && !fusing.leads[stage.index()]
                    && !plan.reaches(*stage, head)
                    && plan.upstreams(*stage).iter().all(fed)
            })
        };
        let mut left: Vec<_> = threads.to_vec();
        let mut through: Vec<StageId> = vec![];
        let ready = |through: &Vec<StageId>, thread: &Vec<StageId>| {
            let there = |up: &StageId| thread.contains(up) || through.contains(up);
            thread.iter().all(|stage| plan.upstreams(*stage).iter().all(there))
        };
        while let Some(next) = left.iter().position(|thread| ready(&through, thread)) {
            through.extend(left.remove(next));
        }
        left.is_empty() && threads.iter().all(|thread| thread.iter().any(|head| heads(thread, *head)))
    }

    #[test]
    fn there_is_no_way_to_fewer_threads_than_were_found() {
        let mut seed: u64 = 11;
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for _ in 0..600 {
            let mut body = String::from("< s0 >");
            for stage in 1..6 {
                body += &format!("< s{stage} >");
                for earlier in 0..stage {
                    if random(3) == 0 {
                        body += &format!("< s{earlier} -> s{stage} >");
                    }
                }
            }
            let graph = parse(&body).expect(&body);
            let plan = check(&graph).expect(&body);
            let workers = (0..6).map(|_| usize::from(random(5) == 0)).collect();
            let fusing = Fusing { pairs: vec![], workers, leads: (0..6).map(|_| random(4) == 0).collect() };
            let least = fuse(&plan, &fusing, 0).expect_err("no threads are none");
            assert_eq!(least, fewest(&plan, &fusing, 0, &mut vec![]), "{body} {fusing:?}");
            sound(&plan, &fuse(&plan, &fusing, least).expect("what was found"));
        }
    }

    #[test]
    fn the_search_of_a_large_graph_ends() {
        let mut body = String::new();
        for stage in 0..64 {
            body += &format!("< s{stage} >");
        }
        let two = threads(&body, 1, |_, fusing| (fusing.leads[9], fusing.leads[50]) = (true, true));
        assert_eq!(two, Err(2));
    }

    #[test]
    fn pairs_stay_together_and_shards_and_leaders_have_threads_of_their_own() {
        let id = |graph: &Graph, name: &str| graph.stage_named(name).unwrap();
        let fused = |graph: &Graph, fusing: &mut Fusing| {
            fusing.pairs = vec![(id(graph, "b"), id(graph, "c"))];
        };
        assert_eq!(threads("< a -> b -> c -> d >", 4, fused).unwrap(), "a b+c d");
        assert_eq!(threads("< a -> b -> c -> d >", 2, fused).unwrap(), "a+b+c d");

        let shard = |graph: &Graph, fusing: &mut Fusing| fusing.workers[id(graph, "b").index()] = 3;
        assert_eq!(threads("< a -> b -> c -> d >", 5, shard).unwrap(), "a b c+d");
        assert_eq!(threads("< a -> b -> c -> d >", 4, shard), Err(5));
        // Around the shard there is a way.
        assert_eq!(threads("< a -> (b, c) >", 4, shard).unwrap(), "a+c b");

        let leads = |graph: &Graph, fusing: &mut Fusing| fusing.leads[id(graph, "c").index()] = true;
        assert_eq!(threads("< a -> b -> c -> d >", 2, leads).unwrap(), "a+b c+d");
        assert_eq!(threads("< a -> b -> c -> d >", 1, leads), Err(2));
    }
}
