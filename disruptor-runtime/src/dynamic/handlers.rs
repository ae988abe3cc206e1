//! The handlers that a pipeline gives back, by the names of their stages.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::erased::Back;
use super::memory::Dynamic;
use super::registry::{Member, State};
use crate::memory::Memory;
use crate::publication::Publication;
use crate::sync::thread;

/// The handlers of a pipeline that was built at run time, or of a stage that was removed from one.
///
/// Each is had by the name of its stage and by its type, which is what was given to the stage.
#[derive(Default)]
pub struct Handlers(BTreeMap<&'static str, Vec<Back>>);

impl Handlers {
    /// The handlers of all stages. Their threads have ended.
    pub(super) fn collect<E: Send + Sync, P: Publication>(memory: &Dynamic<E, P>) -> Self {
        loop {
            let mut registry = memory.registry();
            registry.closed = true;
            if registry.members().iter().all(|member| member.state != State::Starting) {
                break;
            }
            drop(registry);
            // Somebody adds a stage at this very moment. It starts, and ends at once.
            thread::sleep(Duration::from_micros(50));
        }
        memory.cold().control.wait_for_end(None);
        let mut handlers = Self::default();
        for member in memory.registry().members() {
            handlers.add(member);
        }
        handlers
    }

    /// Those of a stage whose threads have ended.
    pub(super) fn of(member: &mut Member) -> Self {
        let mut handlers = Self::default();
        handlers.add(member);
        handlers
    }

    fn add(&mut self, member: &mut Member) {
        if !member.poller {
            let taken = member.handlers.drain(..).map(crate::plan::Slot::take);
            self.0.insert(member.name, taken.collect());
        }
    }

    /// The handler of the stage of this name, if it is of this type; the first call gets it. Of a pool, see
    /// [`take_workers`](Self::take_workers).
    pub fn take<H: Any>(&mut self, name: &str) -> Option<H> {
        if self.0.get(name)?.len() != 1 {
            return None;
        }
        self.take_workers(name)?.pop()
    }

    /// The handlers of the workers of the pool of this name, in their order, if they are of this type; the first call gets them.
    pub fn take_workers<H: Any>(&mut self, name: &str) -> Option<Vec<H>> {
        let workers = self.0.get(name)?;
        if !workers.iter().all(|worker| worker.is::<H>()) {
            return None;
        }
        let workers = self.0.remove(name)?;
        Some(workers.into_iter().filter_map(|worker| worker.downcast().ok()).map(|worker| *worker).collect())
    }

    /// The stages whose handlers are still here.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.keys().copied()
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handlers").field(&self.0.keys()).finish()
    }
}
