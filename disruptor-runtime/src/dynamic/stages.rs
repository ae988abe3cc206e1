//! Stages that come and go while events flow.

use std::fmt;
use std::time::Duration;

use disruptor_topology::Topology;
use thiserror::Error;

use super::One;
use super::builder::wanted;
use super::erased::AnyWait;
use super::handlers::Handlers;
use super::joining::Joining;
use super::launch::{launch, run_plan};
use super::memory::Dynamic;
use super::pollers::{Poller, poller};
use super::problem::{self, Problem};
use super::registry::{Joined, State};
use super::stage::{Role, Stage};
use crate::Sequence;
use crate::control;
use crate::error::{Closed, SpawnError};
use crate::memory::{Memory, wake_all};
use crate::own::is_own_thread;
use crate::pipeline::start;
use crate::placement::Placing;
use crate::plan::Plan;
use crate::poller::OnDrop;
use crate::publication::Publication;
use crate::sync::{Arc, Mutex, Ordering, lock, thread};
use crate::word::END;

/// Adds stages to a running pipeline, and removes them. Cheap to clone, and may outlive the pipeline.
///
/// A stage that is added gets every event from a sequence on; none is lost, doubled or put out of order for it or for the others,
/// and none waits for the change but producers that have just used up the room that they know of.
pub struct Stages<E, P = One> {
    memory: Arc<Dynamic<E, P>>,
    /// How stages wait that say nothing of it. Locked, as a wait need not be `Sync`.
    wait: Arc<Mutex<AnyWait>>,
}

/// Why a stage was not added. Nothing has changed then.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AddError {
    /// The pipeline has not been started.
    #[error(
        "stages are added to a pipeline that runs: start it with `spawn` first, or give the stage to the builder"
    )]
    NotRunning,
    /// The pipeline takes no more events.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The stage does not go together with those that are there.
    #[error("the stage cannot be added{}", list(.0))]
    Refused(Vec<Problem>),
    /// Its thread did not start.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("\n{problem}")).collect()
}

/// Why a stage was not removed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RemoveError {
    /// There is no stage of that name.
    #[error("there is no stage `{name}`; there are {}", known.join(", "))]
    Unknown {
        /// The name asked for.
        name: String,
        /// The stages that there are.
        known: Vec<&'static str>,
    },
    /// Others wait on the stage.
    #[error("`{stage}` cannot be removed, as {} wait on it: remove those first", by.join(", "))]
    WaitedOn {
        /// The stage.
        stage: &'static str,
        /// Those who wait on it.
        by: Vec<&'static str>,
    },
    /// It is the only stage, and without one nobody would handle the events.
    #[error("`{stage}` is the only stage: add another one first, or drain the pipeline")]
    Last {
        /// The stage.
        stage: &'static str,
    },
    /// It is a poller, which is removed by dropping it.
    #[error("`{stage}` is a poller: drop the poller to remove it")]
    Poller {
        /// The stage.
        stage: &'static str,
    },
    /// The calling thread is that of a stage of this pipeline, and two of them could wait for each other.
    #[error("a stage cannot remove stages of its own pipeline: leave it to another thread")]
    OwnThread,
    /// The pipeline has ended, and its handlers have been collected.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The stage is still handling a batch. It ends after it all the same, and holds nobody back then; call again for its
    /// handler.
    #[error("`{stage}` has not ended its batch after {waited:?}; it will leave when it has")]
    Overdue {
        /// The stage.
        stage: &'static str,
        /// How long it was waited for.
        waited: Duration,
    },
}

impl<E: Send + Sync + 'static, P: Publication + 'static> Stages<E, P> {
    pub(super) fn new(memory: Arc<Dynamic<E, P>>, wait: AnyWait) -> Self {
        Self { memory, wait: Arc::new(Mutex::new(wait)) }
    }

    /// Adds a stage that waits on the producers. Gives the sequence of the first event that it gets: the lowest that is not
    /// published by now.
    ///
    /// # Errors
    /// [`AddError`].
    pub fn add(&self, stage: Stage<E>) -> Result<Sequence, AddError> {
        self.add_after([""; 0], stage)
    }

