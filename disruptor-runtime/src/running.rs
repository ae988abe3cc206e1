//! A running pipeline: joining it, draining it, halting it, each with or without a deadline.

use std::fmt;
use std::time::Duration;

use crate::error::{JoinError, Overdue};
use crate::failure::Failure;
use crate::memory::Watch;
use crate::monitor::Monitor;
use crate::pipeline::Collect;
use crate::run_plan::RunPlan;
use crate::sync::{Arc, thread};

/// A pipeline whose stages run.
///
/// Dropping it ends the pipeline as [`drain`](Self::drain) does: producers are told [`Closed`](crate::Closed), what is
/// published is handled, and the threads are joined. One that a deadline gave back is not waited for when it is dropped: its
/// threads end by themselves, as soon as their handlers return.
#[must_use = "dropping it ends the pipeline at once, after a drain: keep it, and `join` it"]
pub struct Running<H> {
    memory: Arc<dyn Watch>,
    threads: Vec<thread::JoinHandle<()>>,
    collect: Option<Collect<'static, H>>,
    /// A deadline has passed: whoever drops it now does not want to wait.
    overdue: bool,
}

impl<H> Running<H> {
    pub(crate) fn new(
        memory: Arc<dyn Watch>,
        threads: Vec<thread::JoinHandle<()>>,
        collect: Collect<'static, H>,
    ) -> Self {
        Self { memory, threads, collect: Some(collect), overdue: false }
    }

    /// Waits until the producers are dropped and everything published is handled, and gives the handlers back by the names of
    /// their stages.
    ///
    /// It waits for the threads of stages. Pollers have none: a pipeline of pollers alone is joined at once, and goes on.
    ///
    /// # Errors
    /// The first failure of a stage. Every thread has ended then, too.
    ///
    /// # Panics
    /// If one of its own stages calls it, which would wait for itself. (Dropped there, it does not wait.)
    pub fn join(self) -> Result<H, Failure> {
        let (handlers, ended) = self.finish();
        ended.map(|()| handlers)
    }

    /// As [`join`](Self::join), but gives the handlers back after a failure, too: in the state that the failure left them in.
    ///
    /// # Panics
    /// As [`join`](Self::join).
    pub fn finish(mut self) -> (H, Result<(), Failure>) {
        self.join_threads();
        let collect = self.collect.take().expect("taken here alone, and `self` ends here");
        (collect(), crate::pipeline::verdict(&*self.memory))
    }

    /// As [`join`](Self::join), for at most so long.
    ///
    /// # Errors
    /// [`JoinError::Failed`], or [`JoinError::Overdue`], which gives the pipeline back.
    pub fn join_within(mut self, limit: Duration) -> Result<H, JoinError<H>> {
        let stages = self.memory.control().wait_for_end(Some(limit));
        if stages.is_empty() {
            // What is left to the threads is what they destroy of their own, which may take longer than the limit: they are let go.
            self.threads.clear();
            drop(self.memory.control().added_threads());
            self.join().map_err(JoinError::Failed)
        } else {
            self.overdue = true;
            Err(JoinError::Overdue(Overdue { running: self, waited: limit, stages }))
        }
    }

    /// Takes no more events, also from producers that still live, handles what is published, and joins.
    ///
    /// What is being published at this very moment may come after the end; its producer learns so with its next call.
    ///
    /// # Errors
    /// As [`join`](Self::join).
    ///
    /// # Panics
    /// As [`join`](Self::join).
    pub fn drain(self) -> Result<H, Failure> {
        self.memory.close();
        self.join()
    }

    /// As [`drain`](Self::drain), for at most so long.
    ///
    /// # Errors
    /// As [`join_within`](Self::join_within).
    pub fn drain_within(self, limit: Duration) -> Result<H, JoinError<H>> {
        self.memory.close();
        self.join_within(limit)
    }

    /// Stops every stage at the end of the batch that it is handling (bound it with `batch`), without handling the rest, and
    /// joins. Where the only producer is publishing at this very moment, its stages may begin one more batch; where it does so by
    /// [`publish_each`](crate::Producer::publish_each), as many as thirty-two.
    ///
    /// # Errors
    /// As [`join`](Self::join).
    ///
    /// # Panics
    /// As [`join`](Self::join).
    pub fn halt(self) -> Result<H, Failure> {
        self.memory.halt();
        self.join()
    }

    /// As [`halt`](Self::halt), for at most so long: a handler that does not return cannot be stopped.
    ///
    /// # Errors
    /// As [`join_within`](Self::join_within).
    pub fn halt_within(self, limit: Duration) -> Result<H, JoinError<H>> {
        self.memory.halt();
        self.join_within(limit)
    }

    /// What starting it did: which thread runs which stages, where, and what could not be had. Print it with `{}`.
    #[must_use]
    pub fn plan(&self) -> Arc<RunPlan> {
        self.memory.control().plan()
    }

    /// A handle to watch the pipeline with, and to end it from elsewhere.
    #[must_use]
    pub fn monitor(&self) -> Monitor {
        Monitor::new(Arc::clone(&self.memory))
    }

    /// True on a thread of one of its own stages, which would wait for itself.
    fn is_own_thread(&self) -> bool {
        let own = thread::current().id();
        self.threads.iter().any(|thread| thread.thread().id() == own)
            || self.memory.control().is_added_thread()
    }

    fn join_threads(&mut self) {
        assert!(
            !self.is_own_thread(),
            "a stage cannot join its own pipeline: drop it, or leave the joining to another thread"
        );
        self.memory.control().wait_for_end(None);
        for thread in self.threads.drain(..).chain(self.memory.control().added_threads()) {
            // A thread's user code runs behind `catch_unwind`; what could still panic is the drop of a panic's payload.
            drop(thread.join());
        }
    }
}

impl<H> Drop for Running<H> {
    fn drop(&mut self) {
        self.memory.close();
        if !self.overdue && !self.is_own_thread() {
            self.join_threads();
        }
    }
}

impl<H> fmt::Debug for Running<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("monitor", &self.monitor()).finish_non_exhaustive()
    }
}
