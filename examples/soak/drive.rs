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

use crate::declared;
use crate::feed::{feeding, polling};
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

/// Publishes by the producer of a built pipeline.
fn feed<P: Publication + 'static>(
    scenario: &Scenario,
    who: u64,
    mut producer: DynamicProducer<Event, P>,
    mut random: Random,
    published: &Mutex<Log>,
    progress: &AtomicU64,
) -> Option<Closed> {
    feeding!(scenario, who, producer, random, published, progress)
}

/// Runs a scenario to its end.
pub(crate) fn run(scenario: &Scenario, findings: &Findings) -> Seen {
    let done: Vec<Arc<AtomicI64>> = scenario.stages.iter().map(|_| Arc::default()).collect();
    if let Some(shape) = scenario.shape {
        return declared::run(shape, scenario, &done, findings);
    }
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
        let before: Vec<_> = scenario.watched_before(at).map(|at| Arc::clone(&done[at])).collect();
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

/// Publishes in all ways, until all is published or the pipeline is closed.
pub(crate) type Feed<'a> = Box<dyn FnOnce(Random, &Mutex<Log>, &AtomicU64) -> Option<Closed> + Send + 'a>;

/// Polls until there is no more, or until it leaves. Gives the stage's name and what it has seen.
pub(crate) type Polls<'a> = Box<dyn FnOnce(Random) -> (String, Checker) + Send + 'a>;

/// Has stages come and go, until all is published.
type Visits<'a> = Box<dyn FnOnce(Random, &AtomicBool) -> Vec<(i64, Checker)> + Send + 'a>;

fn drive<P: Publication + 'static>(
    scenario: &Scenario,
    built: Built<Event, P>,
    polled: Vec<(String, Checker)>,
    findings: &Findings,
    producers: impl Fn(DynamicProducer<Event, P>, usize) -> Vec<DynamicProducer<Event, P>>,
) -> Seen {
    let guests_at = built.stages();
    let (producer, running, mut pollers) = built.spawn_with_pollers().expect("it starts");
    let mut polls: Vec<Polls<'_>> = vec![];
    for (name, checker) in polled {
        let poller = pollers.take(&name).expect("it was declared");
        let leaves = scenario.leaves(&name);
        polls.push(Box::new(move |random| (name, poll(poller, checker, random, leaves))));
    }
    let mut feeds: Vec<Feed<'_>> = vec![];
    for (who, producer) in (0..).zip(producers(producer, scenario.producers)) {
        feeds.push(Box::new(move |random, published, progress| {
            feed(scenario, who, producer, random, published, progress)
        }));
    }
    let visits: Option<Visits<'_>> = (scenario.changes > 0).then(|| -> Visits<'_> {
        Box::new(move |random, fed| visit(scenario, &guests_at, findings, random, fed))
    });
    conduct(scenario, findings, running, feeds, polls, visits, |mut handlers, watched| {
        (0..scenario.stages.len()).map(|at| checkers(&mut handlers, watched, &format!("s{at}"))).collect()
    })
}

/// Lets everybody go, ends the pipeline as it is to end, and gathers what was seen.
pub(crate) fn conduct<H>(
    scenario: &Scenario,
    findings: &Findings,
    running: Running<H>,
    feeds: Vec<Feed<'_>>,
    polls: Vec<Polls<'_>>,
    visits: Option<Visits<'_>>,
    collect: impl FnOnce(H, &mut Vec<(String, Checker)>) -> Vec<Vec<Checker>>,
) -> Seen {
    let monitor = running.monitor();
    let mut random = Random::new(!scenario.seed);
    let published = Mutex::new(Log::new());
    let progress: Vec<AtomicU64> = (0..scenario.producers).map(|_| AtomicU64::new(0)).collect();
    let fed = AtomicBool::new(false);
    let mut before_end = vec![scenario.events; scenario.producers];
    let (mut guests, mut watched) = (vec![], vec![]);
    let mut ended = None;
    thread::scope(|scope| {
        let polls: Vec<_> = polls
            .into_iter()
            .map(|poll| {
                let random = random.fork();
                scope.spawn(move || poll(random))
            })
            .collect();
        let feeds: Vec<_> = feeds
            .into_iter()
            .zip(&progress)
            .map(|(feed, progress)| {
                let (published, random) = (&published, random.fork());
                scope.spawn(move || feed(random, published, progress))
            })
            .collect();
        let visits = visits.map(|visits| {
            let (fed, random) = (&fed, random.fork());
            scope.spawn(move || visits(random, fed))
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
    let Some((handlers, verdict)) = ended else {
        // Nobody gets the handlers of a pipeline that was dropped.
        return seen;
    };
    seen.failure = verdict.err();
    seen.stages = collect(handlers, &mut watched);
    seen
}

fn checkers(handlers: &mut Handlers, watched: &mut Vec<(String, Checker)>, name: &str) -> Vec<Checker> {
    if let Some(at) = watched.iter().position(|(known, _)| known == name) {
        return vec![watched.remove(at).1];
    }
    handlers.take_workers(name).expect("each stage gives its checkers back")
}

/// Polls by a poller of a built pipeline.
fn poll<P: Publication + 'static>(
    mut poller: Poller<Event, P>,
    mut checker: Checker,
    mut random: Random,
    leaves: Option<usize>,
) -> Checker {
    polling!(poller, checker, random, leaves)
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
