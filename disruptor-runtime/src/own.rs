//! Stages that publish into their own ring: which thread a stage runs on, and what is said where it would wait for itself.

use crate::error::OwnRing;
use crate::failure::{Cause, Failure};
use crate::memory::{Memory, fail};
use crate::sync::{Ordering, thread_mark};
use crate::word::{self, END};

/// Says while it lives that the stages of these words run on this thread.
pub(crate) struct OwnThread<'a, M: Memory> {
    memory: &'a M,
    words: Vec<usize>,
}

impl<'a, M: Memory> OwnThread<'a, M> {
    pub(crate) fn mark(memory: &'a M, words: Vec<usize>) -> Self {
        let mark = thread_mark();
        for &word in &words {
            mark_stage(memory, word, mark);
        }
        Self { memory, words }
    }
}

impl<M: Memory> Drop for OwnThread<'_, M> {
    fn drop(&mut self) {
        for &word in &self.words {
            mark_stage(self.memory, word, 0);
        }
    }
}

/// Says that the stage of this word runs on the thread with this mark.
pub(crate) fn mark_stage<M: Memory>(memory: &M, word: usize, mark: usize) {
    // Relaxed: only the thread itself recognises its mark.
    memory.stage(word).aside.thread.store(mark, Ordering::Relaxed);
}

/// True on a thread that a stage of this pipeline runs on.
pub(crate) fn is_own_thread<M: Memory>(memory: &M) -> bool {
    let mark = thread_mark();
    memory.stages().iter().any(|words| words.aside.thread.load(Ordering::Relaxed) == mark)
}

/// True, and the pipeline has failed, if one who is to wait until every stage is beyond `behind` stands there himself: the
/// calling thread is that of a stage which has not handled that event, and will not while it waits here.
///
/// Whoever is not refused comes to his end: of the threads of stages that wait for room, the one with the lowest claim waits for
/// stages that are behind it, none of which waits for room, since it would have been refused.
#[cold]
pub(crate) fn refuses<M: Memory>(memory: &M, behind: i64) -> bool {
    let mark = thread_mark();
    for (word, words) in memory.stages().iter().enumerate() {
        if words.aside.thread.load(Ordering::Relaxed) == mark {
            // Relaxed: this thread has written it.
            let own = words.word.load(Ordering::Relaxed);
            if word::count(own) <= behind && own & END == 0 {
                let name = memory.cold().control.roster.name_of(word);
                let cause = Cause::Error(Box::new(OwnRing { ring: memory.ring() }));
                fail(memory, Failure::new(name, word::count(own), cause));
                return true;
            }
        }
    }
    false
}
