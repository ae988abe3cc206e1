//! A stage that fails, and a part that is dropped, end the pipeline in order, whatever the stage and whatever the wait: everybody
//! learns which stage failed, where and why; what was published before is handled as far as it can be; every thread ends.
#![forbid(unsafe_code)]

#[macro_use]
mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::{self, JoinHandle};

use common::{Gate, until, until_ended, within};
use disruptor_pipeline::wait::Wait;
use disruptor_pipeline::{Cause, Closed, Failure, Monitor, Sequence, TryPublishError, disruptor};

const RING: i64 = 4;
/// Where a stage fails: in the ring's third round, not at its border.
const AT: Sequence = 11;
/// What is published until the ring is full for ever: the last stage never frees the slot of `AT`.
const FITS: i64 = AT + RING;

/// The stages of the diamond `a -> (b, c) -> d`, by index.
const STAGES: [&str; 4] = ["a", "b", "c", "d"];

#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    Error,
    Panic,
    /// It fails not, it only dawdles.
    Late,
}

/// One stage that fails, and how many events each has handled.
#[derive(Clone)]
struct Script {
    stage: usize,
    how: How,
    /// Where the stage waits before it fails.
    gate: Gate,
    handled: Arc<[AtomicI64; 4]>,
}

impl Script {
    fn new(stage: usize, how: How) -> Self {
        Self { stage, how, gate: Gate::default(), handled: Arc::default() }
    }

    fn handler(&self, stage: usize) -> impl FnMut(&i64, Sequence) -> Result<(), &'static str> + use<> {
        let script = self.clone();
        move |_, sequence| script.handle(stage, sequence)
    }

    /// The same, for a stage that learns where batches end.
    fn committing(
        &self,
        stage: usize,
    ) -> impl FnMut(&i64, Sequence, bool) -> Result<(), &'static str> + use<> {
        let script = self.clone();
        move |_, sequence, _| script.handle(stage, sequence)
    }

    fn handle(&self, stage: usize, sequence: Sequence) -> Result<(), &'static str> {
        assert_eq!(sequence, self.handled[stage].load(Ordering::Relaxed), "stage {}", STAGES[stage]);
        if (stage, sequence) == (self.stage, AT) {
            self.gate.pass();
            match self.how {
                How::Error => return Err("limit exceeded"),
                How::Panic => panic!("went wrong"),
                How::Late => {}
            }
        }
        self.handled[stage].fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn handled(&self) -> [i64; 4] {
        std::array::from_fn(|stage| self.handled[stage].load(Ordering::Relaxed))
    }

    /// What each stage has handled of so many published events when all that still can is done.
    fn expected(&self, published: i64) -> [i64; 4] {
        let cut_off = |stage| stage == self.stage || stage == 3 || self.stage == 0;
        std::array::from_fn(|stage| if cut_off(stage) { AT } else { published })
    }

    fn check(&self, failure: &Failure) {
        assert_eq!((failure.stage(), failure.sequence()), (STAGES[self.stage], AT));
        let (why, told) = match failure.cause() {
            Cause::Error(error) => (How::Error, error.to_string()),
            Cause::Panic(panic) => (How::Panic, panic.message().to_owned()),
        };
        assert_eq!(why, self.how);
        assert_eq!(told, if why == How::Error { "limit exceeded" } else { "went wrong" });
        assert_eq!(failure.thread(), STAGES[self.stage]);
    }

    fn check_closed(&self, closed: &Closed) {
        self.check(closed.failure().expect("the failure that closed it"));
        assert_eq!((closed.stage(), closed.sequence()), (Some(STAGES[self.stage]), Some(AT)));
        assert!(closed.cause().is_some() && !closed.is_halted());
    }
}

