//! Generated topologies: every stage sees each event that was published once, in order, whole, and after all its upstreams; and no
//! slot is written before every stage has left it. Any graph without a circle, random waits, batch limits, pools, producers, rings and
//! first sequences, and producers that give up half of what they claim.
#![forbid(unsafe_code)]

#[path = "../common/cases.rs"]
mod cases;
#[path = "../common/mod.rs"]
mod common;
mod scenario;
mod witness;

use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use common::within;
use disruptor_pipeline::dynamic::{Built, DynamicProducer, Many, Publication, Stage};
use disruptor_pipeline::wait::{
    Blocking, BusySpin, LiteBlocking, PhasedBackoff, Sleeping, SpinHint, TimeoutBlocking, Yielding,
};
use disruptor_pipeline::{Builder, Sequence};
use proptest::prelude::*;
use scenario::{Act, Deed, Scenario, StageCase, Waiting};
use witness::{Event, Log, Witness, panic_quietly};

/// Calls with the wait as a value.
macro_rules! with_wait {
    ($waiting:expr, $wait:ident => $call:expr) => {
        match $waiting {
            Waiting::Busy => with_wait!(@ $wait, BusySpin, $call),
            Waiting::Hint => with_wait!(@ $wait, SpinHint, $call),
            Waiting::Yielding => with_wait!(@ $wait, Yielding::default(), $call),
            Waiting::Sleeping => with_wait!(@ $wait, Sleeping::default(), $call),
            Waiting::Blocking => with_wait!(@ $wait, Blocking::default(), $call),
            Waiting::Lite => with_wait!(@ $wait, LiteBlocking::default(), $call),
            Waiting::Timeout => {
                with_wait!(@ $wait, TimeoutBlocking::with_limit(Duration::from_micros(300)), $call)
            }
            Waiting::Backoff => with_wait!(@ $wait, PhasedBackoff::before(Blocking::default()), $call),
        }
    };
    (@ $wait:ident, $value:expr, $call:expr) => {{
        let $wait = $value;
        $call
    }};
}

/// What was published: by whom, and as the how manyeth of theirs.
type Published = Vec<(Sequence, (usize, u64))>;

/// Describes the stages. Gives where they write down what they see.
fn describe<P: Publication + 'static>(builder: &mut Builder<Event, P>, scenario: &Scenario) -> Vec<Log> {
    with_wait!(scenario.producer_wait, wait => builder.producer_wait(wait));
    builder.begin_at(scenario.first);
    let mut logs = Vec::new();
    for (at, StageCase { workers, wait, batch, .. }) in scenario.stages.iter().enumerate() {
        let log = Log::default();
        let witness = || Witness::new(at, scenario.before(at), batch.unwrap_or(scenario.ring), &log);
        let mut stage = match workers {
            1 => Stage::new(format!("s{at}"), witness()),
            workers => Stage::pool(format!("s{at}"), (0..*workers).map(|_| witness())),
        };
        stage = with_wait!(wait, wait => stage.wait(wait));
        if let Some(batch) = batch {
            stage = stage.batch(*batch);
        }
        builder.handle_events_with([stage]);
        logs.push(log);
    }
    for (at, stage) in scenario.stages.iter().enumerate() {
        for after in &stage.after {
            builder.arrow(format!("s{after}"), format!("s{at}"));
        }
    }
    logs
}

