//! Describing a pipeline at run time.

use std::fmt;
use std::marker::PhantomData;

use disruptor_topology::parse;

use super::erased::AnyWait;
use super::launch::Built;
use super::memory::Dynamic;
use super::problem::{self, BuildError, MOST_SLOTS, Problem};
use super::registry::{Registry, Wanted};
use super::stage::{Role, Stage};
use super::{Many, One};
use crate::Sequence;
use crate::memory::begin_at;
use crate::placement::{Cores, Placing};
use crate::producer::Overflow;
use crate::publication::Publication;
use crate::sync::{Arc, UnsafeCell};
use crate::wait::{PhasedBackoff, Wait};

/// The words that there are if nothing is said: room for so many stages and workers.
const ROOM: usize = 64;

/// Builds a pipeline whose stages are known at run time only; see the [module](super) for an example.
///
/// Events are `Send` and `Sync`: any two stages may turn out to read them side by side.
#[must_use = "a builder does nothing before `build`"]
pub struct Builder<E, P = One> {
    ring: usize,
    event: Box<dyn FnMut() -> E>,
    name: String,
    wait: AnyWait,
    producer_wait: AnyWait,
    wakes: bool,
    overflow: Overflow,
    placing: Placing,
    room: usize,
    first: Sequence,
    stages: Vec<(Stage<E>, Vec<String>)>,
    arrows: Vec<(String, String)>,
    problems: Vec<Problem>,
    producers: PhantomData<fn() -> P>,
}

impl<E: Send + Sync + 'static> Builder<E> {
    /// A pipeline with one producer, around a ring of so many slots (a power of two), each filled by `event` first.
    pub fn single(ring: usize, event: impl FnMut() -> E + 'static) -> Self {
        Self::new(ring, event)
    }
}

impl<E: Send + Sync + 'static> Builder<E, Many> {
    /// A pipeline with several producers: the one that is given can be cloned.
    pub fn multi(ring: usize, event: impl FnMut() -> E + 'static) -> Self {
        Self::new(ring, event)
    }
}

impl<E: Send + Sync + 'static, P: Publication + 'static> Builder<E, P> {
    fn new(ring: usize, event: impl FnMut() -> E + 'static) -> Self {
        Self {
            ring,
            event: Box::new(event),
            name: String::new(),
            wait: AnyWait::new(PhasedBackoff::default()),
            producer_wait: AnyWait::new(PhasedBackoff::default()),
            wakes: false,
            overflow: Overflow::default(),
            placing: Placing::default(),
            room: ROOM,
            first: 0,
            stages: Vec::new(),
            arrows: Vec::new(),
            problems: Vec::new(),
            producers: PhantomData,
        }
    }

    /// The pipeline's name, which stands in drawings and before the names of its threads.
    pub fn name(&mut self, name: impl Into<String>) -> &mut Self {
        self.name = name.into();
        self
    }

    /// How the stages wait for events that say nothing of it themselves; [`PhasedBackoff`] otherwise.
    pub fn wait<W: Wait + Clone>(&mut self, wait: W) -> &mut Self {
        self.wait = AnyWait::new(wait);
        self
    }

    /// How the producers wait for room; [`PhasedBackoff`] otherwise.
    pub fn producer_wait<W: Wait + Clone>(&mut self, wait: W) -> &mut Self {
        self.producer_wait = AnyWait::new(wait);
        self
    }

    /// What becomes of an event that is offered ([`Producer::offer`](crate::Producer::offer)) while the ring is full.
    pub fn overflow(&mut self, rule: Overflow) -> &mut Self {
        self.overflow = rule;
        self
    }

    /// Pins the threads of the stages that have no core of their own, in the order in which the stages were given.
    pub fn cores(&mut self, cores: impl IntoIterator<Item = usize>) -> &mut Self {
        self.placing.cores = Cores::List(cores.into_iter().collect());
        self
    }

