//! Producers of a pipeline that is built at run time, for tasks.

use std::fmt;

use super::erased::{AnyWait, WakingWait};
use super::gates::Gates;
use super::memory::Dynamic;
use super::{DynamicProducer, One};
use crate::memory::Memory;
use crate::producer::Producer;
use crate::publication::Publication;

/// A producer that may wait in tasks, `publish_async` and its like: made by
/// [`for_tasks`](crate::Producer::for_tasks).
pub type TaskProducer<E, P = One> = Producer<Dynamic<E, P>, Gates, WakingWait, AnyWait>;

impl<E: Send + Sync + 'static, P: Publication + 'static> DynamicProducer<E, P> {
    /// The same producer, for tasks: it has `publish_async` and `publish_batch_async`, too (feature `async`).
    ///
    /// Whether a pipeline that is built at run time sends wake-ups is known then, and this asks for it: it does if any of its stages, or
    /// the producer, was built with a wait that blocks, or if [`Builder::wake_ups`](super::Builder::wake_ups) was called.
    ///
    /// ```
    /// use disruptor_runtime::dynamic::{Builder, Stage};
    ///
    /// let mut builder = Builder::single(64, u64::default);
    /// builder.wake_ups().handle_events_with([Stage::new("work", |_: &u64, _: i64, _: bool| {})]);
    /// let (producer, running) = builder.build()?.spawn()?;
    /// let mut producer = producer.for_tasks()?;
    /// producer.publish(|event| *event = 7)?;      // in a task: `producer.publish_async(…).await?`
    /// # drop(producer);
    /// # running.join()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`NoWakeUps`], which gives the producer back.
    pub fn for_tasks(self) -> Result<TaskProducer<E, P>, NoWakeUps<E, P>> {
        if self.memory().wakes() {
            Ok(self.with_wait(WakingWait::new))
        } else {
            Err(NoWakeUps { producer: self })
        }
    }
}

/// The pipeline sends no wake-ups, and a task that waited for room would sleep for ever.
pub struct NoWakeUps<E: Send + Sync + 'static, P: Publication + 'static = One> {
    /// The producer, as it was.
    pub producer: DynamicProducer<E, P>,
}

impl<E: Send + Sync + 'static, P: Publication + 'static> fmt::Display for NoWakeUps<E, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the pipeline sends no wake-ups, and a task that waits for room would sleep for ever: call `wake_ups` on the \
             builder, or give it a wait that blocks, `.producer_wait(Blocking::default())`",
        )
    }
}

impl<E: Send + Sync + 'static, P: Publication + 'static> fmt::Debug for NoWakeUps<E, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoWakeUps").field("producer", &self.producer).finish()
    }
}

impl<E: Send + Sync + 'static, P: Publication + 'static> std::error::Error for NoWakeUps<E, P> {}
