//! The memory of a pipeline: its words at fixed offsets, its ring behind them.

use std::mem::MaybeUninit;
use std::ptr;

use crossbeam_utils::CachePadded;
use disruptor_topology::Topology;

use crate::Sequence;
use crate::control::{Control, State, drop_quietly};
use crate::failure::Failure;
use crate::observe::{Counters, trace};
use crate::placement::HugePages;
use crate::publication::Publication;
use crate::roster::Roster;
use crate::signal::Signal;
use crate::stage::Ring;
use crate::sync::{Arc, AtomicBool, AtomicI64, Mark, Ordering, Tally, UnsafeCell};
use crate::word::{self, END, HALT, LAST};

/// What the loops know of a pipeline's memory. They keep a reference to it and no pointer into it.
///
/// # Safety
/// [`stages`](Self::stages) and [`slots`](Self::slots) give the same slices each time. The slots are a power of two, each holds
/// an event for as long as `self` lives, and only who has the turn touches it.
pub unsafe trait Memory: Watch {
    /// What a slot holds.
    type Event;
    /// The producers' words.
    type Head: Publication;

    /// The producers' words.
    fn head(&self) -> &Self::Head;

    /// The words of all stages, and of all workers of shards.
    fn stages(&self) -> &[StageWords];

    /// The ring.
    fn slots(&self) -> &[UnsafeCell<Self::Event>];

    /// What is shared beside the hot words.
    fn cold(&self) -> &Cold;

    /// True if those who wait may park, where their types allow it: a constant, but for pipelines that are built at run time.
    #[inline(always)]
    fn wakes(&self) -> bool {
        true
    }

    /// True if the stage of this word is to end, as it is to be removed.
    fn is_leaving(&self, word: usize) -> bool {
        let _ = word;
        false
    }

    /// The stage of this word has said its end, and touches no event any more; its handler is still to be told.
    fn left(&self, word: usize) {
        let _ = word;
    }

    /// Lets a poller go, whose last word this is: it reads nothing any more, and holds nobody back from here on.
    fn release(&self, word: usize, last: i64) {
        let words = self.stage(word);
        // Relaxed: before the end, which says it to those who see that.
        words.aside.released.store(true, Ordering::Relaxed);
        // Those behind look for holes themselves from here on.
        words.end(word::count(last));
    }

    /// A stage's words, or those of a shard's worker.
    #[inline(always)]
    fn stage(&self, word: usize) -> &StageWords {
        &self.stages()[word]
    }

    /// Where the event of a sequence with these low bits stands; the higher ones are cut off. The slots behind it may be
    /// reached from here up to the end of the ring.
    #[inline(always)]
    fn slot(&self, index: usize) -> *mut Self::Event {
        let slots = self.slots();
        // From a pointer to the whole ring, as slices of it are made from what this gives.
        // SAFETY: the index is below the number of slots, a power of two.
        UnsafeCell::raw_get(unsafe { slots.as_ptr().add(index & (slots.len() - 1)) })
    }
}

/// A stage's words.
#[repr(C)]
#[derive(Default)]
pub struct StageWords {
    /// The sequence that the stage handles next, and its flags. Written by the stage, and by who halts.
    pub(crate) word: CachePadded<AtomicI64>,
    pub(crate) aside: CachePadded<Aside>,
    /// Written by the stage's thread alone.
    pub(crate) counters: CachePadded<Counters>,
}

/// What of a stage's words is not touched while events flow.
#[repr(C)]
#[derive(Default)]
pub(crate) struct Aside {
    /// Where those wait who wait on this stage.
    pub(crate) moved: Signal,
    /// Events that the stage skipped since its handler failed on them.
    pub(crate) skipped: Tally,
    /// The mark of the thread that the stage runs on, 0 while it runs on none.
    pub(crate) thread: Mark,
    /// It was a poller that is dropped, and holds nobody back.
    released: AtomicBool,
}

impl Aside {
    /// True of a released poller. To be asked by who has seen its word's end, with Acquire.
    pub(crate) fn is_released(&self) -> bool {
        // Relaxed: set before the end is stored.
        self.released.load(Ordering::Relaxed)
    }
}

/// What is shared beside the hot words.
#[repr(C)]
pub struct Cold {
    pub(crate) control: Control,
    /// Where those wait who wait on the producers.
    pub(crate) published: Signal,
}

/// The memory of a pipeline of `S` stages, each worker of a shard counted, around a ring of `N` slots, laid out in this order.
#[repr(C)]
pub struct Core<E, P, const N: usize, const S: usize> {
    head: P,
    stages: [StageWords; S],
    cold: Cold,
    ring: CachePadded<[UnsafeCell<E>; N]>,
}

// SAFETY: the events are reached from several threads through `slot` alone, whose users take turns by the words: that moves
// them between threads (`E: Send`, as a core is made of a `Ring`). Whoever lets two threads read one event at a time asks for
// `E: Sync` there. The rest is made of atomics and locks.
unsafe impl<E, P: Sync, const N: usize, const S: usize> Sync for Core<E, P, N, S> {}

// SAFETY: a `Core` owns its events, its locks and its atomics; they may go where `P` may, and `E`, which is `Send`.
unsafe impl<E, P: Send, const N: usize, const S: usize> Send for Core<E, P, N, S> {}

// SAFETY: the slices are its own; each of the `N` slots, a power of two, is filled by `new` before anybody has the core.
unsafe impl<E, P: Publication, const N: usize, const S: usize> Memory for Core<E, P, N, S> {
    type Event = E;
    type Head = P;

    #[inline(always)]
    fn head(&self) -> &P {
        &self.head
    }

    #[inline(always)]
    fn stages(&self) -> &[StageWords] {
        &self.stages
    }

