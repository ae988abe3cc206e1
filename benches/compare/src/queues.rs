//! Queues: the same shapes made of one queue an edge. Who waits gives way or spins as everybody here does: with their own blocking
//! calls, which park, the channels would be measured by their wake-ups.
//!
//! Events travel by value, and each edge has a queue of its own, so that a fan-out sends its events several times. Where several
//! producers may not send into one queue each has its own, and they are read in turns.

mod channels;
mod rtrb;
mod shapes;

pub(crate) use channels::{Crossbeam, SyncChannel};
pub(crate) use rtrb::Rtrb;

use crate::Outcome;
use crate::shape::{Hint, Pause, Shape, Waiting, Yield};
use crate::work::BATCH;

/// What they can do. There is nothing in a queue to poll but the queue itself, nothing to translate, nothing raw, and long events
/// would be copied.
pub(crate) const SHAPES: &[Shape] = &[
    Shape::Unicast,
    Shape::UnicastBatch,
    Shape::UnicastPinned,
    Shape::UnicastBatchPinned,
    Shape::Pipeline,
    Shape::Diamond,
    Shape::Multicast,
    Shape::Sequencer,
    Shape::SequencerBatch,
    Shape::ThreeToThree,
];

/// The two sides of queues.
pub(crate) type Sides<Q, T> = (Vec<<Q as Queue>::Sender<T>>, Vec<<Q as Queue>::Receiver<T>>);

/// A bounded queue.
pub(crate) trait Queue: Sized + 'static {
    type Sender<T: Copy + Send + 'static>: Send;
    type Receiver<T: Copy + Send + 'static>: Send;

    /// A queue with room for so many.
    fn queue<T: Copy + Send + 'static>(slots: usize) -> (Self::Sender<T>, Self::Receiver<T>);

    /// As many senders, into one queue where that can be.
    fn fan_in<T: Copy + Send + 'static>(slots: usize, senders: usize) -> Sides<Self, T>;

    /// Sends one if there is room.
    fn try_send<T: Copy + Send + 'static>(sender: &mut Self::Sender<T>, value: T) -> bool;

    /// Sends what `values` has, together where that can be. Gives how many there was room for: all or none, or one.
    fn try_send_all<T: Copy + Send + 'static>(
        sender: &mut Self::Sender<T>,
        values: &mut (impl Iterator<Item = T> + Clone),
        count: usize,
    ) -> usize {
        let Some(value) = values.clone().next() else { return count };
        let sent = Self::try_send(sender, value);
        if sent {
            values.next();
        }
        usize::from(sent)
    }

    /// Takes one if there is any.
    fn try_take<T: Copy + Send + 'static>(receiver: &mut Self::Receiver<T>) -> Option<T>;

    /// Takes what is there. Gives how many that were.
    fn take<T: Copy + Send + 'static>(receiver: &mut Self::Receiver<T>, each: impl FnMut(T)) -> usize;
}

/// Runs a shape.
pub(crate) fn run<Q: Queue>(shape: Shape, events: i64, wait: Waiting) -> Outcome {
    match wait {
        Waiting::Yielding => with::<Q, _>(shape, events, Yield),
        Waiting::SpinHint => with::<Q, _>(shape, events, Hint),
    }
}

fn with<Q: Queue, P: Pause>(shape: Shape, events: i64, pause: P) -> Outcome {
    match shape {
        Shape::Unicast => shapes::unicast::<Q, 1, P>(events, pause),
        Shape::UnicastBatch => shapes::unicast::<Q, BATCH, P>(events, pause),
        Shape::UnicastPinned => shapes::pinned::<Q, 1, P>(events, pause),
        Shape::UnicastBatchPinned => shapes::pinned::<Q, BATCH, P>(events, pause),
        Shape::Pipeline => shapes::pipeline::<Q, P>(events, pause),
        Shape::Diamond => shapes::diamond::<Q, P>(events, pause),
        Shape::Multicast => shapes::multicast::<Q, P>(events, pause),
        Shape::Sequencer => shapes::sequencer::<Q, 1, P>(events, pause),
        Shape::SequencerBatch => shapes::sequencer::<Q, BATCH, P>(events, pause),
        Shape::ThreeToThree => shapes::three_to_three::<Q, P>(events, pause),
        other => Err(format!("a queue has no shape `{other}`")),
    }
}