    /// Pins the threads of the stages that have no core of their own to cores chosen here; see
    /// [`Pipeline::auto_cores`](crate::Pipeline::auto_cores).
    pub fn auto_cores(&mut self) -> &mut Self {
        self.placing.cores = Cores::Auto;
        self
    }

    /// Gives the stages' threads a real-time priority; see [`Pipeline::priority`](crate::Pipeline::priority).
    pub fn priority(&mut self, priority: u8) -> &mut Self {
        self.placing.priority = Some(priority);
        self
    }

    /// Makes room for so many stages and workers at a time, those added later included: 64 otherwise. (More than 64 *stages* are never
    /// supported; each worker of a pool takes room of its own.)
    pub fn room_for(&mut self, stages_and_workers: usize) -> &mut Self {
        self.room = stages_and_workers;
        self
    }

    /// Has wake-ups sent even if no stage that is there from the start blocks: for stages with a blocking wait that are added while
    /// the pipeline runs. (Without wake-ups such a stage takes naps of 50 µs where it would park.)
    pub fn wake_ups(&mut self) -> &mut Self {
        self.wakes = true;
        self
    }

    /// Stages that wait on the producers. Gives them as a group, for what follows.
    pub fn handle_events_with(&mut self, stages: impl IntoIterator<Item = Stage<E>>) -> Group<'_, E, P> {
        self.add(stages, Vec::new())
    }

    /// Stages that were given or will be, by name, for what follows them.
    pub fn after<N: Into<String>>(&mut self, names: impl IntoIterator<Item = N>) -> Group<'_, E, P> {
        let names = names.into_iter().map(Into::into).collect();
        Group { builder: self, names }
    }

    /// One more arrow: the stage `to` waits on the stage `from`. Both are given elsewhere.
    pub fn arrow(&mut self, from: impl Into<String>, to: impl Into<String>) -> &mut Self {
        self.arrows.push((from.into(), to.into()));
        self
    }

    /// Stages in the order that a text says, as `disruptor!` reads it: `< a -> (b, c) -> d > < b -> e >`, from a configuration
    /// say. A pool may stand there as `[work; 4]`. (`a + b` is `a -> b` here: each stage has a thread of its own.)
    ///
    /// What is wrong with the text is said by [`build`](Self::build).
    pub fn chains(&mut self, chains: &str, stages: impl IntoIterator<Item = Stage<E>>) -> &mut Self {
        let given: Vec<_> = stages.into_iter().collect();
        let workers = |name: &str| given.iter().find(|stage| stage.name == name).map(Stage::workers);
        match parse(chains) {
            Err(findings) => {
                self.problems.extend(findings.iter().map(|finding| problem::in_text(finding, chains)))
            }
            Ok(graph) => {
                for stage in graph.stages() {
                    let (name, count) = (graph.name(stage), graph.workers(stage));
                    match workers(name) {
                        None => self.problems.push(problem::not_given(name)),
                        Some(workers) if count > 1 && workers != count => {
                            self.problems.push(problem::other_count(name, count, workers));
                        }
                        Some(_) => {}
                    }
                }
                let arrow = |(_, from, to)| (graph.name(from).to_owned(), graph.name(to).to_owned());
                self.arrows.extend(graph.edges().map(arrow));
                let unused = given.iter().filter(|stage| graph.stage_named(&stage.name).is_none());
                self.problems.extend(unused.map(|stage| problem::not_in_chains(&stage.name)));
            }
        }
        self.stages.extend(given.into_iter().map(|stage| (stage, Vec::new())));
        self
    }

    fn add(&mut self, stages: impl IntoIterator<Item = Stage<E>>, after: Vec<String>) -> Group<'_, E, P> {
        let mut names = Vec::new();
        for stage in stages {
            names.push(stage.name.clone());
            self.stages.push((stage, after.clone()));
        }
        Group { builder: self, names }
    }

    /// Has the stream begin with this sequence in place of 0: for tests of high sequences.
    #[doc(hidden)]
    pub fn begin_at(&mut self, first: Sequence) -> &mut Self {
        self.first = first;
        self
    }

    /// Checks what is described, and allocates and fills the ring.
    ///
    /// # Errors
    /// [`BuildError`] with all that is wrong: stages in a circle, stages that run side by side of which one writes, names that
    /// nobody has or that two have, no stage at all, a ring that is no power of two.
    ///
    /// # Panics
    /// If what fills the slots does.
    pub fn build(self) -> Result<Built<E, P>, BuildError> {
        let Self { ring, event, mut problems, .. } = self;
        let mut registry = Registry::new(&self.name, ring, P::PRODUCERS, self.room);
        let wanted: Vec<_> = self.stages.iter().map(|(stage, after)| wanted(stage, after)).collect();
        let joined = registry.join(&wanted, &self.arrows).unwrap_or_else(|found| {
            problems.extend(found);
            Vec::new()
        });
        if !ring.is_power_of_two() || ring > MOST_SLOTS {
            problems.push(problem::ring(ring));
        }
        if !problems.is_empty() {
            return Err(BuildError { problems });
        }
        let slots = fill(ring, event)
            .ok_or_else(|| BuildError { problems: vec![problem::memory(ring, size_of::<E>())] })?;
        let stages: Vec<_> = self.stages.into_iter().map(|(stage, _)| stage).zip(joined).collect();
        let blocks = |stage: &Stage<E>| stage.wait.as_ref().is_some_and(AnyWait::blocks);
        let wakes = self.wakes
            || self.wait.blocks()
            || self.producer_wait.blocks()
            || stages.iter().any(|(stage, _)| blocks(stage));
        let memory = Arc::new(Dynamic::new(slots, registry, wakes));
        if self.first > 0 {
            begin_at(&*memory, self.first);
            memory.begin_gates();
        }
        let wait = self.wait.in_pipeline(wakes);
        let producer_wait = self.producer_wait.in_pipeline(wakes);
        Ok(Built::new(memory, stages, wait, producer_wait, self.overflow, self.placing))
    }
}