    #[inline(always)]
    fn slots(&self) -> &[UnsafeCell<E>] {
        &*self.ring
    }

    fn cold(&self) -> &Cold {
        &self.cold
    }
}

impl<E, P: Publication, const N: usize, const S: usize> Core<E, P, N, S> {
    const RING_IS_A_POWER_OF_TWO: () =
        assert!(N.is_power_of_two(), "the ring must have a power of two of slots: 1024, 4096, 1 << 16 …");
    /// Claims in flight, a ring and more, must stay far below the flags of a word.
    const RING_IS_COUNTABLE: () = assert!(N <= 1 << 40, "the ring must have at most 1 << 40 slots");

    /// A core whose slots are filled by `event`, first to last. Built in place: a ring may be larger than any stack.
    ///
    /// That there is a `Ring` says that its events are `Send`.
    pub(crate) fn new(
        _: Ring<E, N, S>,
        topology: &'static Topology,
        mut event: impl FnMut() -> E,
        pages: &mut HugePages,
    ) -> Arc<Self> {
        const {
            let () = Self::RING_IS_A_POWER_OF_TWO;
            let () = Self::RING_IS_COUNTABLE;
        }
        let mut core = Arc::<Self>::new_uninit();
        let place = Arc::get_mut(&mut core).expect("nobody else has it yet").as_mut_ptr();
        pages.before_writing(place);
        // SAFETY: `place` is valid for writes of a whole `Core`, and each field is written once, by its own type. If `event`
        // panics, `Filled` drops the events made so far; the other fields are not yet written then and the uninitialised
        // allocation is freed as such.
        unsafe {
            let ring = (&raw mut (*place).ring).cast::<E>();
            let mut filled = Filled { ring, count: 0 };
            while filled.count < N {
                ring.add(filled.count).write(event());
                filled.count += 1;
            }
            std::mem::forget(filled);
            P::init(&mut *(&raw mut (*place).head).cast::<MaybeUninit<P>>(), N);
            let stages = (&raw mut (*place).stages).cast::<StageWords>();
            for stage in 0..S {
                stages.add(stage).write(StageWords::default());
            }
            (&raw mut (*place).cold).write(Cold {
                control: Control::new(Roster::Declared(topology)),
                published: Signal::default(),
            });
            core.assume_init()
        }
    }
}

/// The events made so far, for the case that making the next one panics.
struct Filled<E> {
    ring: *mut E,
    count: usize,
}

impl<E> Drop for Filled<E> {
    fn drop(&mut self) {
        // SAFETY: the first `count` slots have been written, and nobody else drops them.
        unsafe { ptr::drop_in_place(ptr::slice_from_raw_parts_mut(self.ring, self.count)) }
    }
}

/// A pipeline's memory seen from outside, whatever its types.
pub trait Watch: Send + Sync {
    fn control(&self) -> &Control;
    fn ring(&self) -> usize;
    fn claimed(&self) -> i64;
    fn words(&self, word: usize) -> &StageWords;
    /// No more events; those that are published are handled.
    fn close(&self);
    /// No more events, and those that are published are handled no more, as soon as each stage is through with its batch.
    fn halt(&self);
}

impl<M: Memory> Watch for M {
    fn control(&self) -> &Control {
        &self.cold().control
    }

    #[inline(always)]
    fn ring(&self) -> usize {
        self.slots().len()
    }

    fn claimed(&self) -> i64 {
        self.head().claimed()
    }

    fn words(&self, word: usize) -> &StageWords {
        self.stage(word)
    }

    fn close(&self) {
        self.head().close();
        let control = &self.cold().control;
        let news = control.advance(State::Closing);
        wake_all(self);
        if news {
            trace::draining(control.pipeline);
        }
    }

    fn halt(&self) {
        let control = &self.cold().control;
        let news = control.advance(State::Halted);
        self.head().halt();
        for stage in self.stages() {
            // The stage itself may overwrite it; its own upstream then tells it. For those behind it, it is a first hint. Release: a
            // producer that is refused by it finds the state that says why.
            stage.word.fetch_or(HALT, Ordering::Release);
        }
        wake_all(self);
        if news {
            trace::halting(control.pipeline);
        }
    }
}

/// Has the stream of a memory that nobody else has yet begin with this sequence: for tests of what is beyond the reach of a test.
pub(crate) fn begin_at<M: Memory>(memory: &M, first: Sequence) {
    let first = first.clamp(0, LAST);
    memory.head().begin_at(first);
    for stage in memory.stages() {
        stage.word.store(first, Ordering::Relaxed);
    }
}

pub(crate) fn wake_all<M: Memory>(memory: &M) {
    memory.cold().published.notify();
    for stage in memory.stages() {
        stage.aside.moved.notify();
    }
}

impl StageWords {
    /// The stage does no more than this word says.
    pub(crate) fn end(&self, word: i64) {
        // Release: pairs with the looks of those behind; they see the stage's writes up to its end.
        self.word.store(word | END, Ordering::Release);
        self.moved();
    }

    /// As it was before the first event, for another stage. Nobody looks at it.
    pub(crate) fn reset(&self) {
        self.word.store(0, Ordering::Relaxed);
        self.aside.skipped.store(0, Ordering::Relaxed);
        self.aside.thread.store(0, Ordering::Relaxed);
        self.counters.reset();
    }

    fn moved(&self) {
        self.aside.moved.notify();
    }
}

/// Ends the pipeline with a failure: those before drain, those behind end where the failed stage ended.
pub(crate) fn fail(memory: &dyn Watch, failure: Failure) {
    let control = memory.control();
    control.record(failure.clone());
    memory.close();
    trace::failed(control.pipeline, &failure);
    drop_quietly(failure);
}
