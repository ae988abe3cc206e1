//! `disruptor!`: the declarations of the example `throughput`, and beside them what only this comparison has.

mod arrays;
mod single;

use disruptor_pipeline::wait::{SpinHint, Wait, Yielding};

use crate::shape::{Shape, Waiting};
use crate::work::BATCH;
use crate::{Outcome, topologies};

pub(crate) fn run(shape: Shape, events: i64, wait: Waiting) -> Outcome {
    match wait {
        Waiting::SpinHint => with(shape, events, SpinHint),
        Waiting::Yielding => with(shape, events, Yielding::default()),
    }
}

fn with<W: Wait + Clone>(shape: Shape, events: i64, wait: W) -> Outcome {
    match shape {
        Shape::Unicast => topologies::unicast::<1, W>(events, wait),
        Shape::UnicastBatch => topologies::unicast::<BATCH, W>(events, wait),
        Shape::UnicastPinned => single::pinned::<1, W>(events, wait),
        Shape::UnicastBatchPinned => single::pinned::<BATCH, W>(events, wait),
        Shape::UnicastPoller => single::poller(events, wait),
        Shape::Translator => single::translator(events, wait),
        Shape::LongArray => arrays::long_array(events, wait),
        Shape::Raw => single::raw::<1, W>(events, wait),
        Shape::RawBatch => single::raw::<BATCH, W>(events, wait),
        Shape::Pipeline => topologies::pipeline(events, wait),
        Shape::Diamond => topologies::diamond(events, wait),
        Shape::Multicast => topologies::multicast(events, wait),
        Shape::Sequencer => topologies::sequencer::<1, W>(events, wait),
        Shape::SequencerBatch => topologies::sequencer::<BATCH, W>(events, wait),
        Shape::ThreeToThree => arrays::three_to_three(events, wait),
    }
}
