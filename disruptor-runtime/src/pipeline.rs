//! A pipeline that has not started, and its two ways to start.

use std::marker::PhantomData;

use disruptor_topology::{StageRow, Topology};

use crate::Sequence;
use crate::barrier::Barrier;
use crate::error::{RunError, SpawnError};
use crate::failure::Failure;
use crate::memory::{Core, Memory, Watch, begin_at};
use crate::observe::trace;
use crate::placement::{Cores, HugePages, Placing};
use crate::plan::{Plan, Start, Task};
use crate::poller::NoPollers;
use crate::producer::{Overflow, Producer};
use crate::publication::{Multi, Publication, Single};
use crate::run_plan::RunPlan;
use crate::running::Running;
use crate::stage::Ring;
use crate::sync::{Arc, thread};
use crate::wait::{Wait, Waiters};

/// The stages of a declaration, as the macro writes them.
///
/// # Safety
/// `STAGES` is true; [`launch`](Self::launch) adds exactly these stages, each on words of its own and waiting on a barrier that implies the declared
/// order and touching of the events what it declares, such that no two stages that may run at the same time both write a part
/// of an event or one writes what the other reads; and `Gates` lets a sequence through only when every stage is through with
/// it.
pub unsafe trait Stages<M: Memory, W: Wait> {
    /// The pipeline's name.
    const NAME: &'static str = "";
    /// What is declared of the stages.
    const STAGES: &'static [StageRow];
    /// What holds back the producer.
    type Gates: Barrier<M> + Default;
    /// The waits of the first stages.
    type First: Waiters;
    /// The handlers, by the names of their stages.
    type Handlers;
    /// The pollers, by the names of their stages; `()` if there are none.
    type Pollers;

    /// Adds every stage, and gives what collects the handlers in the end, and the pollers.
    ///
    /// # Safety
    /// The plan is that of a pipeline with these stages, and has none yet.
    unsafe fn launch<'a>(self, plan: &mut Plan<'a, M, Self>) -> (Collect<'a, Self::Handlers>, Self::Pollers)
    where
        Self: Sized;
}

/// A pipeline that was declared with a name: what of it the macro gives a name, too.
pub trait Named {
    /// Its producer.
    type Producer;
    /// Its pollers; `()` if there are none.
    type Pollers;
}

/// Collects the handlers once every thread has ended.
pub type Collect<'a, H> = Box<dyn FnOnce() -> H + Send + 'a>;

/// The producer of a pipeline with the stages `S`.
type ProducerOf<S, M, W> = Producer<M, <S as Stages<M, W>>::Gates, W, <S as Stages<M, W>>::First>;

/// What `spawn` gives: the producer, and the running pipeline.
type Started<S, M, W> = (ProducerOf<S, M, W>, Running<<S as Stages<M, W>>::Handlers>);

/// What `spawn_with_pollers` gives: the pollers, too.
type WithPollers<S, M, W> =
    (ProducerOf<S, M, W>, Running<<S as Stages<M, W>>::Handlers>, <S as Stages<M, W>>::Pollers);

/// What a pipeline with the stages `S` has ready before it starts.
type PreparedOf<'a, S, M, W> =
    Prepared<'a, M, ProducerOf<S, M, W>, <S as Stages<M, W>>::Handlers, <S as Stages<M, W>>::Pollers>;

/// A declared pipeline that has not started: what `disruptor!` evaluates to.
///
/// Start it with [`spawn`](Self::spawn), which gives a producer and a handle of the running pipeline, or with
/// [`run`](Self::run), which lets the handlers borrow.
#[must_use = "a pipeline does nothing before it is started with `spawn` or `run`"]
pub struct Pipeline<S, I, E, P, W, const N: usize, const COUNT: usize> {
    stages: S,
    event: I,
    wait: W,
    placing: Placing,
    overflow: Overflow,
    first: Sequence,
    ring: Ring<E, N, COUNT>,
    publication: PhantomData<fn() -> P>,
}

