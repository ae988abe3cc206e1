//! What a stage's loop asks of the memory while events flow, counted.

use super::{At, ByRef, Stage, event, given, ring, run};
use crate::Sequence;
use crate::barrier::{After, Barrier, Head, Visit, Workers};
use crate::memory::{Cold, Core, Memory, StageWords};
use crate::placement::HugePages;
use crate::publication::{Multi, Publication};
use crate::sync::{Arc, AtomicUsize, Ordering, UnsafeCell};
use crate::wait::{BusySpin, Wait};
use crate::word::END;
use disruptor_topology::{Producers, StageRow, Topology};

const ROW: StageRow = StageRow { name: "stage", after: &[], gates: true, access: &[], workers: 1 };
const TOPOLOGY: &Topology =
    &Topology { name: "", ring: 8, producers: Producers::Multi, stages: &[ROW, ROW, ROW] };

/// A memory that counts who asks for the producers' words, and who for what is shared beside the hot ones.
pub(super) struct Counted {
    core: Arc<Core<i64, Multi<8>, 8, 3>>,
    heads: AtomicUsize,
    colds: AtomicUsize,
}

impl Counted {
    pub(super) fn new() -> Self {
        let core = Core::new(ring(event()), TOPOLOGY, || 0, &mut HugePages::new(false));
        Self { core, heads: AtomicUsize::new(0), colds: AtomicUsize::new(0) }
    }

    fn counts(&self) -> (usize, usize) {
        (self.heads.load(Ordering::Relaxed), self.colds.load(Ordering::Relaxed))
    }
}

// SAFETY: all is the core's.
unsafe impl Memory for Counted {
    type Event = i64;
    type Head = Multi<8>;

    fn head(&self) -> &Multi<8> {
        self.heads.fetch_add(1, Ordering::Relaxed);
        self.core.head()
    }

    fn stages(&self) -> &[StageWords] {
        self.core.stages()
    }

    fn slots(&self) -> &[UnsafeCell<i64>] {
        self.core.slots()
    }

    fn cold(&self) -> &Cold {
        self.colds.fetch_add(1, Ordering::Relaxed);
        self.core.cold()
    }
}

/// Lets one more event through at each look, and then ends.
#[derive(Clone)]
struct Steps {
    last: Sequence,
}

impl Barrier<Counted> for Steps {
    fn look(&mut self, _: &Counted, next: Sequence, _: usize) -> i64 {
        if next < self.last { next + 1 } else { next | END }
    }

    fn look_closely(&mut self, memory: &Counted, next: Sequence, most: usize, _: bool) -> i64 {
        self.look(memory, next, most)
    }

    fn signals(&self, _: &Counted, _: Sequence, _: &mut Visit<'_>) {}
}

/// Runs the stage of a word, which waits so, behind a barrier to its end, and gives how many events it has handled.
pub(super) fn handled(memory: &Counted, word: usize, wait: impl Wait, barrier: impl Barrier<Counted>) -> i64 {
    let mut count = 0;
    let handle = |_: &i64, _: Sequence, _: bool| count += 1;
    let mut stage = Stage::new(ByRef::new(given(handle))).wait(wait);
    // SAFETY: nobody else runs, and each word is used once.
    unsafe { run::<_, _, (), _, _, _, _>(memory, At { name: "stage", word }, &mut stage, &mut (), barrier) };
    drop(stage);
    count
}

/// LMAX, badbatch: stages behind others look for what several producers have published again, slot by slot.
///
/// With the defect, the stages behind the first ask for the producers' words.
#[test]
fn defect_11_only_first_stages_look_at_what_several_producers_have_published() {
    let memory = Counted::new();
    let mut claimant = memory.core.head().join();
    for sequence in 0..8 {
        assert_eq!(memory.core.head().claim(&mut claimant, 1), Ok(sequence));
        memory.core.head().commit(&mut claimant, sequence, 1);
    }
    memory.core.head().leave(&claimant);
    assert_eq!(handled(&memory, 0, BusySpin, Head), 8);
    let (heads, _) = memory.counts();
    assert!(heads > 0, "the first stage has looked");
    assert_eq!(handled(&memory, 1, BusySpin, After::<0>::default()), 8);
    assert_eq!(handled(&memory, 2, BusySpin, <(After<0>, Workers<1, 1>)>::default()), 8);
    assert_eq!(memory.counts().0, heads, "and nobody else");
}

/// badbatch: six loads of flags a batch, while there is something to do.
///
/// With the defect, the loop asks for the pipeline's state with each batch. (One that leaves some of what is known asks once, as a halt
/// must be seen before the rest is handled.)
#[test]
fn defect_12_no_flag_is_looked_at_while_events_flow() {
    let memory = Counted::new();
    let batches = if cfg!(miri) { 100 } else { 10_000 };
    assert_eq!(handled(&memory, 0, BusySpin, Steps { last: batches }), batches);
    let (heads, colds) = memory.counts();
    assert_eq!(heads, 0);
    assert!(colds <= 4, "{colds} looks for {batches} batches");
}