/// What a stage asks for when it joins.
pub(super) fn wanted<E: 'static>(stage: &Stage<E>, after: &[String]) -> Wanted {
    Wanted {
        name: stage.name.clone(),
        writes: stage.writes,
        poller: matches!(stage.role, Role::Poller(_)),
        workers: stage.workers(),
        by_key: matches!(stage.role, Role::Pool(_, super::pool::Share::Key(_))),
        after: after.to_vec(),
    }
}

/// The slots, or nothing if there is no memory for them.
fn fill<E>(ring: usize, mut event: Box<dyn FnMut() -> E>) -> Option<Box<[UnsafeCell<E>]>> {
    let mut slots = Vec::new();
    slots.try_reserve_exact(ring).ok()?;
    slots.resize_with(ring, || UnsafeCell::new(event()));
    Some(slots.into_boxed_slice())
}

/// Some stages of a [`Builder`], for what follows them.
pub struct Group<'a, E, P = One> {
    builder: &'a mut Builder<E, P>,
    names: Vec<String>,
}

impl<E: Send + Sync + 'static, P: Publication + 'static> Group<'_, E, P> {
    /// Stages each of which waits on all of this group. Gives them as the next group.
    pub fn then(self, stages: impl IntoIterator<Item = Stage<E>>) -> Self {
        let Group { builder, names } = self.builder.add(stages, self.names);
        Group { builder, names }
    }

    /// As [`then`](Self::then).
    pub fn and_then(self, stages: impl IntoIterator<Item = Stage<E>>) -> Self {
        self.then(stages)
    }

    /// This group and those stages, by name, together.
    pub fn and<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.names.extend(names.into_iter().map(Into::into));
        self
    }
}

impl<E, P> fmt::Debug for Builder<E, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("name", &self.name)
            .field("ring", &self.ring)
            .field("stages", &self.stages)
            .finish_non_exhaustive()
    }
}

impl<E, P> fmt::Debug for Group<'_, E, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Group").field(&self.names).finish()
    }
}
