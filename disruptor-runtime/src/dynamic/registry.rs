//! Which stages a pipeline that is built at run time has at the moment, and which words are free.

use std::fmt;

use disruptor_topology::{Access, Graph, Plan, Producers, StageId, StageRow, Target, Topology, check};

use super::erased::Back;
use super::names::{intern, intern_topology};
use super::problem::{self, Problem};
use crate::plan::Slot;
use crate::roster::Row;

/// The stages that there are.
pub(crate) struct Registry {
    name: &'static str,
    ring: usize,
    producers: Producers,
    members: Vec<Member>,
    free: Vec<usize>,
    capacity: usize,
    next_id: u64,
    /// The threads run.
    pub(super) started: bool,
    /// The handlers have been collected: nobody joins any more.
    pub(super) closed: bool,
}

/// A stage.
pub(super) struct Member {
    pub(super) id: u64,
    pub(super) name: &'static str,
    writes: bool,
    pub(super) poller: bool,
    /// Those that it waits on, by id, as few as imply the order; none means the producers.
    pub(super) after: Vec<u64>,
    pub(super) words: Vec<usize>,
    /// The words of released pollers that it may still look at.
    retired: Vec<usize>,
    pub(super) state: State,
    pub(super) handlers: Vec<Slot<Back>>,
}

/// How far a stage's life is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Its threads are about to start.
    Starting,
    Live,
    /// It is being removed.
    Leaving,
}

/// What is asked of a stage that wants to join.
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) writes: bool,
    pub(super) poller: bool,
    pub(super) workers: usize,
    /// Events are shared by a key, so that no worker may write.
    pub(super) by_key: bool,
    pub(super) after: Vec<String>,
}

/// A stage that has joined: its words, and what it waits on.
#[derive(Clone, Debug)]
pub(super) struct Joined {
    pub(super) id: u64,
    pub(super) words: Vec<usize>,
    pub(super) upstreams: Vec<usize>,
    /// Whether it holds back the producer.
    pub(super) gates: bool,
}

impl Registry {
    pub(super) fn new(name: &str, ring: usize, producers: Producers, capacity: usize) -> Self {
        Self {
            name: intern(name),
            ring,
            producers,
            members: Vec::new(),
            free: (0..capacity).rev().collect(),
            capacity,
            next_id: 0,
            started: false,
            closed: false,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        self.members.iter().map(|member| Row { name: member.name, words: member.words.clone() }).collect()
    }

    pub(crate) fn name_of(&self, word: usize) -> &'static str {
        self.with_word(word).map_or("removed", |(member, _)| member.name)
    }

    pub(crate) fn label(&self, word: usize) -> String {
        match self.with_word(word) {
            Some((member, worker)) if member.words.len() > 1 => format!("{}[{worker}]", member.name),
            _ => self.name_of(word).to_owned(),
        }
    }

    fn with_word(&self, word: usize) -> Option<(&Member, usize)> {
        self.members.iter().find_map(|member| {
            let worker = member.words.iter().position(|own| *own == word)?;
            Some((member, worker))
        })
    }

