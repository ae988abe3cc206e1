//! The comparison: contenders, shapes, and [`run`], which lets a contender do a shape's work and checks what comes out.
//!
//! Every contender moves the same events through rings or queues of the same size, with the same work in each stage, and is
//! timed from the first publication to the last stage's last event.

mod arrays;
mod limit;
mod own;
mod shape;
#[path = "../../../examples/throughput/topologies.rs"]
mod topologies;
#[path = "../../../examples/throughput/work.rs"]
mod work;

use std::time::{Duration, Instant};

pub use shape::{Shape, Waiting};

use shape::{Hint, Spin, Yield};

/// What a run has shown: how long it took, or in what its result was wrong.
pub type Outcome = Result<Duration, String>;

/// One of those that are compared.
#[derive(Debug)]
pub struct Contender {
    /// What it is called on the command line and in tables.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// What it can do.
    pub shapes: &'static [Shape],
    run: fn(Shape, i64, Waiting) -> Outcome,
}

/// All of them.
pub const CONTENDERS: &[Contender] = &[
    Contender {
        name: "disruptor!",
        about: "this project, as it is declared",
        shapes: own::SHAPES,
        run: own::run,
    },
    Contender {
        name: "limit",
        about: "a static ring written by hand for the shape alone, without a stop, an error or a count",
        shapes: &Shape::ALL,
        run: limit,
    },
];

fn limit(shape: Shape, events: i64, wait: Waiting) -> Outcome {
    match wait {
        Waiting::BusySpin => limit::run(shape, events, Spin),
        Waiting::SpinHint => limit::run(shape, events, Hint),
        Waiting::Yielding => limit::run(shape, events, Yield),
        Waiting::Blocking => Err(no_wait("limit", wait)),
    }
}

fn no_wait(contender: &str, wait: Waiting) -> String {
    format!("`{contender}` has no wait `{wait}`")
}

/// Lets a contender do a shape's work with so many events, and gives the time from the first publication to the last stage's last
/// event.
///
/// # Errors
/// The contender is not there, or has not this shape or wait; there are no events; or the result was wrong.
pub fn run(contender: &str, shape: Shape, events: i64, wait: Waiting) -> Outcome {
    let Some(found) = CONTENDERS.iter().find(|known| known.name == contender) else {
        let names: Vec<_> = CONTENDERS.iter().map(|known| known.name).collect();
        return Err(format!("there is no contender `{contender}`: {}", names.join(" | ")));
    };
    if !found.shapes.contains(&shape) {
        return Err(format!("`{contender}` has no shape `{shape}`"));
    }
    if !(1..=1 << 40).contains(&events) {
        return Err(format!("{events} is no number of events: from 1 to 2^40"));
    }
    (found.run)(shape, events, wait)
}

/// Compares a result with what it must be, and gives the time that it took.
pub(crate) fn checked<T: PartialEq + std::fmt::Debug>(
    got: T,
    expected: T,
    begun: Instant,
    ended: Option<Instant>,
) -> Outcome {
    match ended {
        Some(ended) if got == expected => Ok(ended - begun),
        Some(_) => Err(format!("wrong result: {got:?} where {expected:?} was expected")),
        None => Err("the last event was not seen".to_owned()),
    }
}