/// A diamond of the script's handlers in a tiny ring: one event a batch, so that a slow stage leaves no doubt what is free;
/// batches as they come; or such whose ends the handlers learn of, and of which none counts before all of it is handled.
macro_rules! diamond {
    ($script:expr, $wait:expr, $producers:ident, one_by_one) => {
        disruptor! {
            event: i64;
            ring: 4;
            producers: $producers;
            wait: $wait;
            producer_wait: $wait;
            a(&*, sequence) { batch: 1 } = $script.handler(0);
            b(&*, sequence) { batch: 1 } = $script.handler(1);
            c(&*, sequence) { batch: 1 } = $script.handler(2);
            d(&*, sequence) { batch: 1 } = $script.handler(3);
            < a -> (b, c) -> d >
        }
    };
    ($script:expr, $wait:expr, $producers:ident, as_they_come) => {
        disruptor! {
            event: i64;
            ring: 4;
            producers: $producers;
            wait: $wait;
            producer_wait: $wait;
            a(&*, sequence) = $script.handler(0);
            b(&*, sequence) = $script.handler(1);
            c(&*, sequence) = $script.handler(2);
            d(&*, sequence) = $script.handler(3);
            < a -> (b, c) -> d >
        }
    };
    ($script:expr, $wait:expr, $producers:ident, in_whole_batches) => {
        disruptor! {
            event: i64;
            ring: 4;
            producers: $producers;
            wait: $wait;
            producer_wait: $wait;
            a(&*, sequence, end_of_batch) = $script.committing(0);
            b(&*, sequence, end_of_batch) = $script.committing(1);
            c(&*, sequence, end_of_batch) = $script.committing(2);
            d(&*, sequence, end_of_batch) = $script.committing(3);
            < a -> (b, c) -> d >
        }
    };
}

/// Publishes until the pipeline takes no more: from one thread, or from three.
macro_rules! publish_until_closed {
    ($producer:ident, single) => {
        Publishing(vec![publish_until_closed!($producer)])
    };
    ($producer:ident, multi) => {{
        let (mut second, mut third) = ($producer.clone(), $producer.clone());
        Publishing(vec![
            publish_until_closed!($producer),
            publish_until_closed!(second),
            publish_until_closed!(third),
        ])
    }};
    ($producer:ident) => {
        thread::spawn(move || {
            let mut published = 0;
            loop {
                match $producer.publish(|_| {}) {
                    Ok(_) => published += 1,
                    Err(closed) => {
                        let again = $producer.try_publish(|_| panic!("nothing is written any more"));
                        assert!(matches!(again, Err(TryPublishError::Closed(_))), "{again:?}");
                        return (published, closed, $producer);
                    }
                }
            }
        })
    };
}

/// True once every slot is claimed that the stages will ever free before the slow one goes on.
fn is_full(monitor: &Monitor) -> bool {
    monitor.published() >= FITS && monitor.stage("d").is_some_and(|last| last.cursor == AT)
}

struct Publishing<P>(Vec<JoinHandle<(i64, Closed, P)>>);

impl<P> Publishing<P> {
    /// How many events were taken, after a look at what each producer was told in the end; and the producers, who live on.
    fn end(self, check: impl Fn(&Closed)) -> (i64, Vec<P>) {
        let mut all = 0;
        let producers = self.0.into_iter().map(|thread| {
            let (published, closed, producer) = thread.join().expect("producers do not panic");
            check(&closed);
            all += published;
            producer
        });
        let producers = producers.collect();
        (all, producers)
    }
}

/// Each stage fails in turn, in both ways, while producers wait on a full ring.
macro_rules! fail_in_a_full_ring {
    ($wait:expr, $producers:ident) => {
        for (stage, how) in (0..4).flat_map(|stage| [(stage, How::Error), (stage, How::Panic)]) {
            let script = Script::new(stage, how);
            let (mut producer, running) =
                diamond!(script, $wait, $producers, one_by_one).spawn().expect("starts");
            let monitor = running.monitor();
            let publishing = publish_until_closed!(producer, $producers);
            until("the ring is full", || is_full(&monitor));
            script.gate.open();
            let (published, _producers) = publishing.end(|closed| script.check_closed(closed));
            script.check(&running.join().map(drop).expect_err("a stage has failed"));
            assert_eq!((published, script.handled()), (FITS, script.expected(FITS)));
            script.check(&monitor.failure().expect("kept"));
            assert!(!monitor.is_open() && monitor.stages().iter().all(|stage| stage.ended));
        }
    };
}

