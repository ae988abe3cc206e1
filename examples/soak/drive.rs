//! Runs a scenario, and holds what came of it against the oracle.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use disruptor_pipeline::dynamic::{
    Built, DynamicProducer, Handlers, Many, OnDrop, PollError, Poller, Publication, Stage, Stages,
};
use disruptor_pipeline::wait::{
    Blocking, BusySpin, LiteBlocking, PhasedBackoff, Sleeping, SpinHint, TimeoutBlocking, Yielding,
};
use disruptor_pipeline::{Builder, Closed, Failure, Retry, Running, Skip};

use crate::oracle::{Checker, Event, Findings, Log};
use crate::random::Random;
use crate::scenario::{End, Scenario, Trouble, Waiting};

/// What happened, and by whom it was seen.
pub(crate) struct Seen {
    pub(crate) published: Log,
    /// By stage: the log of each worker.
    pub(crate) stages: Vec<Vec<Checker>>,
    /// Stages that came while events flowed, with the sequence from which on they were to see everything, and where they left.
    pub(crate) guests: Vec<(i64, Checker)>,
    /// How many events of each producer were published for certain before the end was asked for; all, if nobody asked.
    pub(crate) before_end: Vec<u64>,
    pub(crate) failure: Option<Failure>,
}

/// Calls `$call!` with the wait as a value.
macro_rules! with_wait {
    ($waiting:expr, $wait:ident => $call:expr) => {
        match $waiting {
            Waiting::BusySpin => {
                let $wait = BusySpin;
                $call
            }
            Waiting::SpinHint => {
                let $wait = SpinHint;
                $call
            }
            Waiting::Yielding => {
                let $wait = Yielding::default();
                $call
            }
            Waiting::Sleeping => {
                let $wait = Sleeping::default();
                $call
            }
            Waiting::Blocking => {
                let $wait = Blocking::default();
                $call
            }
            Waiting::LiteBlocking => {
                let $wait = LiteBlocking::default();
                $call
            }
            Waiting::TimeoutBlocking => {
                let $wait = TimeoutBlocking::with_limit(Duration::from_micros(300));
                $call
            }
            Waiting::PhasedBackoff => {
                let $wait = PhasedBackoff::before(Blocking::default());
                $call
            }
        }
    };
}

/// Runs a scenario to its end.
pub(crate) fn run(scenario: &Scenario, findings: &Findings) -> Seen {
    let done: Vec<Arc<AtomicI64>> = scenario.stages.iter().map(|_| Arc::default()).collect();
    if scenario.producers == 1 {
        let mut builder = Builder::single(scenario.ring, Event::default);
        let checkers = describe(&mut builder, scenario, &done, findings);
        drive(scenario, builder.build().expect("it can be built"), checkers, findings, |producer, _| {
            vec![producer]
        })
    } else {
        let mut builder = Builder::<Event, Many>::multi(scenario.ring, Event::default);
        let checkers = describe(&mut builder, scenario, &done, findings);
        let clones = |producer: DynamicProducer<Event, Many>, count| {
            let mut all: Vec<_> = (1..count).map(|_| producer.clone()).collect();
            all.push(producer);
            all
        };
        drive(scenario, builder.build().expect("it can be built"), checkers, findings, clones)
    }
}

/// Gives the builder its stages. Gives the checkers of those that are polled.
fn describe<P: Publication + 'static>(
    builder: &mut Builder<Event, P>,
    scenario: &Scenario,
    done: &[Arc<AtomicI64>],
    findings: &Findings,
) -> Vec<(String, Checker)> {
    with_wait!(scenario.producer_wait, wait => builder.producer_wait(wait));
    builder.room_for(64).wake_ups();
    let mut polled = vec![];
    for (at, stage) in scenario.stages.iter().enumerate() {
        let before: Vec<_> =
            // A shard has no one place where it is.
            scenario.before(at).into_iter().filter(|at| scenario.stages[*at].workers == 1).map(|at| Arc::clone(&done[at])).collect();
        let checker = |name: String| {
            Checker::new(name, findings, Arc::clone(&done[at]), before.clone()).habits(
                stage.releases,
                stage.slow,
                stage.trouble,
            )
        };
        let name = format!("s{at}");
        let mut described = if stage.poller {
            polled.push((name.clone(), checker(name.clone())));
            Stage::poller(name.as_str(), OnDrop::Release)
        } else if stage.workers > 1 {
            Stage::pool(name.as_str(), (0..stage.workers).map(|worker| checker(format!("s{at}[{worker}]"))))
        } else {
            Stage::new(name.as_str(), checker(name.clone()))
        };
        described = with_wait!(stage.wait, wait => described.wait(wait));
        described = match stage.trouble {
            Some(Trouble::Skips(_)) => described.on_error(Skip),
            Some(Trouble::Retries(_)) => described.on_error(Retry::times(3)),
            _ => described,
        };
        if let Some(batch) = stage.batch.filter(|_| !stage.poller) {
            described = described.batch(batch);
        }
        if stage.after.is_empty() {
            builder.handle_events_with([described]);
        } else {
            builder.after(stage.after.iter().map(|at| format!("s{at}"))).then([described]);
        }
    }
    polled
}