/// Does what a producer is to do. Gives what it has published.
fn publish<P: Publication>(
    producer: &mut DynamicProducer<Event, P>,
    (by, ring): (usize, usize),
    acts: &[Act],
) -> Published {
    let mut published = Published::new();
    let mut number = 0;
    for Act { deed, count } in acts {
        let count = (*count).min(ring);
        let ids: Vec<_> = (number..).take(count).map(|number| (by, number)).collect();
        number += count as u64;
        let told = catch_unwind(AssertUnwindSafe(|| match deed {
            Deed::Each => {
                let fill = |event: &mut Event, sequence, id| event.write(sequence, id);
                let each = ids.iter().map(|id| producer.publish_with(fill, (*id,)).expect("open"));
                each.collect::<Vec<_>>()
            }
            Deed::Panic => {
                producer
                    .publish(|event| {
                        event.tear();
                        panic_quietly();
                    })
                    .expect("open");
                Vec::new()
            }
            Deed::Batch => {
                let fill = |event: &mut Event, sequence, id| event.write(sequence, id);
                let args: Vec<_> = ids.iter().map(|id| (*id,)).collect();
                producer.publish_batch_with(fill, args).expect("open").collect()
            }
            Deed::PanicInBatch => {
                let torn = producer.publish_batch(count, |batch| {
                    batch.for_each(Event::tear);
                    panic_quietly();
                });
                torn.expect("open").collect()
            }
            Deed::Claim | Deed::Abort | Deed::Leak => {
                let mut claim = producer.claim(count).expect("open");
                let sequences = claim.sequences();
                for ((event, sequence), id) in claim.iter_mut().zip(sequences.clone()).zip(&ids) {
                    if *deed == Deed::Claim {
                        event.write(sequence, *id);
                    } else {
                        event.tear();
                    }
                }
                match deed {
                    Deed::Claim => return claim.publish().collect(),
                    Deed::Abort => claim.abort(),
                    _ => forget(claim),
                }
                Vec::new()
            }
        }));
        published.extend(told.unwrap_or_default().into_iter().zip(ids));
    }
    published
}

/// Runs a pipeline to its end, and holds what the stages have seen against what was published.
fn hold<P: Publication + 'static>(
    scenario: &Scenario,
    built: Built<Event, P>,
    logs: Vec<Log>,
    clones: impl Fn(DynamicProducer<Event, P>, usize) -> Vec<DynamicProducer<Event, P>>,
) -> Result<(), TestCaseError> {
    let (producer, running) = built.spawn().expect("it starts");
    let producers = clones(producer, scenario.producers.len());
    let published = Mutex::new(Published::new());
    thread::scope(|scope| {
        for (by, (mut producer, acts)) in producers.into_iter().zip(&scenario.producers).enumerate() {
            let published = &published;
            scope.spawn(move || {
                let own = publish(&mut producer, (by, scenario.ring), acts);
                published.lock().expect("no panic").extend(own);
            });
        }
    });
    running.join().map(drop).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let mut published = published.into_inner().expect("no panic");
    published.sort_unstable();
    for (at, log) in logs.iter().enumerate() {
        let mut seen = std::mem::take(&mut *log.lock().expect("no panic"));
        // Workers write down side by side; each of them has seen to it that its own come in order.
        seen.sort_unstable();
        prop_assert_eq!(&seen, &published, "what s{} has seen, and what was published", at);
    }
    Ok(())
}

fn try_out(scenario: &Scenario) -> Result<(), TestCaseError> {
    if let [_] = &scenario.producers[..] {
        let stages = scenario.stages.len();
        let mut builder = Builder::single(scenario.ring, move || Event::new(stages));
        let logs = describe(&mut builder, scenario);
        hold(scenario, builder.build().expect("a graph"), logs, |producer, _| vec![producer])
    } else {
        let stages = scenario.stages.len();
        let mut builder = Builder::<Event, Many>::multi(scenario.ring, move || Event::new(stages));
        let logs = describe(&mut builder, scenario);
        hold(scenario, builder.build().expect("a graph"), logs, |producer, count| {
            let mut all: Vec<_> = (1..count).map(|_| producer.clone()).collect();
            all.push(producer);
            all
        })
    }
}

proptest! {
    #![proptest_config(cases::config(500))]

    #[test]
    fn any_topology_keeps_its_order(scenario in Scenario::any()) {
        let scenario = Arc::new(scenario);
        within("a generated topology", move || try_out(&scenario))?;
    }
}
