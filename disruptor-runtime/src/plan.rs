//! From a declaration to threads: what each stage's thread is to do, and how all start together or not at all.

use std::marker::PhantomData;

use crate::barrier::Barrier;
use crate::control::drop_quietly;
use crate::error::SpawnError;
use crate::memory::Memory;
use crate::own::OwnThread;
use crate::pipeline::Collect;
use crate::placement::{self, Cores, PRIORITIES, Placed, Placing, Seat};
use crate::roster::Roster;
use crate::run_plan::{Scheduling, ThreadPlan, Warning};
use crate::stage::{self, Apply, At, Keep, OnError, Stage, Tail};
use crate::sync::{Arc, Condvar, Mutex, PoisonError, lock};
use crate::wait::{Wait, Waiters};

/// The threads that a pipeline with the stages `S` is about to start.
pub struct Plan<'a, M: 'a, S: 'a> {
    memory: Arc<M>,
    stages: PhantomData<&'a S>,
    tasks: Vec<Task<'a>>,
}

/// What a thread does, given its number and its seat.
type Work<'a> = Box<dyn FnOnce(&Start, usize, &Seat) + Send + 'a>;

/// One thread.
pub(crate) struct Task<'a> {
    pub(crate) stage: &'static str,
    /// The words of the stages that run on it, the first one's first.
    pub(crate) words: Vec<usize>,
    pub(crate) thread: String,
    pub(crate) body: Work<'a>,
    pub(crate) seat: Seat,
    batch: Option<usize>,
    wait: String,
}

/// What is to be done with the slots once every thread has ended.
// Functions, and no methods of the plan: a trait of the user's could be meant by a method, and would have the plan.
pub fn collected<'a, H>(collect: impl FnOnce() -> H + Send + 'a) -> (Collect<'a, H>, ()) {
    collected_beside((), collect)
}

/// The same beside the pollers.
pub fn collected_beside<'a, H, L>(
    pollers: L,
    collect: impl FnOnce() -> H + Send + 'a,
) -> (Collect<'a, H>, L) {
    (Box::new(collect), pollers)
}

/// Where a stage's handler is put when its thread is through.
pub(crate) struct Slot<H>(Arc<Mutex<Option<H>>>);

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
    pub(crate) fn take(self) -> H {
        lock(&self.0).take().expect("the thread has ended and left its handler")
    }
}

impl<'a, M: Memory, All> Plan<'a, M, All> {
    pub(crate) fn new(memory: Arc<M>) -> Self {
        Self { memory, stages: PhantomData, tasks: Vec::new() }
    }

    pub(crate) fn memory(&self) -> &M {
        &self.memory
    }

    /// The memory, for a poller to hold.
    pub(crate) fn shared_memory(&self) -> Arc<M> {
        Arc::clone(&self.memory)
    }

    /// Adds a stage, which waits on `barrier` and on which those wait whose waits are `F`, and which `tail` follows on its thread.
    ///
    /// # Safety
    /// As for the stage's loop: `word` is used once, and `barrier` lets a sequence through only when the stage may touch its event
    /// as declared.
    pub(crate) unsafe fn stage<B, F, A, W, X, T>(
        &mut self,
        mut stage: Stage<A, W, X>,
        word: usize,
        barrier: B,
        mut tail: T,
    ) -> Slot<<A::Keep as Keep>::Back>
    where
        B: Barrier<M> + 'a,
        F: Waiters,
        A: Apply<M::Event> + 'a,
        W: Wait + 'a,
        X: OnError + Send + 'a,
        T: Tail<M> + 'a,
    {
        let roster = &self.memory.cold().control.roster;
        let at = self.at(word);
        let name = at.name;
        let worker = roster.label(word);
        let thread = match (&stage.options.name, roster.pipeline()) {
            (Some(name), _) => name.clone(),
            (None, "") => worker,
            (None, pipeline) => format!("{pipeline}/{worker}"),
        };
        let (core, batch, waits) = (stage.options.core, stage.options.batch, stage.wait.name());
        let mut words = vec![word];
        tail.words(&mut words);
        let slot = Slot::new();
        let handler = slot.clone();
        let memory = Arc::clone(&self.memory);
        let ended = words.clone();
        let body = Box::new(move |start: &Start, thread: usize, seat: &Seat| {
            // As long as the user's code runs here, what is dropped in the end included.
            let own = OwnThread::mark(&*memory, ended.clone());
            if start.ready(name, thread, seat) {
                // SAFETY: the caller's promise is handed on.
                unsafe { stage::run::<M, B, F, A, W, X, T>(&memory, at, &mut stage, &mut tail, barrier) };
            }
            let Stage { apply, wait, on_error, .. } = stage;
            handler.put(apply.into_keep().give_back());
            tail.give_back();
            drop_quietly(wait);
            drop_quietly(on_error);
            drop(own);
            ended.into_iter().for_each(|word| memory.cold().control.ended(word));
        });
        let seat = Seat { core, must: core.is_some(), ..Seat::default() };
        self.tasks.push(Task { stage: name, words, thread, body, seat, batch, wait: waits });
        slot
    }