    /// What there is, to be drawn: kept for the life of the process, once for each topology that is asked for.
    pub(crate) fn topology(&self) -> &'static Topology {
        let graph = self.graph();
        // There are no findings: whoever joins is checked, and none that others wait on leaves. But the last may have left.
        let plan = check(&graph).ok();
        let upstreams = |stage| plan.as_ref().map_or(&[][..], |plan| plan.upstreams(stage));
        let gates = |stage| plan.as_ref().is_some_and(|plan| plan.gates().contains(&stage));
        let rows: Vec<_> = (self.members.iter().zip(graph.stages()))
            .map(|(member, stage)| {
                let after: Vec<_> = upstreams(stage).iter().map(|id| id.index()).collect();
                (member, after, gates(stage))
            })
            .collect();
        let access =
            |member: &Member| -> &'static [&'static str] { if member.writes { &["&mut *"] } else { &[] } };
        let is_this = |known: &Topology| {
            (known.name, known.ring, known.producers) == (self.name, self.ring, self.producers)
                && known.stages.len() == rows.len()
                && known.stages.iter().zip(&rows).all(|(row, (member, after, gates))| {
                    (row.name, row.gates, row.workers) == (member.name, *gates, member.words.len())
                        && row.after == after
                        && row.access == access(member)
                })
        };
        intern_topology(is_this, || {
            let row = |(member, after, gates): &(&Member, Vec<usize>, bool)| StageRow {
                name: member.name,
                after: after.clone().leak(),
                gates: *gates,
                access: access(member),
                workers: member.words.len(),
            };
            let stages = rows.iter().map(row).collect::<Vec<_>>().leak();
            Topology { name: self.name, ring: self.ring, producers: self.producers, stages }
        })
    }

    /// The stages as a graph, in their order.
    fn graph(&self) -> Graph {
        let mut graph = Graph::new();
        for member in &self.members {
            let stage = graph.add_stage(member.name);
            describe(&mut graph, stage, member.writes, member.words.len());
        }
        let ids: Vec<_> = graph.stages().collect();
        for (member, &stage) in self.members.iter().zip(&ids) {
            for after in &member.after {
                if let Some(at) = self.members.iter().position(|other| other.id == *after) {
                    graph.add_edge(ids[at], stage);
                }
            }
        }
        graph
    }

    /// Lets stages join, if what is there and they make a topology without findings. They may name each other, and stages
    /// that are there; `arrows` say more of their order.
    pub(super) fn join(
        &mut self,
        wanted: &[Wanted],
        arrows: &[(String, String)],
    ) -> Result<Vec<Joined>, Vec<Problem>> {
        let mut graph = self.graph();
        let before = self.members.len();
        let mut problems = Vec::new();
        for want in wanted {
            let stage = graph.add_stage(&want.name);
            describe(&mut graph, stage, want.writes, want.workers);
            problems.extend(problem::of_stage(want));
        }
        let ids: Vec<_> = graph.stages().collect();
        // Nobody waits on a stage that is about to leave, or that may still fail to start.
        let known = |graph: &Graph, name: &str| {
            let stage = graph.stage_named(name)?;
            self.members.get(stage.index()).is_none_or(|member| member.state == State::Live).then_some(stage)
        };
        let named: Vec<&str> = ids.iter().map(|&id| graph.name(id)).collect();
        let named: Vec<String> = named.into_iter().map(str::to_owned).collect();
        for (want, &stage) in wanted.iter().zip(&ids[before..]) {
            for name in &want.after {
                match known(&graph, name) {
                    Some(from) => _ = graph.add_edge(from, stage),
                    None => problems.push(problem::unknown(&want.name, name, &named)),
                }
            }
        }
        for (from, to) in arrows {
            match (known(&graph, from), known(&graph, to)) {
                (Some(from), Some(to)) => _ = graph.add_edge(from, to),
                (None, _) => problems.push(problem::unknown(to, from, &named)),
                (_, None) => problems.push(problem::unknown(from, to, &named)),
            }
        }
        let words: usize = wanted.iter().map(|want| want.workers).sum();
        if words > self.free.len() {
            problems.push(problem::no_room(words, self.free.len()));
        }
        let plan = match check(&graph) {
            Ok(plan) => Some(plan),
            Err(findings) => {
                problems.extend(findings.iter().map(|finding| problem::of_finding(finding, &graph)));
                None
            }
        };
        match plan {
            Some(plan) if problems.is_empty() => Ok(self.let_in(wanted, &ids[before..], &plan)),
            _ => Err(problems),
        }
    }

    /// Adds what was checked.
    fn let_in(&mut self, wanted: &[Wanted], stages: &[StageId], plan: &Plan) -> Vec<Joined> {
        let first_id = self.next_id;
        let before = self.members.len();
        for want in wanted {
            let words = self.free.split_off(self.free.len() - want.workers).into_iter().rev().collect();
            self.members.push(Member {
                id: self.next_id,
                name: intern(&want.name),
                writes: want.writes,
                poller: want.poller,
                after: Vec::new(),
                words,
                retired: Vec::new(),
                state: if want.poller { State::Live } else { State::Starting },
                handlers: Vec::new(),
            });
            self.next_id += 1;
        }
        let mut joined = Vec::new();
        for (at, &stage) in stages.iter().enumerate() {
            let upstreams: Vec<usize> = plan.upstreams(stage).iter().map(|id| id.index()).collect();
            self.members[before + at].after = upstreams.iter().map(|&at| self.members[at].id).collect();
            joined.push(Joined {
                id: first_id + at as u64,
                words: self.members[before + at].words.clone(),
                upstreams: upstreams.iter().flat_map(|&at| &self.members[at].words).copied().collect(),
                gates: plan.gates().contains(&stage),
            });
        }
        joined
    }

    pub(super) fn member(&mut self, id: u64) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.id == id)
    }

    /// The stage that has this word.
    pub(super) fn id_of(&self, word: usize) -> Option<u64> {
        self.with_word(word).map(|(member, _)| member.id)
    }

    pub(super) fn named(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    pub(super) fn members(&mut self) -> &mut [Member] {
        &mut self.members
    }

    /// The names of those that wait on a stage.
    pub(super) fn followers(&self, id: u64) -> Vec<&'static str> {
        self.members.iter().filter(|member| member.after.contains(&id)).map(|member| member.name).collect()
    }

    /// The names of those that the stage with this word waits on.
    pub(crate) fn after(&self, word: usize) -> Vec<String> {
        let Some((member, _)) = self.with_word(word) else { return Vec::new() };
        let after = self.members.iter().filter(|other| member.after.contains(&other.id));
        after.map(|other| other.name.to_owned()).collect()
    }

    /// The words that a stage waits on; none means the producers.
    pub(super) fn upstreams(&self, id: u64) -> Vec<usize> {
        let Some(member) = self.members.iter().find(|member| member.id == id) else { return Vec::new() };
        let of = |id: &u64| self.members.iter().find(|member| member.id == *id);
        member.after.iter().filter_map(of).flat_map(|member| &member.words).copied().collect()
    }

    /// Takes a stage out that nobody waits on. Gives it, and the words that are free now.
    pub(super) fn leave(&mut self, id: u64) -> Option<(Member, Vec<usize>)> {
        let at = self.members.iter().position(|member| member.id == id)?;
        let mut member = self.members.remove(at);
        let mut freed = member.words.clone();
        freed.extend(self.unused(std::mem::take(&mut member.retired)));
        Some((member, freed))
    }

    /// Takes a poller out; those that waited on it wait on what it waited on. Gives the words that are free now: its own is not if
    /// there are any, who may still look at it.
    pub(super) fn release(&mut self, id: u64) -> Vec<usize> {
        let Some(at) = self.members.iter().position(|member| member.id == id) else { return Vec::new() };
        let poller = self.members.remove(at);
        for member in self.members.iter_mut().filter(|member| member.after.contains(&id)) {
            member.after.retain(|after| *after != id);
            let more: Vec<_> =
                poller.after.iter().filter(|after| !member.after.contains(after)).copied().collect();
            member.after.extend(more);
            member.retired.extend(&poller.words);
        }
        self.unused(poller.words.into_iter().chain(poller.retired).collect())
    }

    /// Those of these words that no stage looks at any more.
    fn unused(&self, mut words: Vec<usize>) -> Vec<usize> {
        words.sort_unstable();
        words.dedup();
        words.retain(|word| !self.members.iter().any(|member| member.retired.contains(word)));
        words
    }

    /// Words that may be used again.
    pub(super) fn free(&mut self, words: Vec<usize>) {
        self.free.extend(words);
    }
}

fn describe(graph: &mut Graph, stage: StageId, writes: bool, workers: usize) {
    graph.place(stage);
    graph.set_workers(stage, workers);
    let access = if writes { Access::write(Target::Event) } else { Access::read(Target::Event) };
    graph.add_access(stage, access);
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.members.iter().map(|member| member.name).collect();
        f.debug_struct("Registry").field("name", &self.name).field("stages", &names).finish_non_exhaustive()
    }
}