fn a_failure_in_a_full_ring(wait: impl Wait + Clone) {
    let own = wait.clone();
    within("a failure in a full ring", move || fail_in_a_full_ring!(own.clone(), single));
    within("a failure in a full ring, three producers", move || fail_in_a_full_ring!(wait.clone(), multi));
}

/// Each stage fails in turn, in both ways, while events flow.
macro_rules! fail_while_events_flow {
    ($wait:expr, $producers:ident, $batches:ident) => {
        for (stage, how) in (0..4).flat_map(|stage| [(stage, How::Error), (stage, How::Panic)]) {
            let script = Script::new(stage, how);
            script.gate.open();
            let (mut producer, running) =
                diamond!(script, $wait, $producers, $batches).spawn().expect("starts");
            let publishing = publish_until_closed!(producer, $producers);
            let (published, _producers) = publishing.end(|closed| script.check_closed(closed));
            script.check(&running.join().map(drop).expect_err("a stage has failed"));
            // An only producer may find that its last event, written during the close, has come too late: its next call says so.
            let late = i64::from(stringify!($producers) == "single");
            let (handled, expected) = (script.handled(), script.expected(published));
            for (handled, expected) in handled.into_iter().zip(expected) {
                let least = match (expected, stringify!($batches)) {
                    (AT, "in_whole_batches") => 0,
                    (AT, _) => AT,
                    _ => expected - late,
                };
                assert!((least..=expected).contains(&handled), "{how:?} of {stage}: {handled} of {expected}");
            }
        }
    };
}

fn a_failure_while_events_flow(wait: impl Wait + Clone) {
    let own = wait.clone();
    within("a failure while events flow", move || {
        fail_while_events_flow!(own.clone(), single, as_they_come);
        fail_while_events_flow!(own.clone(), single, in_whole_batches);
    });
    within("a failure while events flow, three producers", move || {
        fail_while_events_flow!(wait.clone(), multi, as_they_come);
        fail_while_events_flow!(wait.clone(), multi, in_whole_batches);
    });
}

/// Each stage in turn dawdles while the producers are dropped: everything is handled.
macro_rules! drop_producers {
    ($wait:expr, $producers:ident) => {
        for stage in 0..4 {
            let script = Script::new(stage, How::Late);
            let (mut producer, running) =
                diamond!(script, $wait, $producers, one_by_one).spawn().expect("starts");
            for number in 0..FITS {
                assert_eq!(producer.publish(|_| {}).expect("open"), number);
            }
            drop(producer);
            script.gate.open();
            running.join().map(drop).expect("no stage has failed");
            assert_eq!(script.handled(), [FITS; 4]);
        }
    };
}

fn dropped_producers(wait: impl Wait + Clone) {
    let own = wait.clone();
    within("a dropped producer", move || drop_producers!(own.clone(), single));
    within("a dropped producer of a kind that can be cloned", move || drop_producers!(wait.clone(), multi));
}

/// `Running` is dropped while each stage in turn dawdles and producers wait on a full ring.
macro_rules! drop_running {
    ($wait:expr, $producers:ident) => {
        for stage in 0..4 {
            let script = Script::new(stage, How::Late);
            let (mut producer, running) =
                diamond!(script, $wait, $producers, one_by_one).spawn().expect("starts");
            let monitor = running.monitor();
            let publishing = publish_until_closed!(producer, $producers);
            until("the ring is full", || is_full(&monitor));
            let dropped = thread::spawn(move || drop(running));
            until("it is closed", || !monitor.is_open());
            script.gate.open();
            let (published, _producers) = publishing.end(|closed| {
                assert!(closed.failure().is_none() && !closed.is_halted(), "{closed}");
            });
            dropped.join().expect("no panic");
            until_ended(&monitor);
            assert_eq!(script.handled(), [published; 4], "of {published}, as {stage} dawdles");
        }
    };
}

fn a_dropped_running(wait: impl Wait + Clone) {
    let own = wait.clone();
    within("a dropped `Running`", move || drop_running!(own.clone(), single));
    within("a dropped `Running` with three producers", move || drop_running!(wait.clone(), multi));
}

under_few_types_of_waits!(a_failure_in_a_full_ring a_failure_while_events_flow dropped_producers a_dropped_running);