    /// The stage whose word this is.
    pub(crate) fn at(&self, word: usize) -> At {
        At { name: self.memory.cold().control.roster.name_of(word), word }
    }

    /// The tasks, each with its seat, if what they ask for can be had; what of `placing` can only be wished for, and cannot be
    /// had, is said in `warnings`.
    pub(crate) fn into_tasks(
        mut self,
        placing: &Placing,
        warnings: &mut Vec<Warning>,
    ) -> Result<Vec<Task<'a>>, SpawnError> {
        let ring = self.memory.ring();
        let cores = placement::cores();
        if let Some(priority) = placing.priority
            && !PRIORITIES.contains(&priority)
        {
            return Err(SpawnError::NoSuchPriority { priority });
        }
        let mut threads: Vec<_> =
            self.tasks.iter_mut().map(|task| (task.thread.as_str(), &mut task.seat)).collect();
        match &placing.cores {
            Cores::Auto => placement::seat(&mut threads, warnings),
            Cores::List(given) if !given.is_empty() => {
                let without: Vec<_> = threads.iter_mut().filter(|(_, seat)| seat.core.is_none()).collect();
                if without.len() > given.len() {
                    return Err(SpawnError::TooFewCores { threads: without.len(), cores: given.clone() });
                }
                for ((_, seat), core) in without.into_iter().zip(given) {
                    (seat.core, seat.must) = (Some(*core), true);
                }
            }
            Cores::Unpinned | Cores::List(_) => placement::warn_of_inheritance(&threads, warnings),
        }
        threads.into_iter().for_each(|(_, seat)| seat.priority = placing.priority);
        for task in &self.tasks {
            if let Some(core) = task.seat.core
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

impl Task<'_> {
    /// What the thread is to run, before it has taken its seat.
    pub(crate) fn plan(&self, roster: &Roster, ring: usize) -> ThreadPlan {
        ThreadPlan {
            stages: self.words.iter().map(|word| roster.label(*word)).collect(),
            thread: self.thread.clone(),
            core: None,
            scheduling: Scheduling::Ordinary,
            wait: self.wait.clone(),
            after: roster.after(self.words[0]),
            batch: self.batch.filter(|batch| *batch < ring),
        }
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
    /// The threads that are there, by their numbers, and where they run.
    ready: Vec<(usize, Placed)>,
    refused: Option<&'static str>,
    go: Option<bool>,
}

impl Start {
    /// Called by each thread, which takes its seat; true if it may begin.
    fn ready(&self, stage: &'static str, thread: usize, seat: &Seat) -> bool {
        let placed = seat.take();
        let mut state = lock(&self.state);
        if seat.must && placed.moved {
            state.refused.get_or_insert(stage);
        }
        state.ready.push((thread, placed));
        self.changed.notify_all();
        loop {
            if let Some(go) = state.go {
                return go;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until so many threads have taken their seats, and says where they run, in their order; or gives a stage that
    /// could not be placed: then none must begin.
    pub(crate) fn gather(&self, threads: usize) -> Result<Vec<Placed>, &'static str> {
        let mut state = lock(&self.state);
        while state.ready.len() < threads {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(stage) = state.refused {
            return Err(stage);
        }
        let mut placed = std::mem::take(&mut state.ready);
        placed.sort_unstable_by_key(|(thread, _)| *thread);
        Ok(placed.into_iter().map(|(_, placed)| placed).collect())
    }

    /// Lets all begin.
    pub(crate) fn go(&self) {
        lock(&self.state).go = Some(true);
        self.changed.notify_all();
    }

    /// Lets nobody begin.
    pub(crate) fn call_off(&self) {
        lock(&self.state).go = Some(false);
        self.changed.notify_all();
    }
}
