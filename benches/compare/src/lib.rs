//! The comparison: contenders, shapes, and [`run`], which lets a contender do a shape's work and checks what comes out.
//!
//! Every contender moves the same events through rings or queues of the same size, with the same work in each stage, and is
//! timed from the first publication to the last stage's last event.
//!
//! ```sh
//! cd benches/compare
//! cargo run --release --bin contender -- --list                        # who can do what
//! cargo run --release --bin contender -- limit diamond 9000000         # one contender, one shape, one process
//! cargo run --release --bin latency -- 'disruptor!' ping-pong 500000   # round trips over two rings
//! cargo run --release --bin latency -- rtrb load 1000000 5             # a million events a second, for five seconds
//! cargo run --release --bin advice                                     # what each advice of docs/performance.md is worth here
//! cargo bench                                                          # all of it in one process, with criterion
//! ```
//!
//! Single figures say little on a machine that does other things: start the contenders in turns, and compare the rounds.
//!
//! | file | |
//! |---|---|
//! | `shape` | what is compared: topologies, rings, waits |
//! | `work`, `numbers`, `checked` (of the example `throughput`), `arrays` | the events, what each stage does with them, and what must come out |
//! | `contenders` | who is compared, and what each can do |
//! | `own` | this project, beside the declarations of the example `throughput` |
//! | `limit` | rings written by hand |
//! | `disruptor_rs`, `queues` | the peers |
//! | `pinned` | two threads on cores of their own |
//! | `latency` | how long an event takes |

mod arrays;
#[path = "../../../examples/throughput/checked.rs"]
mod checked;
mod contenders;
mod disruptor_rs;
pub mod latency;
mod limit;
#[path = "../../../examples/throughput/numbers.rs"]
mod numbers;
mod own;
mod pinned;
mod queues;
mod shape;
#[path = "../../../examples/throughput/topologies.rs"]
mod topologies;
#[path = "../../../examples/throughput/work.rs"]
mod work;

pub use contenders::{CONTENDERS, Contender};
pub use shape::{Shape, Waiting};

pub(crate) use checked::checked;
use contenders::Load;
use latency::Latencies;

/// What a run has shown: how long it took, or in what its result was wrong.
pub type Outcome = checked::Outcome;

/// The most events that a run is asked for.
const MOST: i64 = 1 << 40;

/// Lets a contender do a shape's work with so many events, and gives the time from the first publication to the last stage's last
/// event. Without a wait, it waits as it does by itself.
///
/// # Errors
/// The contender is not there, or has not this shape or wait; `events` is no number of events; or the result was wrong.
pub fn run(contender: &str, shape: Shape, events: i64, wait: Option<Waiting>) -> Outcome {
    let (found, wait) = find(contender, wait)?;
    if !found.shapes.contains(&shape) {
        return Err(format!("`{contender}` has no shape `{shape}`; `contender --list` shows what there is"));
    }
    in_range("events", events, MOST)?;
    (found.run)(shape, events, wait)
}

/// Measures the latencies of so many round trips over two rings, with a pause of a microsecond before each.
///
/// # Errors
/// The contender is not there, or has not this wait; `events` is no number of events; or what came back was not what was sent.
pub fn ping_pong(contender: &str, events: i64, wait: Option<Waiting>) -> Result<Latencies, String> {
    let (found, wait) = find(contender, wait)?;
    in_range("round trips", events, MOST)?;
    (found.measure)(Load::PingPong(events), wait)
}

/// Measures the latencies of an open loop of `rate` events a second over one ring, for so many seconds.
///
/// # Errors
/// The contender is not there, or has not this wait; the rate or the time is none; or what came out had another order than what went in.
pub fn load(contender: &str, rate: i64, seconds: i64, wait: Option<Waiting>) -> Result<Latencies, String> {
    let (found, wait) = find(contender, wait)?;
    in_range("events a second", rate, 1_000_000_000)?;
    in_range("seconds", seconds, 3_600)?;
    (found.measure)(Load::Open(rate, seconds), wait)
}

fn find(contender: &str, wait: Option<Waiting>) -> Result<(&'static Contender, Waiting), String> {
    let Some(found) = CONTENDERS.iter().find(|known| known.name == contender) else {
        let names: Vec<_> = CONTENDERS.iter().map(|known| known.name).collect();
        return Err(format!("there is no contender `{contender}`: {}", names.join(" | ")));
    };
    let wait = wait.unwrap_or(found.waits[0]);
    if !found.waits.contains(&wait) {
        return Err(format!("`{contender}` has no wait `{wait}`, but {:?}", found.waits));
    }
    Ok((found, wait))
}

fn in_range(what: &str, number: i64, most: i64) -> Result<(), String> {
    if (1..=most).contains(&number) {
        Ok(())
    } else {
        Err(format!("{number} {what}: from 1 to {most} can be asked for"))
    }
}