impl<S, I, E, P, W, const N: usize, const COUNT: usize> Pipeline<S, I, E, P, W, N, COUNT>
where
    S: Stages<Core<E, P, N, COUNT>, W>,
    I: FnMut() -> E,
    P: Publication,
    W: Wait,
{
    /// Pins the threads that have no core of their own: the first stage's to the first of these cores, and so on, in the order in
    /// which the stages stand in the chains. The setting `cores` does this; here it may be decided at run time.
    pub fn cores(mut self, cores: impl IntoIterator<Item = usize>) -> Self {
        self.placing.cores = Cores::List(cores.into_iter().collect());
        self
    }

    /// Pins the threads that have no core of their own to cores chosen here: isolated cores first, one thread of a core before
    /// the next one of the same core, near the calling thread, whose core is left free for it to publish from. The setting
    /// `cores: auto` does this.
    ///
    /// Chosen are cores that the calling thread may use, and isolated ones. (A calling thread that is pinned to one core counts as if
    /// it might use all that its container or group has.) It never fails: where there are fewer cores than threads, and where
    /// the system refuses one, threads stay unpinned, and the [plan](Running::plan) has a warning.
    pub fn auto_cores(mut self) -> Self {
        self.placing.cores = Cores::Auto;
        self
    }

    /// Gives the stages' threads a real-time priority, 1 to 99: they run before all that has a lower one or none, until they wait
    /// (Linux, `SCHED_FIFO`). Where the system refuses, they run as they did, and the [plan](Running::plan) has a warning. The
    /// setting `priority` does this.
    ///
    /// Such a thread with a wait that never sleeps leaves nothing of its core to others: pin it to one that nobody else needs.
    pub fn priority(mut self, priority: u8) -> Self {
        self.placing.priority = Some(priority);
        self
    }

    /// Asks for huge pages behind the ring, if so `wanted` (Linux): fewer misses of the page table where a ring has many megabytes.
    /// What could not be had of them is a warning in the [plan](Running::plan). The setting `huge_pages` does this.
    pub fn huge_pages(mut self, wanted: bool) -> Self {
        self.placing.huge_pages = wanted;
        self
    }

    /// What becomes of an event that is offered ([`Producer::offer`]) while the ring is full. The setting `overflow` does this;
    /// here it may be decided at run time.
    pub fn overflow(mut self, rule: Overflow) -> Self {
        self.overflow = rule;
        self
    }

    /// Has the stream begin with this sequence in place of 0: for tests of high sequences.
    #[doc(hidden)]
    pub fn begin_at(mut self, first: Sequence) -> Self {
        self.first = first;
        self
    }

    /// What is declared, as a constant to be drawn.
    pub const TOPOLOGY: &'static Topology =
        &Topology { name: S::NAME, ring: N, producers: P::PRODUCERS, stages: S::STAGES };

    /// What is declared: draw it with `{}`, `to_mermaid()` or `to_dot()`.
    pub fn topology(&self) -> &'static Topology {
        Self::TOPOLOGY
    }

    /// Starts the stages on threads of their own.
    ///
    /// The ring is allocated and filled here; from now on nothing is. When this returns, every thread runs and is pinned.
    ///
    /// # Errors
    /// [`SpawnError`], with nothing left behind: a core or a priority that is not there, a thread that cannot be had, a batch
    /// limit beyond the ring.
    ///
    /// # Panics
    /// If the expression that fills the slots does.
    pub fn spawn(self) -> Result<Started<S, Core<E, P, N, COUNT>, W>, SpawnError>
    where
        S: Stages<Core<E, P, N, COUNT>, W, Pollers: NoPollers> + 'static,
        E: 'static,
        P: 'static,
    {
        let (producer, running, _) = self.spawn_with_pollers()?;
        Ok((producer, running))
    }

    /// As [`spawn`](Self::spawn), and gives the [pollers](crate::Poller) of the stages that have the option `poll`: a struct with a field
    /// for each, called like its stage.
    ///
    /// Take all three apart in one `let`, so that pollers that nobody has taken elsewhere are dropped before the pipeline is
    /// joined: it waits for them.
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn).
    ///
    /// # Panics
    /// As [`spawn`](Self::spawn).
    pub fn spawn_with_pollers(self) -> Result<WithPollers<S, Core<E, P, N, COUNT>, W>, SpawnError>
    where
        S: 'static,
        E: 'static,
        P: 'static,
    {
        let Prepared { producer, memory, tasks, collect, pollers, plan } = self.prepare()?;
        let mut threads = Vec::with_capacity(tasks.len());
        let started = start(&*memory, tasks, plan, |name, body| {
            threads.push(thread::Builder::new().name(name).spawn(body)?);
            Ok(())
        });
        let running = Running::new(memory, threads, collect);
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

    /// Runs the pipeline on scoped threads while `feed` publishes: the handlers, and the events, may borrow what outlives the
    /// call. When `feed` returns, what it published is handled to the end.
    ///
    /// Gives what `feed` returned, and the handlers.
    ///
    /// # Errors
    /// [`RunError::Spawn`] as from [`spawn`](Self::spawn), before `feed` is called; [`RunError::Failed`] if a stage failed.
    ///
    /// # Panics
    /// If `feed` does, after everything that it had published has been handled.
    // The checkers' threads are not scoped.
    #[cfg(not(any(loom, shuttle)))]
    pub fn run<R>(
        self,
        feed: impl FnOnce(&mut ProducerOf<S, Core<E, P, N, COUNT>, W>) -> R,
    ) -> Result<(R, S::Handlers), RunError>
    where
        S: Stages<Core<E, P, N, COUNT>, W, Pollers: NoPollers>,
    {
        self.run_with_pollers(|producer, _| feed(producer))
    }

    /// As [`run`](Self::run), and gives `feed` the pollers, too, as [`spawn_with_pollers`](Self::spawn_with_pollers) does. Those that
    /// it has not dropped are dropped when it returns; one that it gives away, in what it returns or by `mem::forget`, is waited for.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    ///
    /// # Panics
    /// As [`run`](Self::run).
    // As above.
    #[cfg(not(any(loom, shuttle)))]
    pub fn run_with_pollers<R>(
        self,
        feed: impl FnOnce(&mut ProducerOf<S, Core<E, P, N, COUNT>, W>, S::Pollers) -> R,
    ) -> Result<(R, S::Handlers), RunError> {
        let Prepared { mut producer, memory, tasks, collect, pollers, plan } = self.prepare()?;
        let fed = thread::scope(|scope| {
            // Whatever ends the scope, clones of the producer that `feed` gave away included, ends the stages.
            let close = CloseOnDrop(&*memory);
            start(&*memory, tasks, plan, |name, body| {
                thread::Builder::new().name(name).spawn_scoped(scope, body).map(drop)
            })?;
            let fed = feed(&mut producer, pollers);
            drop(producer);
            drop(close);
            Ok::<R, SpawnError>(fed)
        })?;
        match memory.control().failure() {
            Some(failure) => Err(RunError::Failed(failure)),
            None => Ok((fed, collect())),
        }
    }

    fn prepare<'a>(self) -> Result<PreparedOf<'a, S, Core<E, P, N, COUNT>, W>, SpawnError>
    where
        S: 'a,
        E: 'a,
        P: 'a,
    {
        let mut pages = HugePages::new(self.placing.huge_pages);
        let memory = Core::new(self.ring, Self::TOPOLOGY, self.event, &mut pages);
        if self.first > 0 {
            begin_at(&*memory, self.first);
        }
        // SAFETY: `Stages` promises that the gates imply that every stage is through, and this is the only producer that is
        // not a clone.
        let producer = unsafe { Producer::new(Arc::clone(&memory), S::Gates::default(), self.wait) };
        let producer = producer.with_overflow(self.overflow);
        let mut plan = Plan::new(Arc::clone(&memory));
        // SAFETY: the plan was made for these stages, and is empty.
        let (collect, pollers) = unsafe { self.stages.launch(&mut plan) };
        let (huge_bytes, mut warnings) = pages.made();
        let tasks = plan.into_tasks(&self.placing, &mut warnings)?;
        let roster = &memory.cold().control.roster;
        let threads = tasks.iter().map(|task| task.plan(roster, N)).collect();
        let plan = RunPlan { pipeline: S::NAME.to_owned(), ring: N, huge_bytes, threads, warnings };
        Ok(Prepared { producer, memory, tasks, collect, pollers, plan })
    }
}