    /// Adds a stage that waits on these stages.
    ///
    /// # Errors
    /// [`AddError`].
    pub fn add_after<N: Into<String>>(
        &self,
        after: impl IntoIterator<Item = N>,
        stage: Stage<E>,
    ) -> Result<Sequence, AddError> {
        if let Role::Poller(_) = stage.role {
            return Err(AddError::Refused(vec![problem::poller_as_stage(&stage.name)]));
        }
        // Before it joins, as it is the user's.
        let wait = lock(&self.wait).clone();
        let (joined, from) = self.join(after, &stage)?;
        // What follows calls and drops what is the user's.
        let joining = Joining::new(&self.memory, &joined);
        let mut plan = Plan::new(Arc::clone(&self.memory));
        let handlers = launch(&mut plan, stage, &joined, &wait);
        let control = &self.memory.cold().control;
        let mut warnings = Vec::new();
        let tasks = plan.into_tasks(&Placing::default(), &mut warnings)?;
        let plan = run_plan(&self.memory, &tasks, warnings);
        start(&*self.memory, tasks, plan, |name, body| {
            control.keep_thread(joined.id, thread::Builder::new().name(name).spawn(body)?);
            Ok(())
        })?;
        joining.started();
        if let Some(member) = self.memory.registry().member(joined.id) {
            (member.handlers, member.state) = (handlers, State::Live);
        }
        Ok(from)
    }

    /// Adds a poller that waits on the producers, to be driven by a thread of the caller's.
    ///
    /// # Errors
    /// [`AddError`].
    pub fn poller(&self, name: impl Into<String>, on_drop: OnDrop) -> Result<Poller<E, P>, AddError> {
        self.poller_after([""; 0], name, on_drop)
    }

    /// Adds a poller that waits on these stages.
    ///
    /// # Errors
    /// [`AddError`].
    pub fn poller_after<N: Into<String>>(
        &self,
        after: impl IntoIterator<Item = N>,
        name: impl Into<String>,
        on_drop: OnDrop,
    ) -> Result<Poller<E, P>, AddError> {
        let stage = Stage::poller(name, on_drop);
        // As above.
        let wait = lock(&self.wait).clone();
        let (joined, _) = self.join(after, &stage)?;
        // SAFETY: the registry gives each word once, and what is waited on.
        Ok(unsafe { poller(Arc::clone(&self.memory), &joined, wait, on_drop) })
    }

    /// Has a stage join those that are there, and hold back the producers from the sequence on that is given.
    fn join<N: Into<String>>(
        &self,
        after: impl IntoIterator<Item = N>,
        stage: &Stage<E>,
    ) -> Result<(Joined, Sequence), AddError> {
        let after: Vec<String> = after.into_iter().map(Into::into).collect();
        let control = &self.memory.cold().control;
        let mut registry = self.memory.registry();
        if registry.closed || control.state() != control::State::Open {
            drop(registry);
            return Err(control.closed().into());
        }
        if !registry.started {
            return Err(AddError::NotRunning);
        }
        let joined = registry.join(&[wanted(stage, &after)], &[]).map_err(AddError::Refused)?;
        let Some(joined) = joined.into_iter().next() else { unreachable!("one was wanted") };
        // What it waits on stays where it is among the gates: it may be behind the sequence at which the new stage begins.
        let from = self.memory.add_gates(&joined.words, &joined.words);
        Ok((joined, from))
    }

    /// Removes a stage that nobody waits on: it ends after the batch that it is handling, and its handler is given back. The
    /// events that it has not handled by then are not handled by it.
    ///
    /// # Errors
    /// [`RemoveError`].
    pub fn remove(&self, name: &str) -> Result<Handlers, RemoveError> {
        self.remove_by(name, None)
    }

    /// As [`remove`](Self::remove), but waits for at most so long.
    ///
    /// # Errors
    /// [`RemoveError`]; after [`RemoveError::Overdue`] the stage leaves nevertheless, when it has handled its batch.
    pub fn remove_within(&self, limit: Duration, name: &str) -> Result<Handlers, RemoveError> {
        self.remove_by(name, Some(limit))
    }

