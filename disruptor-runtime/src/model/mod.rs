//! Models: the shipped parts, small enough for loom to run them in every order of their threads, up to a bound.
//!
//! Nothing here is a copy. A model has the shipped memory with a ring of two slots, shipped producers, and threads that run the
//! shipped loop of a stage, which is what a started pipeline has; pipelines that are built at run time are used as anybody would.
//! Only their start, where threads meet before the first event, is left out of the search. What each model bounds is said where it
//! stands; what is bounded in all of them, in `docs/models.md`.
//!
//! The ring's events are loom's cells: a slot that is read or written without an order between the two accesses ends the
//! model, as does a thread that waits for ever. What stages caught of such a panic is found by [`Model::ends_well`].

mod abort;
mod barriers;
mod blocking;
mod built;
mod declared;
mod failure;
mod multi;
mod release;
mod single;
mod stop;
#[cfg(feature = "async")]
mod tasks;

use disruptor_topology::{Producers, StageRow, Topology};
use loom::cell;

use crate::Sequence;
use crate::barrier::Barrier;
use crate::failure::Failure;
use crate::memory::{Core, Memory, Watch};
use crate::placement::HugePages;
use crate::poller::{OnDrop, Poller, Wake, WholeEvent};
use crate::producer::Producer;
use crate::publication::{Multi, Publication, Single};
use crate::stage::{At, ByMut, ByRef, HandleMut, Handler, Stage, event, given, ring, run};
use crate::sync::{Arc, Ordering, Tally, thread};
use crate::wait::{Wait, Waiters, Yielding};

/// The slots of every ring here: the fewest with which a batch can wrap.
const RING: usize = 2;

/// Runs a model in every order of its threads in which at most so many of them are interrupted where they could have gone on;
/// `LOOM_MAX_PREEMPTIONS` says it otherwise.
fn check(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    builder.max_branches = 10_000;
    let orders = Arc::new(Tally::new(0));
    let tried = Arc::clone(&orders);
    builder.check(move || {
        tried.fetch_add(1, Ordering::Relaxed);
        model();
    });
    println!("{} orders", orders.load(Ordering::Relaxed));
}

/// The same for a model whose search takes minutes: with fewer interruptions in the gate, and with `all` of them by `ci/loom --all`, which
/// sets `LOOM_ALL`. What the mutations of such a model break is noticed with the fewer.
fn check_long(gate: usize, all: usize, model: impl Fn() + Sync + Send + 'static) {
    check(if std::env::var_os("LOOM_ALL").is_some() { all } else { gate }, model);
}

/// What stands in a slot.
#[derive(Debug, Default)]
pub(super) struct Event(cell::UnsafeCell<u64>);

// SAFETY: loom ends a model in which two threads reach the value at the same time, and one of them writes.
unsafe impl Sync for Event {}

impl Event {
    fn set(&mut self, value: u64) {
        // SAFETY: as above.
        self.0.with_mut(|place| unsafe { *place = value });
    }

    fn get(&self) -> u64 {
        // SAFETY: as above.
        self.0.with(|place| unsafe { *place })
    }
}

/// A declared pipeline's memory.
struct Model<P, const STAGES: usize>(Arc<Core<Event, P, RING, STAGES>>);

/// Its producer.
type Producing<P, G, W, F, const STAGES: usize> = Producer<Core<Event, P, RING, STAGES>, G, W, F>;

/// A poller of it.
type Polled<P, B, W, const STAGES: usize> = Poller<Core<Event, P, RING, STAGES>, B, W, WholeEvent>;

/// A thread that runs a stage, and what it has read.
type Running = thread::JoinHandle<Vec<u64>>;

const fn row(name: &'static str) -> StageRow {
    StageRow { name, after: &[], gates: false, access: &[], workers: 1 }
}

/// Of which the models take no more than the names.
static STAGES: Topology =
    Topology { name: "", ring: RING, producers: Producers::Single, stages: &[row("a"), row("b"), row("c")] };

impl<const STAGES: usize> Model<Single, STAGES> {
    fn single() -> Self {
        Self::new()
    }
}

impl<const STAGES: usize> Model<Multi<RING>, STAGES> {
    fn multi() -> Self {
        Self::new()
    }
}