/// A pipeline with one producer.
///
/// # Safety
/// `stages` was made by the macro, of stages bound as they are declared.
pub unsafe fn single<E, S, I, W, const N: usize, const COUNT: usize>(
    ring: Ring<E, N, COUNT>,
    stages: S,
    event: I,
    wait: W,
) -> Pipeline<S, I, E, Single, W, N, COUNT>
where
    S: Stages<Core<E, Single, N, COUNT>, W>,
    I: FnMut() -> E,
    W: Wait,
{
    Pipeline {
        stages,
        event,
        wait,
        placing: Placing::default(),
        overflow: Overflow::default(),
        first: 0,
        ring,
        publication: PhantomData,
    }
}

/// What stands for [`single`] where the declaration was refused: of the same type, and never run. It stands beside a compile
/// error; where that was hidden, as by a crate called `core`, this is one itself.
///
/// # Panics
/// Always.
pub fn refused_single<E, S, I, W, const N: usize, const COUNT: usize>(
    _: Ring<E, N, COUNT>,
    _: S,
    _: I,
    _: W,
) -> Pipeline<S, I, E, Single, W, N, COUNT>
where
    S: Stages<Core<E, Single, N, COUNT>, W>,
    I: FnMut() -> E,
    W: Wait,
{
    const { refused(N) }
}

