//! Waits to whose waiters wake-ups are sent.

use super::{Blocking, LiteBlocking, PhasedBackoff, TimeoutBlocking, Wait};

/// A wait that blocks: its [`BLOCKS`](Wait::BLOCKS) is true, so that those whom it waits on send wake-ups.
///
/// A producer with such a wait can sleep in a task, too (`publish_async`, feature `async`). Implement it for a wait of your own whose `BLOCKS`
/// is true; where it is not, the use of such a producer in a task does not compile.
#[diagnostic::on_unimplemented(
    message = "a task is woken only where the producer's wait blocks, and `{Self}` does not",
    label = "this producer's wait sends no wake-ups to it",
    note = "declare the pipeline with `producer_wait: Blocking;`, or with `PhasedBackoff::before(Blocking::default())`",
    note = "the producer of a pipeline that is built at run time becomes one for tasks by `producer.for_tasks()?`",
    note = "a wait of your own whose `BLOCKS` is true says so by `impl Blocks for …`"
)]
pub trait Blocks: Wait {}

impl Blocks for Blocking {}

impl Blocks for LiteBlocking {}

impl Blocks for TimeoutBlocking {}

impl<Last: Blocks> Blocks for PhasedBackoff<Last> {}
