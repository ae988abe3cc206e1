//! The memory of a pipeline that is built at run time: the same words and the same ring, of sizes that are known then.

use std::mem::MaybeUninit;

use crossbeam_utils::CachePadded;

use super::gates::GateList;
use super::registry::Registry;
use crate::control::Control;
use crate::memory::{Cold, Memory, StageWords, wake_all};
use crate::publication::Publication;
use crate::roster::Roster;
use crate::signal::Signal;
use crate::sync::{AtomicBool, AtomicU64, Mutex, MutexGuard, Ordering, UnsafeCell, lock};
use crate::word::END;

/// The memory of a pipeline that is built at run time.
#[repr(C)]
pub struct Dynamic<E, P> {
    head: P,
    hot: CachePadded<Hot<E>>,
    pub(super) gates: Mutex<GateList>,
    /// How often the gates have changed.
    pub(super) gates_version: AtomicU64,
    cold: Cold,
}

/// What the loops read and nobody writes.
struct Hot<E> {
    slots: Box<[UnsafeCell<E>]>,
    stages: Box<[StageWords]>,
    notes: Box<[Note]>,
    wakes: bool,
}

/// What is said to the stage of a word, and of it, while it runs.
#[derive(Default)]
pub(super) struct Note {
    /// It is to end, as it is to be removed.
    pub(super) leaving: AtomicBool,
    /// Where those go on waiting who waited on it: it was a poller, and has been released.
    pub(super) forward: Mutex<Option<Forward>>,
}

/// What a released poller waited on.
#[derive(Clone, Debug)]
pub(super) struct Forward {
    /// The words; none means the producers.
    pub(super) words: Vec<usize>,
}

// SAFETY: the events are reached from several threads through `slot` alone, whose users take turns by the words, or read at the
// same time: `E` is `Send` and `Sync`. The rest is made of atomics and locks, and of handlers that are `Send`, behind a lock.
unsafe impl<E: Send + Sync, P: Sync> Sync for Dynamic<E, P> {}

// SAFETY: the slices are its own and never change; the slots are a power of two, and filled before anybody has the memory.
unsafe impl<E: Send + Sync, P: Publication> Memory for Dynamic<E, P> {
    type Event = E;
    type Head = P;

    #[inline(always)]
    fn head(&self) -> &P {
        &self.head
    }

    #[inline(always)]
    fn stages(&self) -> &[StageWords] {
        &self.hot.stages
    }

    #[inline(always)]
    fn slots(&self) -> &[UnsafeCell<E>] {
        &self.hot.slots
    }

    fn cold(&self) -> &Cold {
        &self.cold
    }

    #[inline(always)]
    fn wakes(&self) -> bool {
        self.hot.wakes
    }

    fn is_leaving(&self, word: usize) -> bool {
        // Relaxed: it is looked at again and again, and there is nothing behind it.
        self.note(word).leaving.load(Ordering::Relaxed)
    }

    fn left(&self, word: usize) {
        // The word is the stage's until its thread has ended.
        let id = self.registry().id_of(word);
        if let Some(id) = id {
            self.detach(id, word);
        }
    }

    fn release(&self, word: usize, last: i64) {
        let mut registry = self.registry();
        let Some(id) = registry.id_of(word) else { return };
        let upstreams = registry.upstreams(id);
        *lock(&self.note(word).forward) = Some(Forward { words: upstreams.clone() });
        // With the gates locked: between its end and its leaving the list nobody takes the one for the pipeline's.
        self.replace_gate(word, &upstreams, || {
            // Release: those behind see the end, and then where to go on.
            self.stage(word).word.store(last | END, Ordering::Release);
        });
        let free = registry.release(id);
        self.reuse(&mut registry, free);
        drop(registry);
        wake_all(self);
    }
}

impl<E, P: Publication> Dynamic<E, P> {
    /// A memory around these slots, a power of two.
    pub(super) fn new(slots: Box<[UnsafeCell<E>]>, registry: Registry, wakes: bool) -> Self {
        assert!(slots.len().is_power_of_two(), "the builder has checked it");
        let mut head = MaybeUninit::uninit();
        P::init(&mut head, slots.len());
        let words = registry.capacity();
        let hot = Hot {
            slots,
            stages: (0..words).map(|_| StageWords::default()).collect(),
            notes: (0..words).map(|_| Note::default()).collect(),
            wakes,
        };
        Self {
            // SAFETY: `init` has written it.
            head: unsafe { head.assume_init() },
            hot: CachePadded::new(hot),
            gates: Mutex::default(),
            gates_version: AtomicU64::new(0),
            cold: Cold {
                control: Control::new(Roster::Built(Mutex::new(registry))),
                published: Signal::default(),
            },
        }
    }

    #[inline(always)]
    pub(super) fn note(&self, word: usize) -> &Note {
        &self.hot.notes[word]
    }

    /// The stages, locked. Nothing of the user's is called meanwhile; of other locks, only that of the gates is taken.
    pub(super) fn registry(&self) -> MutexGuard<'_, Registry> {
        match &self.cold.control.roster {
            Roster::Built(registry) => lock(registry),
            Roster::Declared(_) => unreachable!("made by `new`"),
        }
    }
}