/// The same for [`multi`].
///
/// # Panics
/// Always.
pub fn refused_multi<E, S, I, W, const N: usize, const COUNT: usize>(
    _: Ring<E, N, COUNT>,
    _: S,
    _: I,
    _: W,
) -> Pipeline<S, I, E, Multi<N>, W, N, COUNT>
where
    S: Stages<Core<E, Multi<N>, N, COUNT>, W>,
    I: FnMut() -> E,
    W: Wait,
{
    const { refused(N) }
}

/// The size of a ring is a part of the question, so that it is asked for those pipelines alone that would be built.
const fn refused(_ring: usize) -> ! {
    panic!("this pipeline's declaration was refused, and something hides the compile error that says why")
}

/// A pipeline with many producers.
///
/// # Safety
/// As of [`single`].
pub unsafe fn multi<E, S, I, W, const N: usize, const COUNT: usize>(
    ring: Ring<E, N, COUNT>,
    stages: S,
    event: I,
    wait: W,
) -> Pipeline<S, I, E, Multi<N>, W, N, COUNT>
where
    S: Stages<Core<E, Multi<N>, N, COUNT>, W>,
    I: FnMut() -> E,
    W: Wait,
{
    Pipeline {
        stages,
        event,
        wait,
        placing: Placing::default(),
        overflow: Overflow::default(),
        first: 0,
        ring,
        publication: PhantomData,
    }
}

/// What is ready to start.
struct Prepared<'a, M, Q, H, L> {
    producer: Q,
    memory: Arc<M>,
    tasks: Vec<Task<'a>>,
    collect: Collect<'a, H>,
    pollers: L,
    plan: RunPlan,
}

struct CloseOnDrop<'a>(&'a dyn Watch);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

struct CallOff<'a>(&'a Start);

impl Drop for CallOff<'_> {
    fn drop(&mut self) {
        self.0.call_off();
    }
}

/// A task's body once it knows where it starts.
type Body<'a> = Box<dyn FnOnce() + Send + 'a>;

/// Starts every task with `thread`, and waits until all are placed.
pub(crate) fn start<'a>(
    memory: &dyn Watch,
    tasks: Vec<Task<'a>>,
    mut plan: RunPlan,
    mut thread: impl FnMut(String, Body<'a>) -> std::io::Result<()>,
) -> Result<(), SpawnError> {
    let start = Arc::new(Start::default());
    // If starting a thread panics, those that wait for the others must not wait for ever.
    let call_off = CallOff(&start);
    let count = tasks.len();
    let seats: Vec<_> = tasks.iter().map(|task| (task.stage, task.seat.clone())).collect();
    for (number, Task { stage, words, thread: name, body, seat, .. }) in tasks.into_iter().enumerate() {
        words.iter().for_each(|word| memory.control().started(*word));
        let gathering = Arc::clone(&start);
        if let Err(source) = thread(name, Box::new(move || body(&gathering, number, &seat))) {
            words.iter().for_each(|word| memory.control().ended(*word));
            return Err(SpawnError::Thread { stage, source });
        }
    }
    let placed = start.gather(count).map_err(|stage| {
        let core = seats.iter().find(|(name, _)| *name == stage).and_then(|(_, seat)| seat.core);
        SpawnError::PinRefused { stage, core: core.unwrap_or_default() }
    })?;
    plan.seated(seats.iter().map(|(_, seat)| seat).zip(&placed));
    // Before the first event: whoever watches from a handler finds the plan.
    memory.control().set_plan(plan);
    trace::started(&memory.control().plan());
    start.go();
    std::mem::forget(call_off);
    Ok(())
}

/// The first failure of a pipeline that has ended, if there was one.
pub(crate) fn verdict(memory: &dyn Watch) -> Result<(), Failure> {
    memory.control().failure().map_or(Ok(()), Err)
}
