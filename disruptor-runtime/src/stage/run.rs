//! The loop of a stage's thread.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::batch::{Extent, Place, Stopped, batch};
use super::gather::Gather;
use super::{Apply, Keep, OnError, Stage, Tail};
use crate::barrier::{Barrier, stirs};
use crate::control::State;
use crate::failure::{Cause, Failure};
use crate::memory::{Memory, StageWords, fail};
use crate::sync::{Ordering, thread};
use crate::wait::{Idle, UNDECLARED_PARK, Wait, Waiters};
use crate::word::{self, FLAGS, HALT};
use crate::{Sequence, wait};

/// Which stage runs, and where its words are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    pub(crate) name: &'static str,
    pub(crate) word: usize,
}

/// Runs a stage until its stream ends, it fails, or the pipeline is halted, and with it those fused to it; their words then say
/// that they have ended.
///
/// It waits on `barrier`; `F` are the waits of those who wait on it.
///
/// # Safety
/// The word of `at` is this stage's alone, the stage was never off this thread since its handler was made, and whatever `barrier` lets through may be touched as the stage's `apply` does until the stage's own
/// word says that it is handled.
pub(crate) unsafe fn run<M, B, F, A, W, X, T>(
    memory: &M,
    at: At,
    stage: &mut Stage<A, W, X>,
    tail: &mut T,
    barrier: B,
) where
    M: Memory,
    B: Barrier<M>,
    F: Waiters,
    A: Apply<M::Event>,
    W: Wait,
    X: OnError,
    T: Tail<M>,
{
    let mut place = Place::from(word::count(memory.stage(at.word).word.load(Ordering::Relaxed)));
    // SAFETY: this is the tail's thread, too.
    unsafe { tail.start(memory) };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: this is the stage's thread, which it does not leave.
        unsafe { stage.apply.keep().make() };
        stage.apply.start();
        // SAFETY: the caller's promise is handed on.
        unsafe { events::<M, B, F, A, W, X, T>(memory, at, stage, tail, barrier, &mut place) }
    }));
    let halted = end::<M, A>(memory, &mut place, outcome, at);
    if !halted {
        tail.follow(memory, place.next, place.holes);
    }
    // What follows is the user's, and takes its time.
    memory.left(at.word);
    stop(memory, &mut stage.apply, &place, at);
    tail.end(memory, halted);
}

/// Ends a stage: records what it failed on, and then says in its word that it has ended. True if it was halted.
pub(super) fn end<M: Memory, A: Apply<M::Event>>(
    memory: &M,
    place: &mut Place,
    outcome: Result<Stopped, Box<dyn Any + Send>>,
    at: At,
) -> bool {
    let name = at.name;
    let (halted, failure) = match outcome {
        Ok(Stopped::Drained) => (0, None),
        Ok(Stopped::Halted) => (HALT, None),
        Ok(Stopped::Failed(failed)) => {
            (0, Some(Failure::new(name, failed.sequence, Cause::Error(failed.error))))
        }
        Err(payload) => (0, Some(Failure::new(name, place.at.max(place.next), Cause::panic(payload)))),
    };
    if !A::COMMITS_BATCHES {
        // What was handled before the failure counts; `at` lags only where a batch never began.
        place.next = place.next.max(place.at);
    }
    // Recorded first: who sees the end finds the reason.
    if let Some(failure) = failure {
        fail(memory, failure);
    }
    memory.stage(at.word).end(place.next | place.holes | halted);
    halted != 0
}

/// Tells the handler that there is no more.
pub(super) fn stop<M: Memory, A: Apply<M::Event>>(memory: &M, apply: &mut A, place: &Place, at: At) {
    if apply.keep().is_there()
        && let Err(payload) = catch_unwind(AssertUnwindSafe(|| apply.stop()))
    {
        fail(memory, Failure::new(at.name, place.next, Cause::panic(payload)));
    }
}