fn drive<P: Publication + 'static>(
    scenario: &Scenario,
    built: Built<Event, P>,
    polled: Vec<(String, Checker)>,
    findings: &Findings,
    producers: impl Fn(DynamicProducer<Event, P>, usize) -> Vec<DynamicProducer<Event, P>>,
) -> Seen {
    let guests_at = built.stages();
    let (producer, running, mut pollers) = built.spawn_with_pollers().expect("it starts");
    let monitor = running.monitor();
    let mut random = Random::new(!scenario.seed);
    let published = Mutex::new(Log::new());
    let progress: Vec<AtomicU64> = (0..scenario.producers).map(|_| AtomicU64::new(0)).collect();
    let fed = AtomicBool::new(false);
    let mut before_end = vec![scenario.events; scenario.producers];
    let (mut guests, mut watched) = (vec![], vec![]);
    let mut ended = None;
    thread::scope(|scope| {
        let polls: Vec<_> = polled
            .into_iter()
            .map(|(name, checker)| {
                let poller = pollers.take(&name).expect("it was declared");
                let random = random.fork();
                scope.spawn(move || (name, poll(poller, checker, random)))
            })
            .collect();
        drop(pollers);
        let feeds: Vec<_> = producers(producer, scenario.producers)
            .into_iter()
            .enumerate()
            .map(|(number, producer)| {
                let (published, progress, random) = (&published, &progress[number], random.fork());
                scope.spawn(move || feed(scenario, number as u64, producer, random, published, progress))
            })
            .collect();
        let visits = (scenario.changes > 0).then(|| {
            let (fed, random) = (&fed, random.fork());
            scope.spawn(move || visit(scenario, &guests_at, findings, random, fed))
        });
        let reached = |when: u64| {
            while progress[0].load(Ordering::Acquire) < when && !feeds[0].is_finished() {
                thread::yield_now();
            }
            progress.iter().map(|progress| progress.load(Ordering::Acquire)).collect::<Vec<_>>()
        };
        let mut running = Some(running);
        match scenario.end {
            End::Join => {}
            End::Drain(when) => {
                before_end = reached(when);
                monitor.drain();
            }
            End::Halt(when) => {
                reached(when);
                before_end.fill(0);
                monitor.halt();
            }
            End::Drop(when) => {
                before_end = reached(when);
                drop(running.take());
            }
        }
        for feed in feeds {
            if let Some(closed) = feed.join().expect("a feed does not panic") {
                hold_against(scenario, &closed, findings);
            }
        }
        fed.store(true, Ordering::Release);
        guests = visits.map_or(vec![], |visits| visits.join().expect("visits do not panic"));
        watched = polls.into_iter().map(|poll| poll.join().expect("a poller does not panic")).collect();
        ended = running.map(Running::finish);
    });
    let mut seen = Seen {
        published: published.into_inner().expect("no panic"),
        stages: vec![],
        guests,
        before_end,
        failure: None,
    };
    let Some((mut handlers, verdict)) = ended else {
        // Nobody gets the handlers of a pipeline that was dropped.
        return seen;
    };
    seen.failure = verdict.err();
    for at in 0..scenario.stages.len() {
        seen.stages.push(checkers(&mut handlers, &mut watched, &format!("s{at}")));
    }
    seen
}

fn checkers(handlers: &mut Handlers, watched: &mut Vec<(String, Checker)>, name: &str) -> Vec<Checker> {
    if let Some(at) = watched.iter().position(|(known, _)| known == name) {
        return vec![watched.remove(at).1];
    }
    handlers.take_workers(name).expect("each stage gives its checkers back")
}

