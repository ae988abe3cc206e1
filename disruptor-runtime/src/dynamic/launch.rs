//! From what was built to threads that run.

use std::fmt;

use disruptor_topology::Topology;

use super::barrier::Upstreams;
use super::erased::{AnyPolicy, AnyWait, Back};
use super::gates::Gates;
use super::handlers::Handlers;
use super::memory::Dynamic;
use super::pollers::{Pollers, poller};
use super::pool::Worker;
use super::registry::{Joined, State};
use super::stage::{Role, Stage};
use super::stages::Stages;
use super::{DynamicProducer, One};
use crate::error::SpawnError;
use crate::memory::{Memory, Watch};
use crate::monitor::Monitor;
use crate::pipeline::start;
use crate::placement::Placing;
use crate::plan::{Plan, Slot, Task};
use crate::producer::{Overflow, Producer};
use crate::publication::Publication;
use crate::run_plan::{RunPlan, Warning};
use crate::running::Running;
use crate::stage::{Apply, Bound, Stop};
use crate::sync::{Arc, thread};

/// A pipeline that was built at run time and has not started.
#[must_use = "a pipeline does nothing before it is started with `spawn`"]
pub struct Built<E, P = One> {
    memory: Arc<Dynamic<E, P>>,
    stages: Vec<(Stage<E>, Joined)>,
    wait: AnyWait,
    producer_wait: AnyWait,
    overflow: Overflow,
    placing: Placing,
}

/// What `spawn_with_pollers` gives: the producer, the running pipeline, and the pollers.
type WithPollers<E, P> = (DynamicProducer<E, P>, Running<Handlers>, Pollers<E, P>);

impl<E: Send + Sync + 'static, P: Publication + 'static> Built<E, P> {
    pub(super) fn new(
        memory: Arc<Dynamic<E, P>>,
        stages: Vec<(Stage<E>, Joined)>,
        wait: AnyWait,
        producer_wait: AnyWait,
        overflow: Overflow,
        placing: Placing,
    ) -> Self {
        for (_, joined) in &stages {
            // Nothing is published yet: all begin with the first event.
            memory.add_gates(&joined.words, if joined.gates { &joined.words } else { &[] });
        }
        Self { memory, stages, wait, producer_wait, overflow, placing }
    }

    /// What was built: draw it with `{}`, `to_mermaid()` or `to_dot()`. It is kept for the life of the process, once for each
    /// topology that somebody asks for.
    #[must_use]
    pub fn topology(&self) -> &'static Topology {
        self.memory.cold().control.roster.topology()
    }

    /// A handle to add and remove stages with while the pipeline runs.
    #[must_use]
    pub fn stages(&self) -> Stages<E, P> {
        Stages::new(Arc::clone(&self.memory), self.wait.clone())
    }

    /// A handle to watch the pipeline with, and to end it from elsewhere.
    #[must_use]
    pub fn monitor(&self) -> Monitor {
        let memory: Arc<Dynamic<E, P>> = Arc::clone(&self.memory);
        Monitor::new(memory)
    }

    /// Starts the stages on threads of their own. When this returns, every thread runs and is pinned.
    ///
    /// # Errors
    /// [`SpawnError`], with nothing left behind; [`SpawnError::Pollers`] if there are pollers: they come from
    /// [`spawn_with_pollers`](Self::spawn_with_pollers).
    pub fn spawn(self) -> Result<(DynamicProducer<E, P>, Running<Handlers>), SpawnError> {
        let pollers: Vec<_> =
            (self.stages.iter()).filter(|(stage, _)| matches!(stage.role, Role::Poller(_))).collect();
        if !pollers.is_empty() {
            let stages = pollers.into_iter().map(|(stage, _)| stage.name.clone()).collect();
            return Err(SpawnError::Pollers { stages });
        }
        let (producer, running, _) = self.spawn_with_pollers()?;
        Ok((producer, running))
    }

    /// As [`spawn`](Self::spawn), and gives the pollers. Take all three apart in one `let`, so that pollers that nobody has taken
    /// elsewhere are dropped before the pipeline is joined.
    ///
    /// # Errors
    /// [`SpawnError`], with nothing left behind.
    pub fn spawn_with_pollers(self) -> Result<WithPollers<E, P>, SpawnError> {
        let Self { memory, stages, wait, producer_wait, overflow, placing } = self;
        // SAFETY: the gates are the stages that nobody follows, as `add_gates` and those who change them keep it; and this is
        // the only producer that is not a clone.
        let producer = unsafe { Producer::new(Arc::clone(&memory), Gates::default(), producer_wait) };
        let producer = producer.with_overflow(overflow);
        let mut plan = Plan::new(Arc::clone(&memory));
        let mut pollers = Pollers::new();
        let mut ids = Vec::new();
        for (stage, joined) in stages {
            if let Role::Poller(on_drop) = stage.role {
                let wait = stage.wait.map_or(wait.clone(), |own| own.in_pipeline(memory.wakes()));
                // SAFETY: the registry gives each word once, and what is waited on.
                let poller = unsafe { poller(Arc::clone(&memory), &joined, wait, on_drop) };
                pollers.add(stage.name, poller);
            } else {
                ids.push((joined.id, launch(&mut plan, stage, &joined, &wait)));
            }
        }
        let mut warnings = Vec::new();
        let tasks = plan.into_tasks(&placing, &mut warnings)?;
        let plan = run_plan(&memory, &tasks, warnings);
        let mut threads = Vec::with_capacity(tasks.len());
        let started = start(&*memory, tasks, plan, |name, body| {
            threads.push(thread::Builder::new().name(name).spawn(body)?);
            Ok(())
        });
        {
            let mut registry = memory.registry();
            for (id, handlers) in ids {
                if let Some(member) = registry.member(id) {
                    (member.handlers, member.state) = (handlers, State::Live);
                }
            }
            registry.started = started.is_ok();
        }
        let collect = Arc::clone(&memory);
        let running = Running::new(memory, threads, Box::new(move || Handlers::collect(&*collect)));
        match started {
            Ok(()) => Ok((producer, running, pollers)),
            Err(error) => {
                drop(pollers);
                drop(producer);
                drop(running);
                Err(error)
            }
        }
    }
}

