//! Scenarios of declared pipelines: few, as each is compiled for itself, of different shapes and with different waits.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use disruptor_pipeline::{Decision, Fault, OnError, PollError, disruptor};

use crate::drive::{Feed, Polls, Seen, conduct};
use crate::feed::{feeding, polling};
use crate::oracle::{Checker, Event, Findings};
use crate::scenario::{RING, Scenario, Shape, Trouble};

/// What follows a stage's error, as the scenario says.
#[derive(Clone)]
struct Policy(Vec<Option<Trouble>>);

impl OnError for Policy {
    fn decide(&mut self, fault: &Fault<'_>) -> Decision {
        let stage: usize = fault.stage.trim_start_matches('s').parse().expect("stages are called by numbers");
        match self.0[stage] {
            Some(Trouble::Skips(_)) => Decision::Skip,
            Some(Trouble::Retries(_)) if fault.tries <= 3 => Decision::Retry(Duration::ZERO),
            _ => Decision::Stop,
        }
    }
}

/// Starts a declared pipeline and conducts it: `producers` makes as many as there are to be of one, pollers and handlers are named with
/// the numbers of their stages.
macro_rules! conducted {
    (
        $scenario:ident, $findings:ident, $pipeline:expr, $checker:expr, $producers:expr,
        polled: [$($poller:ident: $polled:literal),*], stages: [$($stage:ident: $at:literal),*], shards: [$($shard:ident: $of:literal),*]
    ) => {{
        let (producer, running, pollers) = $pipeline.spawn_with_pollers().expect("it starts");
        let mut polls: Vec<Polls<'_>> = vec![];
        $({
            let (mut poller, mut checker, leaves) =
                (pollers.$poller, $checker($polled), $scenario.stages[$polled].leaves);
            polls.push(Box::new(move |mut random| {
                let polled = move || -> Checker { polling!(poller, checker, random, leaves) };
                (format!("s{}", $polled), polled())
            }));
        })*
        let mut feeds: Vec<Feed<'_>> = vec![];
        for (who, mut producer) in (0_u64..).zip($producers(producer)) {
            feeds.push(Box::new(move |mut random, published, progress| {
                feeding!($scenario, who, producer, random, published, progress)
            }));
        }
        conduct($scenario, $findings, running, feeds, polls, None, |handlers, watched| {
            let mut stages: Vec<Vec<Checker>> = $scenario.stages.iter().map(|_| vec![]).collect();
            $(stages[$at] = vec![handlers.$stage];)*
            $(stages[$of] = handlers.$shard;)*
            for (name, checker) in watched.drain(..) {
                let at: usize = name.trim_start_matches('s').parse().expect("a number");
                stages[at] = vec![checker];
            }
            stages
        })
    }};
}

/// Runs a scenario of this shape to its end.
pub(crate) fn run(shape: Shape, scenario: &Scenario, done: &[Arc<AtomicI64>], findings: &Findings) -> Seen {
    let checker = |at: usize| {
        let stage = &scenario.stages[at];
        let before = scenario.watched_before(at).map(|at| Arc::clone(&done[at])).collect();
        Checker::new(format!("s{at}"), findings, Arc::clone(&done[at]), before).habits(
            stage.releases,
            stage.slow,
            stage.trouble,
        )
    };
    let batch = |at: usize| scenario.stages[at].batch.unwrap_or(RING);
    let policy = Policy(scenario.stages.iter().map(|stage| stage.trouble).collect());
    match shape {
        Shape::Diamond => {
            let pipeline = disruptor! {
                event: Event;
                ring: RING;
                wait: Yielding;
                producer_wait: Blocking;
                on_error: policy;
                s0 { batch: batch(0) } = checker(0);
                s1 { batch: batch(1), wait: Blocking } = checker(1);
                s2 { poll: release };
                s3 { batch: batch(3), wait: LiteBlocking } = checker(3);
                < s0 -> (s1, s2) -> s3 >
            };
            conducted!(scenario, findings, pipeline, checker, |producer| [producer],
                polled: [s2: 2], stages: [s0: 0, s1: 1, s3: 3], shards: [])
        }
        Shape::Shard => {
            let pipeline = disruptor! {
                event: Event;
                ring: RING;
                producers: multi;
                wait: Blocking;
                producer_wait: LiteBlocking;
                on_error: policy;
                s0 { batch: batch(0) } = checker(0);
                s1 = checker(1);
                s2 { batch: batch(2) } = checker(2);
                s3 { poll: release };
                < s0 -> [s1; 2] -> s2 > < s3 -> s2 >
            };
            let clones = |producer| clones(&producer, scenario.producers);
            conducted!(scenario, findings, pipeline, checker, clones,
                polled: [s3: 3], stages: [s0: 0, s2: 2], shards: [s1: 1])
        }
        Shape::Fused => {
            let pipeline = disruptor! {
                event: Event;
                ring: RING;
                wait: SpinHint;
                on_error: policy;
                s0 { batch: batch(0) } = checker(0);
                s1 = checker(1);
                s2 { batch: batch(2) } = checker(2);
                s3 { poll: release, wait: Blocking };
                s4 { poll: release, wait: Sleeping };
                < s0 + s1 -> s2 > < s0 -> s3 -> s4 >
            };
            conducted!(scenario, findings, pipeline, checker, |producer| [producer],
                polled: [s3: 3, s4: 4], stages: [s0: 0, s1: 1, s2: 2], shards: [])
        }
        Shape::Pollers => {
            let pipeline = disruptor! {
                event: Event;
                ring: RING;
                producers: multi;
                wait: LiteBlocking;
                producer_wait: Blocking;
                on_error: policy;
                s0 { poll: release };
                s1 { poll: release };
                s2 { poll: release, wait: TimeoutBlocking };
                s3 { batch: batch(3) } = checker(3);
                < (s0 -> s1, s2) -> s3 >
            };
            let clones = |producer| clones(&producer, scenario.producers);
            conducted!(scenario, findings, pipeline, checker, clones,
                polled: [s0: 0, s1: 1, s2: 2], stages: [s3: 3], shards: [])
        }
    }
}

/// So many of one that can be cloned.
fn clones<P: Clone>(producer: &P, count: usize) -> Vec<P> {
    (0..count).map(|_| producer.clone()).collect()
}
