//! From a declaration to threads: what each stage's thread is to do, and how all start together or not at all.

use std::marker::PhantomData;
use std::sync::PoisonError;

use crate::barrier::Barrier;
use crate::control::drop_quietly;
use crate::error::SpawnError;
use crate::memory::Memory;
use crate::pipeline::Collect;
use crate::placement;
use crate::stage::{self, Apply, OnError, Stage, Tail};
use crate::sync::{Arc, Condvar, Mutex, lock};
use crate::wait::{Wait, Waiters};

/// The threads that a pipeline with the stages `S` is about to start.
pub struct Plan<'a, M: 'a, S: 'a> {
    memory: Arc<M>,
    stages: PhantomData<&'a S>,
    tasks: Vec<Task<'a>>,
}

/// One thread.
pub(crate) struct Task<'a> {
    pub(crate) stage: &'static str,
    /// The stages that run on it, the first one's first.
    pub(crate) ids: Vec<usize>,
    pub(crate) thread: String,
    pub(crate) body: Box<dyn FnOnce(&Start) + Send + 'a>,
    core: Option<usize>,
    batch: Option<usize>,
}

impl Task<'_> {
    pub(crate) fn core(&self) -> Option<usize> {
        self.core
    }
}

impl<'a, M, All> Plan<'a, M, All> {
    /// What is to be done with the slots once every thread has ended.
    pub fn collect<H>(&self, collect: impl FnOnce() -> H + Send + 'a) -> Collect<'a, H> {
        Box::new(collect)
    }
}

/// Where a stage's handler is put when its thread is through.
pub struct Slot<H>(Arc<Mutex<Option<H>>>);

impl<H> Clone for Slot<H> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<H> Slot<H> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }

    pub(crate) fn put(&self, handler: H) {
        *lock(&self.0) = Some(handler);
    }

    /// The handler.
    ///
    /// # Panics
    /// If the stage's thread has not ended: only this crate calls it, and only afterwards.
    #[must_use]
    pub fn take(self) -> H {
        lock(&self.0).take().expect("the thread has ended and left its handler")
    }
}

impl<'a, M: Memory, All> Plan<'a, M, All> {
    pub(crate) fn new(memory: Arc<M>) -> Self {
        Self { memory, stages: PhantomData, tasks: Vec::new() }
    }

    /// Adds a stage, which waits on `B` and on which those wait whose waits are `F`, and which `tail` follows on its thread.
    ///
    /// # Safety
    /// As for the stage's loop: `ID` is used once, and `B` lets a sequence through only when the stage may touch its event
    /// as declared.
    pub(crate) unsafe fn stage<const ID: usize, B, F, A, W, X, T>(
        &mut self,
        mut stage: Stage<A, W, X>,
        mut tail: T,
    ) -> Slot<A::Handler>
    where
        B: Barrier<M>,
        F: Waiters,
        A: Apply<M::Event> + 'a,
        W: Wait + 'a,
        X: OnError + Send + 'a,
        T: Tail<M> + 'a,
    {
        let topology = self.memory.cold().control.topology;
        let name = topology.stages[ID].name;
        let thread = match (&stage.options.name, topology.name) {
            (Some(name), _) => name.clone(),
            (None, "") => name.to_owned(),
            (None, pipeline) => format!("{pipeline}/{name}"),
        };
        let (core, batch) = (stage.options.core, stage.options.batch);
        let mut ids = vec![ID];
        tail.ids(&mut ids);
        let slot = Slot::new();
        let handler = slot.clone();
        let memory = Arc::clone(&self.memory);
        let ended = ids.clone();
        let body = Box::new(move |start: &Start| {
            if start.ready(core.is_none_or(placement::pin).then_some(()).ok_or(name)) {
                // SAFETY: the caller's promise is handed on.
                unsafe { stage::run::<M, B, F, A, W, X, T, ID>(&memory, &mut stage, &mut tail) };
            }
            let Stage { apply, wait, on_error, .. } = stage;
            handler.put(apply.into_handler());
            tail.give_back();
            drop_quietly((wait, on_error));
            ended.into_iter().for_each(|id| memory.cold().control.ended(id));
        });
        self.tasks.push(Task { stage: name, ids, thread, body, core, batch });
        slot
    }

    /// The tasks, if what they ask for can be had.
    pub(crate) fn into_tasks(self) -> Result<Vec<Task<'a>>, SpawnError> {
        let ring = self.memory.ring();
        let cores = placement::cores();
        for task in &self.tasks {
            if let Some(core) = task.core
                && !cores.contains(&core)
            {
                return Err(SpawnError::NoSuchCore { stage: task.stage, core, cores });
            }
            if task.thread.contains('\0') {
                return Err(SpawnError::ThreadName { stage: task.stage, name: task.thread.clone() });
            }
            if let Some(batch) = task.batch
                && !(1..=ring).contains(&batch)
            {
                return Err(SpawnError::BatchLimit { stage: task.stage, batch, ring });
            }
        }
        Ok(self.tasks)
    }
}

/// Where threads meet before the first event: all are there and placed, or none begins.
#[derive(Debug, Default)]
pub(crate) struct Start {
    state: Mutex<Gathering>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Gathering {
    ready: usize,
    refused: Option<&'static str>,
    go: Option<bool>,
}

impl Start {
    /// Called by each thread; true if it may begin.
    fn ready(&self, placed: Result<(), &'static str>) -> bool {
        let mut state = lock(&self.state);
        state.ready += 1;
        if let Err(stage) = placed {
            state.refused.get_or_insert(stage);
        }
        self.changed.notify_all();
        loop {
            if let Some(go) = state.go {
                return go;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for so many threads and lets them begin; or gives the stage that could not be placed, and lets none begin.
    pub(crate) fn go(&self, threads: usize) -> Result<(), &'static str> {
        let mut state = lock(&self.state);
        while state.ready < threads {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.go = Some(state.refused.is_none());
        self.changed.notify_all();
        state.refused.map_or(Ok(()), Err)
    }

    /// Lets nobody begin.
    pub(crate) fn call_off(&self) {
        lock(&self.state).go = Some(false);
        self.changed.notify_all();
    }
}