/// Plans the threads of a stage. Gives where its handlers will be.
pub(super) fn launch<E: Send + Sync + 'static, P: Publication + 'static>(
    plan: &mut Plan<'static, Dynamic<E, P>, ()>,
    stage: Stage<E>,
    joined: &Joined,
    wait: &AnyWait,
) -> Vec<Slot<Back>> {
    let Stage { role, wait: own, on_error, batch, cores, thread, .. } = stage;
    let wait = own.map_or_else(|| wait.clone(), |own| own.in_pipeline(plan.memory().wakes()));
    let on_error = on_error.unwrap_or_else(|| AnyPolicy::new(Stop));
    let thread = |worker: Option<usize>| match (&thread, worker) {
        (Some(name), Some(worker)) => Some(format!("{name}[{worker}]")),
        (name, _) => name.clone(),
    };
    let options = |at: usize, name| Given { batch, core: cores.get(at).copied(), name };
    match role {
        Role::One(handler) => {
            // SAFETY: as `one` asks for it: the registry gives each word once, and what is waited on.
            let slot = unsafe { one(plan, handler, joined, 0, (wait, on_error), options(0, thread(None))) };
            vec![slot]
        }
        Role::Pool(workers, share) => {
            let count = workers.len();
            let start = |(at, handler)| {
                let (waits, options) = ((wait.clone(), on_error.clone()), options(at, thread(Some(at))));
                // SAFETY: as above. The registry has refused workers that write and share by a key.
                unsafe {
                    let worker = Worker::new(handler, share.clone(), at, count);
                    one(plan, worker, joined, at, waits, options)
                }
            };
            workers.into_iter().enumerate().map(start).collect()
        }
        Role::Poller(_) => unreachable!("a poller has no thread"),
    }
}

/// What was said of a thread.
struct Given {
    batch: Option<usize>,
    core: Option<usize>,
    name: Option<String>,
}

/// Plans one thread of a stage.
///
/// # Safety
/// Its word is used once, and what `joined` says that the stage waits on implies the order in which it may touch the events.
unsafe fn one<E, P, A>(
    plan: &mut Plan<'static, Dynamic<E, P>, ()>,
    apply: A,
    joined: &Joined,
    at: usize,
    (wait, on_error): (AnyWait, AnyPolicy),
    Given { batch, core, name }: Given,
) -> Slot<Back>
where
    E: Send + Sync + 'static,
    P: Publication + 'static,
    A: Apply<E> + Bound<Keep: crate::stage::Keep<Back = Back>> + 'static,
{
    let word = joined.words[at];
    let mut stage = crate::stage::Stage::new(apply).wait(wait).on_error(on_error);
    if let Some(batch) = batch {
        stage = stage.batch(batch);
    }
    if let Some(core) = core {
        stage = stage.core(core);
    }
    if let Some(name) = name {
        stage = stage.name(name);
    }
    let upstreams = Upstreams::new(word, &joined.upstreams);
    // SAFETY: the caller's promise is handed on.
    unsafe { plan.stage::<_, AnyWait, _, _, _, _>(stage, word, upstreams, ()) }
}

/// What is about to start.
pub(super) fn run_plan<E: Send + Sync, P: Publication>(
    memory: &Dynamic<E, P>,
    tasks: &[Task<'_>],
    warnings: Vec<Warning>,
) -> RunPlan {
    let (roster, ring) = (&memory.cold().control.roster, memory.ring());
    let threads = tasks.iter().map(|task| task.plan(roster, ring)).collect();
    RunPlan { pipeline: roster.pipeline().to_owned(), ring, huge_bytes: None, threads, warnings }
}

impl<E, P> fmt::Debug for Built<E, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Built").field("stages", &self.stages).finish_non_exhaustive()
    }
}
