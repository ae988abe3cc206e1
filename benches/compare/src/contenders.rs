//! Who is compared.

use std::marker::PhantomData;

use disruptor::BusySpinWithSpinLoopHint;
use disruptor_pipeline::wait;

use crate::latency::{self, Latencies, Link, Queued};
use crate::queues::{Crossbeam, Queue, Rtrb, SyncChannel};
use crate::shape::{Hint, LOOKS, Shape, Waiting, YieldLater};
use crate::{Outcome, disruptor_rs, limit, own, queues};

/// One of those that are compared.
#[derive(Debug)]
pub struct Contender {
    /// What it is called on the command line and in tables.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// The shapes that it has.
    pub shapes: &'static [Shape],
    /// The waits that it has; the first one is taken where none is asked for.
    pub waits: &'static [Waiting],
    pub(crate) run: fn(Shape, i64, Waiting) -> Outcome,
    pub(crate) measure: fn(Load, Waiting) -> Result<Latencies, String>,
}

/// What a latency is measured under.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Load {
    /// So many round trips.
    PingPong(i64),
    /// So many events a second, for so many seconds.
    Open(i64, i64),
}

/// All of them.
// A static: a constant would have every program that names it compile all contenders anew.
pub static CONTENDERS: &[Contender] = &[
    Contender {
        name: "disruptor!",
        about: "this project, declared",
        shapes: &Shape::ALL,
        waits: &Waiting::ALL,
        run: own::run,
        measure: |load, waiting| match waiting {
            Waiting::Yielding => measure(&latency::Own(wait::Yielding::after(LOOKS)), load),
            Waiting::SpinHint => measure(&latency::Own(wait::SpinHint), load),
        },
    },
    Contender {
        name: "limit",
        about: "a static ring written by hand for the shape alone, without a stop, an error or a count",
        shapes: &Shape::ALL,
        waits: &Waiting::ALL,
        run: limit::run,
        measure: |load, waiting| match waiting {
            Waiting::Yielding => measure(&latency::Limit(YieldLater), load),
            Waiting::SpinHint => measure(&latency::Limit(Hint), load),
        },
    },
    Contender {
        name: "disruptor-rs",
        about: "the crate disruptor 4.4 with a yielding wait that it is given; its producers spin in front of a full ring",
        shapes: &Shape::ALL,
        waits: &[Waiting::Yielding],
        run: disruptor_rs::run,
        measure: |load, _| measure(&latency::DisruptorRs(disruptor_rs::YieldingLater), load),
    },
    Contender {
        name: "disruptor-rs-spin",
        about: "the same with its own wait, which spins",
        shapes: &Shape::ALL,
        waits: &[Waiting::SpinHint],
        run: disruptor_rs::run,
        measure: |load, _| measure(&latency::DisruptorRs(BusySpinWithSpinLoopHint), load),
    },
    Contender {
        name: "crossbeam",
        about: "crossbeam-channel, bounded: a channel an edge, no batches",
        shapes: queues::SHAPES,
        waits: &Waiting::ALL,
        run: queues::run::<Crossbeam>,
        measure: queued::<Crossbeam>,
    },
    Contender {
        name: "sync_channel",
        about: "std::sync::mpsc::sync_channel: a channel an edge, no batches",
        shapes: queues::SHAPES,
        waits: &Waiting::ALL,
        run: queues::run::<SyncChannel>,
        measure: queued::<SyncChannel>,
    },
    Contender {
        name: "rtrb",
        about: "rtrb: a queue an edge, and one for each producer, read in turns; batches by its chunks",
        shapes: queues::SHAPES,
        waits: &Waiting::ALL,
        run: queues::run::<Rtrb>,
        measure: queued::<Rtrb>,
    },
];

fn measure(link: &impl Link, load: Load) -> Result<Latencies, String> {
    match load {
        Load::PingPong(events) => latency::ping_pong(link, events),
        Load::Open(rate, seconds) => latency::load(link, rate, seconds),
    }
}

fn queued<Q: Queue>(load: Load, waiting: Waiting) -> Result<Latencies, String> {
    match waiting {
        Waiting::Yielding => measure(&Queued::<Q, _>(YieldLater, PhantomData), load),
        Waiting::SpinHint => measure(&Queued::<Q, _>(Hint, PhantomData), load),
    }
}
