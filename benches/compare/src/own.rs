//! `disruptor!`, as the example `throughput` has it; what that has not stands here.

use disruptor_pipeline::wait::{Blocking, BusySpin, SpinHint, Wait, Yielding};

use crate::shape::{Shape, Waiting};
use crate::work::BATCH;
use crate::{Outcome, topologies};

pub(crate) const SHAPES: &[Shape] = &[
    Shape::Unicast,
    Shape::UnicastBatch,
    Shape::Pipeline,
    Shape::Diamond,
    Shape::Multicast,
    Shape::Sequencer,
    Shape::SequencerBatch,
];

pub(crate) fn run(shape: Shape, events: i64, wait: Waiting) -> Outcome {
    match wait {
        Waiting::BusySpin => with(shape, events, BusySpin),
        Waiting::SpinHint => with(shape, events, SpinHint),
        Waiting::Yielding => with(shape, events, Yielding::default()),
        Waiting::Blocking => with(shape, events, Blocking::default()),
    }
}

fn with<W: Wait + Clone>(shape: Shape, events: i64, wait: W) -> Outcome {
    match shape {
        Shape::Unicast => topologies::unicast(events, 1, wait),
        Shape::UnicastBatch => topologies::unicast(events, BATCH, wait),
        Shape::Pipeline => topologies::pipeline(events, wait),
        Shape::Diamond => topologies::diamond(events, wait),
        Shape::Multicast => topologies::multicast(events, wait),
        Shape::Sequencer => topologies::sequencer(events, 1, wait),
        Shape::SequencerBatch => topologies::sequencer(events, BATCH, wait),
        other => Err(format!("{other} is not written")),
    }
}