impl<P: Publication + 'static, const STAGES: usize> Model<P, STAGES> {
    fn new() -> Self {
        let ring = ring(event::<Event>());
        Self(Core::new(ring, &self::STAGES, Event::default, &mut HugePages::new(false)))
    }

    /// The first producer: `G` holds it back, it waits as `wait` does, and `F` are the waits of the first stages.
    fn producer<G, F: Waiters, W: Wait>(&self, wait: W) -> Producing<P, G, W, F, STAGES>
    where
        G: Barrier<Core<Event, P, RING, STAGES>> + Default,
    {
        // SAFETY: each model names as the gates those stages that no other follows, and asks once.
        unsafe { Producer::new(Arc::clone(&self.0), G::default(), wait) }
    }

    /// A producer that gives way while it waits, with first stages that do.
    fn yielding<G>(&self) -> Producing<P, G, Yielding, Yielding, STAGES>
    where
        G: Barrier<Core<Event, P, RING, STAGES>> + Default,
    {
        self.producer(Yielding::default())
    }

    /// A stage that keeps the values of the events that it gets: it waits on `B`, and those on it whose waits are `F`.
    fn reads<B, F: Waiters>(&self, word: usize, wait: impl Wait) -> Running
    where
        B: Barrier<Core<Event, P, RING, STAGES>> + Default,
    {
        self.handles::<B, F, _>(word, wait, |_| ())
    }

    /// The same, and each value is shown to `handle`, which may fail or let go of it.
    fn handles<B, F: Waiters, R: crate::stage::Outcome>(
        &self,
        word: usize,
        wait: impl Wait,
        mut handle: impl FnMut(u64) -> R + Send + 'static,
    ) -> Running
    where
        B: Barrier<Core<Event, P, RING, STAGES>> + Default,
    {
        let memory = Arc::clone(&self.0);
        thread::spawn(move || {
            let mut seen = Vec::new();
            let handler = |event: &Event, _: Sequence, _: bool| {
                let value = event.get();
                let outcome = handle(value);
                seen.push(value);
                outcome
            };
            run_stage::<_, B, F, _>(&memory, word, handler, wait);
            seen
        })
    }

    /// A stage that multiplies each event's value by ten.
    fn writes<B, F: Waiters>(&self, word: usize, wait: impl Wait) -> thread::JoinHandle<()>
    where
        B: Barrier<Core<Event, P, RING, STAGES>> + Default,
    {
        let memory = Arc::clone(&self.0);
        thread::spawn(move || {
            let handler = |event: &mut Event| {
                let value = event.get();
                event.set(value * 10);
            };
            run_writing_stage::<_, B, F, _, _>(&memory, word, handler, wait);
        })
    }

    /// A poller, which waits on `B`, and before those whose waits are `F`.
    fn poller<B, F: Waiters, W: Wait>(&self, word: usize, wait: W, on_drop: OnDrop) -> Polled<P, B, W, STAGES>
    where
        B: Barrier<Core<Event, P, RING, STAGES>> + Default,
    {
        let waits = (wait, Wake::of::<F>());
        // SAFETY: each model gives a word to one stage or poller, with a barrier that lets it read what the models have it read.
        unsafe { Poller::new(Arc::clone(&self.0), word, B::default(), waits, WholeEvent, on_drop) }
    }

    fn failure(&self) -> Option<Failure> {
        self.0.control().failure()
    }

    /// No stage has failed: not of itself, nor of what loom has found on its thread.
    fn ends_well(&self) {
        assert!(self.failure().is_none(), "{:?}", self.failure());
    }
}

/// Runs the shipped loop with a handler that reads.
fn run_stage<M, B, F, H>(memory: &M, word: usize, handler: H, wait: impl Wait)
where
    M: Memory<Event = Event>,
    B: Barrier<M> + Default,
    F: Waiters,
    H: Handler<Event> + Send,
{
    let mut stage = Stage::new(ByRef::new(given(handler))).wait(wait);
    let at = At { name: STAGES.stages[word].name, word };
    // SAFETY: each model gives a word to one stage, with a barrier that lets it read what the models have it read.
    unsafe { run::<M, B, F, _, _, _, ()>(memory, at, &mut stage, &mut (), B::default()) };
}

/// The same with one that writes.
fn run_writing_stage<M, B, F, H, Kind>(memory: &M, word: usize, handler: H, wait: impl Wait)
where
    M: Memory<Event = Event>,
    B: Barrier<M> + Default,
    F: Waiters,
    H: HandleMut<Event, Kind> + Send,
{
    let mut stage = Stage::new(ByMut::new(given(handler))).wait(wait);
    let at = At { name: STAGES.stages[word].name, word };
    // SAFETY: as above, and nothing runs beside a stage that writes.
    unsafe { run::<M, B, F, _, _, _, ()>(memory, at, &mut stage, &mut (), B::default()) };
}

/// What a thread has read, once it has ended.
fn read(stage: Running) -> Vec<u64> {
    stage.join().expect("no panic")
}