/// Handles batches until there are no more.
///
/// # Safety
/// As of [`run`].
#[inline(always)]
unsafe fn events<M, B, F, A, W, X, T>(
    memory: &M,
    at: At,
    stage: &mut Stage<A, W, X>,
    tail: &mut T,
    mut barrier: B,
    place: &mut Place,
) -> Stopped
where
    M: Memory,
    B: Barrier<M>,
    F: Waiters,
    A: Apply<M::Event>,
    W: Wait,
    X: OnError,
    T: Tail<M>,
{
    let commits = A::COMMITS_BATCHES || T::COMMITS_BATCHES;
    let most = stage.options.batch.unwrap_or(if commits { memory.ring() } else { portion(memory) });
    let words = memory.stage(at.word);
    let mut gather = Gather::new(stage.wait.gathers());
    loop {
        let next = place.next;
        let mut word = barrier.look(memory, next, most);
        let at_once = word::plainly_beyond(word, next);
        if !at_once {
            let Stage { apply, wait, .. } = &mut *stage;
            let mut time_is_over = || {
                apply.timeout(next);
                tail.timeout(memory);
            };
            word = wait_for_more(memory, words, &mut barrier, wait, next, most, &mut time_is_over);
            if word & HALT != 0 {
                return Stopped::Halted;
            }
            if word::count(word) <= next {
                return Stopped::Drained;
            }
        }
        place.look_out(memory.ring(), word, B::FIRST);
        let known = word::count(word);
        let end = known.min(next + most as i64);
        // SAFETY: the barrier has let everything below `end` through, and our own word still says `next`.
        let handled = unsafe {
            let extent = Extent { end, backlog: (known - end) as usize };
            batch(memory, stage, place, extent, at, |place| {
                moved_on::<M, F>(memory, words, place);
                tail.follow(memory, place.next, place.holes);
            })
        };
        if let Err(stopped) = handled {
            return stopped;
        }
        place.next = end;
        moved_on::<M, F>(memory, words, place);
        tail.follow(memory, end, place.holes);
        if known == end {
            // Behind several producers more is not looked for than a batch takes.
            gather.behind(next, end, at_once && end - next < most as i64, &words.counters);
        } else if memory.cold().control.state() == State::Halted {
            // What is known is not looked at again, and may be a ring full: a halt must be seen before it is handled.
            return Stopped::Halted;
        }
    }
}

/// How many events are handled at a time where nobody is told of batches: then they end where it is best for those who wait for
/// the stage, and for the cache. What a core has just handled the next stage finds near, and several producers' stamps are read
/// shortly before their slots.
fn portion<M: Memory>(memory: &M) -> usize {
    // Of 256 to a whole ring this was the fastest for rings of 8,192 and 65,536 events of 8 to 32 bytes: docs/performance.md.
    const EVENTS: usize = 2048;
    const BYTES: usize = 64 << 10;
    const LEAST: usize = 64;
    (BYTES / size_of::<M::Event>().max(1)).clamp(LEAST, EVENTS).min(memory.ring())
}

/// Says in the stage's word how far it is.
#[inline(always)]
pub(super) fn moved_on<M: Memory, F: Waiters>(memory: &M, words: &StageWords, place: &Place) {
    // Release: pairs with the looks of those behind; who sees the count sees what was done to the events.
    words.word.store(place.next | place.holes, Ordering::Release);
    if memory.wakes() {
        wait::wake::<F>(&words.aside.moved);
    }
}

/// One of so many looks of a waiting stage is close: it sees what is not in the words that events are published by, as an end from
/// outside. The others are short, so that what has come is seen as soon as can be.
const CLOSELY: u32 = 4;

/// Waits until there is something beyond `next`, or there will be nothing any more, and gives the word that says so.
#[cold]
#[inline(never)]
fn wait_for_more<M, B, W>(
    memory: &M,
    words: &StageWords,
    barrier: &mut B,
    wait: &mut W,
    next: Sequence,
    most: usize,
    time_is_over: &mut dyn FnMut(),
) -> i64
where
    M: Memory,
    B: Barrier<M>,
    W: Wait,
{
    words.counters.wait();
    let control = &memory.cold().control;
    let mut looks: u32 = 0;
    // Until the next close look. A count of its own, since `looks` stands still when it can count no further.
    let mut short: u32 = 0;
    let word = loop {
        if short == 0 {
            // Before the words: what was published before a close is seen.
            let state = control.state();
            let word = barrier.look_closely(memory, next, most, state != State::Open);
            if state == State::Halted {
                break word | HALT;
            }
            if stirs(word, next) {
                break word;
            }
            short = CLOSELY;
        }
        short -= 1;
        match wait.idle(looks) {
            Idle::Look => {}
            Idle::Park(limit) => {
                words.counters.park();
                if W::BLOCKS {
                    let (limit, over) = wait::parking::<W>(limit);
                    barrier.park(memory, next, limit, &over);
                } else {
                    thread::sleep(limit.unwrap_or(UNDECLARED_PARK).min(UNDECLARED_PARK));
                }
                short = 0;
            }
            Idle::Timeout => {
                time_is_over();
                short = 0;
            }
        }
        looks = looks.saturating_add(1);
        let word = barrier.look(memory, next, most);
        if word::plainly_beyond(word, next) {
            // A halt ends also a wait that is over.
            break if control.state() == State::Halted { word | HALT } else { word };
        }
        if word >= FLAGS {
            short = 0;
        }
    };
    if word::count(word) > next {
        words.counters.waited(looks);
    }
    word
}