    fn remove_by(&self, name: &str, limit: Option<Duration>) -> Result<Handlers, RemoveError> {
        let control = &self.memory.cold().control;
        if is_own_thread(&*self.memory) {
            return Err(RemoveError::OwnThread);
        }
        let Leaving { id, stage, words, starts } = self.ask_to_leave(name)?;
        wake_all(&*self.memory);
        if !control.wait_for(&starts, limit) {
            return Err(RemoveError::Overdue { stage, waited: limit.unwrap_or_default() });
        }
        words.iter().for_each(|word| self.memory.detach(id, *word));
        let labels: Vec<_> = words.iter().map(|word| control.roster.label(*word)).collect();
        let mut registry = self.memory.registry();
        if registry.closed {
            drop(registry);
            return Err(control.closed().into());
        }
        let Some((mut member, words)) = registry.leave(id) else {
            // Somebody else has removed it meanwhile.
            let known = registry.members().iter().map(|member| member.name).collect();
            return Err(RemoveError::Unknown { name: name.to_owned(), known });
        };
        self.memory.reuse(&mut registry, words);
        drop(registry);
        labels.iter().for_each(|label| control.leave_plan(label));
        let threads = control.threads_of(id);
        if limit.is_none() {
            // Where there is a limit they are let go: what they still destroy of their own may take longer.
            threads.into_iter().for_each(|thread| drop(thread.join()));
        }
        Ok(Handlers::of(&mut member))
    }

    /// Tells a stage to end after its batch.
    fn ask_to_leave(&self, name: &str) -> Result<Leaving, RemoveError> {
        let mut registry = self.memory.registry();
        if registry.closed {
            drop(registry);
            return Err(self.memory.cold().control.closed().into());
        }
        let member = registry.named(name).filter(|member| member.state != State::Starting);
        let Some(member) = member else {
            let known = registry.members().iter().map(|member| member.name).collect();
            return Err(RemoveError::Unknown { name: name.to_owned(), known });
        };
        let (id, stage, words) = (member.id, member.name, member.words.clone());
        let leaves = member.state == State::Leaving;
        if member.poller {
            return Err(RemoveError::Poller { stage });
        }
        let by = registry.followers(id);
        if !by.is_empty() {
            return Err(RemoveError::WaitedOn { stage, by });
        }
        // One that is about to start may fail to. Who is asked for again leaves anyway.
        let mut others = registry.members().iter().filter(|member| member.id != id);
        if !leaves && !others.any(|other| other.state == State::Live) {
            return Err(RemoveError::Last { stage });
        }
        let upstreams = registry.upstreams(id);
        if let Some(member) = registry.member(id) {
            member.state = State::Leaving;
        }
        for &word in &words {
            self.memory.expect_leave(word);
            // Acquire: pairs with the Release of its end. One that has ended before looks no more whether it is to leave.
            if self.memory.stage(word).word.load(Ordering::Acquire) & END != 0 {
                self.memory.replace_gate(word, &upstreams, || ());
            }
            // Relaxed: the stage looks at it again and again; those that park are woken behind it.
            self.memory.note(word).leaving.store(true, Ordering::Relaxed);
        }
        // With the registry locked: the words are still this stage's.
        let starts = self.memory.cold().control.starts(&words);
        Ok(Leaving { id, stage, words, starts })
    }

    /// What there is at the moment; see [`Built::topology`](super::Built::topology).
    #[must_use]
    pub fn topology(&self) -> &'static Topology {
        self.memory.cold().control.roster.topology()
    }
}

/// A stage that was told to end.
struct Leaving {
    id: u64,
    stage: &'static str,
    words: Vec<usize>,
    /// Its threads, of those that have had its words or will have them.
    starts: Vec<(usize, u64)>,
}

impl<E: Send + Sync, P: Publication> Dynamic<E, P> {
    /// Puts in the place of a stage that was to leave, and has ended, what it waited on. Does nothing if it was not, or if that is
    /// done.
    pub(super) fn detach(&self, id: u64, word: usize) {
        {
            let mut registry = self.registry();
            if registry.member(id).is_none_or(|member| member.state != State::Leaving) {
                return;
            }
            self.replace_gate(word, &registry.upstreams(id), || ());
        }
        // Producers park at the gates that they know.
        wake_all(self);
    }

    /// Lets words be used again that nobody looks at any more.
    pub(super) fn reuse(&self, registry: &mut super::Registry, words: Vec<usize>) {
        for &word in &words {
            let note = self.note(word);
            note.leaving.store(false, Ordering::Relaxed);
            *lock(&note.forward) = None;
            self.stage(word).reset();
        }
        registry.free(words);
    }
}

impl<E, P> Clone for Stages<E, P> {
    fn clone(&self) -> Self {
        Self { memory: Arc::clone(&self.memory), wait: Arc::clone(&self.wait) }
    }
}

impl<E, P> fmt::Debug for Stages<E, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stages").finish_non_exhaustive()
    }
}