/// Publishes in all the ways there are, until all is published or the pipeline is closed.
fn feed<P: Publication + 'static>(
    scenario: &Scenario,
    who: u64,
    mut producer: DynamicProducer<Event, P>,
    mut random: Random,
    published: &Mutex<Log>,
    progress: &AtomicU64,
) -> Option<Closed> {
    let mut number = 0;
    while number < scenario.events {
        let many = (1 + random.below(scenario.ring)).min((scenario.events - number) as usize);
        let sequences = match random.below(8) {
            0 => match producer.try_publish(|event| *event = Event::new(who, number)) {
                Ok(sequence) => sequence..sequence + 1,
                Err(disruptor_pipeline::TryPublishError::Full) => {
                    thread::yield_now();
                    continue;
                }
                Err(disruptor_pipeline::TryPublishError::Closed(closed)) => return Some(closed),
            },
            1 => {
                let batch = producer.publish_batch(many, |batch| {
                    batch.zip(number..).for_each(|(event, number)| *event = Event::new(who, number));
                });
                match batch {
                    Ok(sequences) => sequences,
                    Err(disruptor_pipeline::BatchError::Closed(closed)) => return Some(closed),
                    Err(error) => panic!("{error}"),
                }
            }
            2 => match producer.claim(many) {
                Ok(mut claim) => {
                    claim
                        .iter_mut()
                        .zip(number..)
                        .for_each(|(event, number)| *event = Event::new(who, number));
                    if random.chance(30) {
                        claim.abort();
                        continue;
                    }
                    claim.publish()
                }
                Err(disruptor_pipeline::BatchError::Closed(closed)) => return Some(closed),
                Err(error) => panic!("{error}"),
            },
            3 => match producer
                .publish_within(Duration::from_micros(200), |event| *event = Event::new(who, number))
            {
                Ok(sequence) => sequence..sequence + 1,
                Err(disruptor_pipeline::TimedPublishError::Closed(closed)) => return Some(closed),
                Err(_) => continue,
            },
            4 => {
                let write = |event: &mut Event| {
                    *event = Event::new(!who, !number);
                    std::panic::resume_unwind(Box::new("half-way"));
                };
                let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| producer.publish(write)));
                match told {
                    Ok(Err(closed)) => return Some(closed),
                    Ok(Ok(_)) => panic!("what panics is not published"),
                    Err(_) => continue,
                }
            }
            _ => match producer.publish(|event| *event = Event::new(who, number)) {
                Ok(sequence) => sequence..sequence + 1,
                Err(closed) => return Some(closed),
            },
        };
        let mut log = published.lock().expect("no panic");
        for sequence in sequences {
            assert!(log.insert(sequence, (who, number)).is_none(), "{sequence} was given twice");
            number += 1;
        }
        drop(log);
        progress.store(number, Ordering::Release);
    }
    None
}

/// Polls until there is no more, in bites, and sometimes not to their ends.
fn poll<P: Publication + 'static>(
    mut poller: Poller<Event, P>,
    mut checker: Checker,
    mut random: Random,
) -> Checker {
    loop {
        let bite = 1 + random.below(40);
        let stop = random.chance(20).then(|| random.below(bite));
        let mut handled = 0;
        let polled = poller.take(bite).poll_within(Duration::from_millis(1), |event, sequence, _| {
            checker.see(event, sequence);
            checker.commit(sequence);
            handled += 1;
            if stop.is_some_and(|stop| handled > stop) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        match polled {
            Ok(_) => {}
            Err(PollError::Closed(_)) => return checker,
            Err(error) => panic!("the closure returns no error, and nobody awaits: {error}"),
        }
    }
}

/// Stages that come, stay for a while and go.
fn visit<P: Publication + 'static>(
    scenario: &Scenario,
    stages: &Stages<Event, P>,
    findings: &Findings,
    mut random: Random,
    fed: &AtomicBool,
) -> Vec<(i64, Checker)> {
    let mut guests = vec![];
    for number in 0..scenario.changes {
        let name = format!("guest{number}");
        let checker = Checker::new(name.clone(), findings, Arc::default(), vec![]);
        let after = scenario
            .stages
            .iter()
            .position(|stage| !stage.poller && stage.workers == 1)
            .filter(|_| random.chance(50));
        let waiting = scenario.stages[random.below(scenario.stages.len())].wait;
        let guest = with_wait!(waiting, wait => Stage::new(name.as_str(), checker).wait(wait));
        let from = match stages.add_after(after.map(|at| format!("s{at}")), guest) {
            Ok(from) => from,
            // The pipeline has ended before.
            Err(_) => break,
        };
        for _ in 0..random.below(200) {
            if fed.load(Ordering::Acquire) {
                break;
            }
            thread::yield_now();
        }
        match stages.remove(&name) {
            Ok(mut handlers) => guests.push((from, handlers.take(&name).expect("its own"))),
            Err(_) => break,
        }
    }
    guests
}

/// What a producer is told once the pipeline takes no more is why.
fn hold_against(scenario: &Scenario, closed: &Closed, findings: &Findings) {
    let as_told = match closed.stage() {
        Some(stage) => scenario.stops().is_some_and(|at| stage == format!("s{at}")),
        None => scenario.end != End::Join,
    };
    if !as_told || closed.is_halted() && !matches!(scenario.end, End::Halt(_)) {
        findings.add(format!("a producer was told: {closed}"));
    }
}
