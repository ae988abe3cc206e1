//! Publishing from tasks, on tokio: with room and without, by one producer and by several, cancelled, and ended from elsewhere.
#![forbid(unsafe_code)]

mod common;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use common::{Gate, until, within};
use disruptor_pipeline::{BatchError, Closed, TryPublishError, disruptor};
use tokio::runtime::{Builder, Runtime};

/// An executor with this many threads; with 1, tasks and nothing else share it.
fn executor(threads: usize) -> Runtime {
    let mut builder = if threads == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.worker_threads(threads).enable_time().build().expect("an executor")
}

/// A pipeline with a ring of 4 whose stage waits at a gate before its first event and asserts what it sees.
macro_rules! held {
    ($producers:ident, $wait:expr, $gate:ident) => {{
        let gate = $gate.clone();
        disruptor! {
            event: i64;
            ring: 4;
            producers: $producers;
            producer_wait: $wait;
            work(&*, sequence) = move |value, sequence| {
                gate.pass();
                assert_eq!(*value, sequence);
                if *value == 100 { Err("a hundred") } else { Ok(()) }
            };
            < work >
        }
        .spawn()
        .expect("starts")
    }};
}

/// Runs a scenario with a single producer and with one that could be cloned.
macro_rules! both {
    ($scenario:ident) => {
        within(concat!(stringify!($scenario), ", single"), || $scenario!(single));
        within(concat!(stringify!($scenario), ", multi"), || $scenario!(multi));
    };
}

/// Counts the wake-ups.
#[derive(Default)]
struct Woken(AtomicU64);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Woken {
    fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

macro_rules! sleeps {
    ($producers:ident) => {{
        for wait in [0, 1] {
            let gate = Gate::default();
            let (mut producer, running) = held!($producers, disruptor_pipeline::wait::Blocking::after(wait), gate);
            executor(1).block_on(async {
                // With room it never sleeps: no waker is asked for.
                for n in 0..2 {
                    let mut ready = pin!(producer.publish_async(|event| *event = n));
                    let told = ready.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                    assert!(matches!(told, Poll::Ready(Ok(sequence)) if sequence == n));
                }
                let write = |batch: disruptor_pipeline::Batch<'_, i64>| batch.zip(2..).for_each(|(event, n)| *event = n);
                assert_eq!(producer.publish_batch_async(2, write).await.expect("open"), 2..4);
                let opens = std::thread::spawn({
                    let gate = gate.clone();
                    move || {
                        gate.reached();
                        std::thread::sleep(Duration::from_millis(10));
                        gate.open();
                    }
                });
                for n in 4..50 {
                    assert_eq!(producer.publish_async(|event| *event = n).await.expect("open"), n);
                }
                for n in (50..98).step_by(4) {
                    let write = |batch: disruptor_pipeline::Batch<'_, i64>| {
                        batch.zip(n..).for_each(|(event, n)| *event = n);
                    };
                    assert_eq!(producer.publish_batch_async(4, write).await.expect("open"), n..n + 4);
                }
                assert_eq!(producer.publish_batch_async(0, |_| {}).await.expect("open"), 98..98);
                let told = producer.publish_batch_async(5, |_| panic!("written")).await;
                assert!(matches!(told, Err(BatchError::TooLarge(_))));
                opens.join().expect("no panic");
            });
            drop(producer);
            running.join().map(drop).expect("no stage fails");
        }
    }};
}

#[test]
fn a_task_sleeps_until_there_is_room() {
    both!(sleeps);
}

macro_rules! cancelled {
    ($producers:ident) => {{
        let gate = Gate::default();
        let (mut producer, running) = held!($producers, disruptor_pipeline::wait::Blocking::default(), gate);
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        (0..4).for_each(|n| assert_eq!(producer.publish(|event| *event = n).expect("open"), n));
        for _ in 0..3 {
            let mut cancelled = pin!(producer.publish_async(|_| panic!("written")));
            for _ in 0..3 {
                assert!(cancelled.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            }
        }
        {
            let mut cancelled = pin!(producer.publish_batch_async(3, |_| panic!("written")));
            assert!(cancelled.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        // No waker is kept, no sequence is used up.
        assert_eq!(Arc::strong_count(&woken), 2);
        gate.open();
        assert_eq!(producer.publish(|event| *event = 4).expect("open"), 4);
        until("all are handled", || producer.backlog() == 0);
        assert_eq!(woken.count(), 0, "who is gone is not woken");
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    }};
}

#[test]
fn a_future_that_is_dropped_leaves_nothing_behind() {
    both!(cancelled);
}

macro_rules! by_another {
    ($producers:ident) => {{
        let gate = Gate::default();
        let (mut producer, running) = held!($producers, disruptor_pipeline::wait::Blocking::default(), gate);
        (0..4).for_each(|n| assert_eq!(producer.publish(|event| *event = n).expect("open"), n));
        let wakers = [0; 3].map(|_| Arc::new(Woken::default()));
        {
            let mut waits = pin!(producer.publish_async(|event| *event = 4));
            for woken in &wakers {
                let waker = Waker::from(Arc::clone(woken));
                assert!(waits.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            }
            gate.open();
            until("the last one is woken", || wakers[2].count() == 1);
            let told = waits.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(matches!(told, Poll::Ready(Ok(4))));
        }
        assert_eq!((wakers[0].count(), wakers[1].count()), (0, 0), "the last waker counts");
        assert!(wakers.iter().all(|woken| Arc::strong_count(woken) == 1));
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    }};
}

#[test]
fn the_last_waker_is_woken_once() {
    both!(by_another);
}

macro_rules! ended {
    ($producers:ident) => {{
        for end in 0..3 {
            let gate = Gate::default();
            let (mut producer, running) =
                held!($producers, disruptor_pipeline::wait::Blocking::default(), gate);
            let monitor = running.monitor();
            (0..4).for_each(|n| {
                assert_eq!(
                    producer.publish(|event| *event = if end == 2 { 100 } else { n }).expect("open"),
                    n
                )
            });
            let executor = executor(1);
            let sleeps = std::thread::spawn(move || {
                let told: Result<_, Closed> = executor.block_on(async {
                    let told = producer.publish_async(|_| panic!("written")).await;
                    assert!(producer.publish_batch_async(0, |_| {}).await.is_err());
                    assert!(producer.publish_async(|_| panic!("written")).await.is_err());
                    told
                });
                told.expect_err("the pipeline ends")
            });
            gate.reached();
            std::thread::sleep(Duration::from_millis(5));
            match end {
                0 => monitor.drain(),
                1 => monitor.halt(),
                // The stage panics: the value is not the sequence.
                _ => gate.open(),
            }
            let closed = sleeps.join().expect("no panic");
            assert_eq!((closed.is_halted(), closed.stage()), (end == 1, (end == 2).then_some("work")));
            gate.open();
            assert_eq!(running.join().is_err(), end == 2);
        }
    }};
}

#[test]
fn a_sleeping_task_is_told_of_the_end() {
    both!(ended);
}

macro_rules! many {
    ($threads:expr, $wait:expr) => {
        within("many tasks", || {
            const TASKS: u64 = 20;
            const EACH: u64 = 1_000;
            let sum = Arc::new(AtomicU64::new(0));
            let total = Arc::clone(&sum);
            let pipeline = disruptor! {
                event: u64;
                ring: 8;
                producers: multi;
                producer_wait: $wait;
                first(&mut *) = |value| *value += 1;
                total(&*) { batch: 3 } = move |value| { total.fetch_add(*value, Ordering::Relaxed); };
                beside(sequence) = |_| {};
                < first -> (total, beside) >
            };
            let (producer, running) = pipeline.spawn().expect("starts");
            executor($threads).block_on(async move {
                let tasks: Vec<_> = (0..TASKS)
                    .map(|task| {
                        let mut producer = producer.clone();
                        tokio::spawn(async move {
                            for n in 0..EACH {
                                let value = task * EACH + n;
                                if n % 7 == task % 7 {
                                    // A limit of tokio's: what it cancels has published nothing.
                                    let publish = producer.publish_async(|event| *event = value);
                                    if tokio::time::timeout(Duration::from_micros(n % 100), publish)
                                        .await
                                        .is_err()
                                    {
                                        producer.publish_async(|event| *event = value).await.expect("open");
                                    }
                                } else if n % 5 == 0 {
                                    let write = |mut batch: disruptor_pipeline::Batch<'_, u64>| {
                                        *batch.next().expect("two") = value;
                                        *batch.next().expect("two") = 0;
                                    };
                                    producer.publish_batch_async(2, write).await.expect("open");
                                } else {
                                    producer.publish_async(|event| *event = value).await.expect("open");
                                }
                            }
                        })
                    })
                    .collect();
                drop(producer);
                for task in tasks {
                    task.await.expect("no panic");
                }
            });
            let monitor = running.monitor();
            running.join().map(drop).expect("no stage fails");
            let published = monitor.published() as u64;
            let values: u64 = (0..TASKS * EACH).sum();
            // Each event is one more than was written.
            assert_eq!(sum.load(Ordering::Relaxed), values + published);
        })
    };
}

#[test]
fn many_tasks_share_a_ring_and_a_thread() {
    many!(1, Blocking::default());
    many!(1, disruptor_pipeline::wait::LiteBlocking::default());
}

#[test]
fn many_tasks_share_a_ring_and_two_threads() {
    many!(2, disruptor_pipeline::wait::PhasedBackoff::before(disruptor_pipeline::wait::Blocking::default()));
}

/// Whose stages send their wake-ups without a fence, or which would wake by itself as a thread.
#[test]
fn many_tasks_are_woken_whatever_way_their_producers_block() {
    many!(2, disruptor_pipeline::wait::LiteBlocking::default());
    many!(1, disruptor_pipeline::wait::TimeoutBlocking::with_limit(Duration::from_secs(3_600)));
}

/// One waits in a thread, others in tasks.
#[test]
fn threads_and_tasks_wait_beside_each_other() {
    within("threads and tasks", || {
        const EACH: i64 = 2_000;
        let mut seen: Vec<i64> = Vec::new();
        let pipeline = disruptor! {
            event: i64;
            ring: 2;
            producers: multi;
            producer_wait: Blocking::after(0);
            work(&*) = |value| seen.push(*value);
            < work >
        };
        let fed = pipeline.run(|producer| {
            std::thread::scope(|scope| {
                let mut blocks = producer.clone();
                scope.spawn(move || {
                    (0..EACH).for_each(|n| assert!(blocks.publish(|event| *event = 2 * n).is_ok()))
                });
                let executor = executor(1);
                executor.block_on(async {
                    for n in 0..EACH {
                        producer.publish_async(|event| *event = 2 * n + 1).await.expect("open");
                    }
                });
            });
        });
        fed.expect("no stage fails");
        for parity in [0, 1] {
            assert!(
                seen.iter()
                    .copied()
                    .filter(|value| value % 2 == parity)
                    .eq((0..EACH).map(|n| 2 * n + parity))
            );
        }
    });
}

/// The futures go to other threads, and so may what awaits them.
#[test]
fn a_future_of_a_publication_is_send() {
    fn sent<T: Send>(future: T) -> T {
        future
    }
    within("send", || {
        let gate = Gate::default();
        gate.open();
        let (mut producer, running) = held!(single, disruptor_pipeline::wait::Blocking::default(), gate);
        executor(1).block_on(async {
            sent(producer.publish_async(|event| *event = 0)).await.expect("open");
            sent(producer.publish_batch_async(1, |mut batch| *batch.next().expect("one") = 1))
                .await
                .expect("open");
        });
        assert!(!matches!(producer.try_publish(|event| *event = 2), Err(TryPublishError::Closed(_))));
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    });
}

/// A poller in a task: woken by what comes, by those it waits on, and by the end.
#[test]
fn a_poller_is_awaited() {
    use disruptor_pipeline::dynamic::{OnDrop, Poll, PollError, Stage};
    use disruptor_pipeline::wait::Blocking;

    within("a poller in a task", || {
        let mut builder = disruptor_pipeline::Builder::single(8, i64::default);
        builder
            .handle_events_with([Stage::new("before", |_: &i64, _: i64, _: bool| {})])
            .then([Stage::poller("poller", OnDrop::End).wait(Blocking::default())]);
        let (mut producer, running, mut pollers) =
            builder.build().expect("it is right").spawn_with_pollers().expect("it starts");
        let mut poller = pollers.take("poller").expect("it is there");

        // Dropped while it waits, it leaves nothing behind.
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        {
            let mut polling = pin!(poller.poll_async(|_, _, _| ()));
            assert!(polling.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        producer.publish(|event| *event = 0).expect("there is room");
        until("it has come", || running.monitor().stage("before").is_some_and(|stage| stage.cursor == 1));
        assert_eq!(Arc::strong_count(&woken), 2, "the waker is held by this test alone");

        let feeder = std::thread::spawn(move || {
            for value in 1..500 {
                producer.publish(|event| *event = value).expect("nothing fails");
                if value % 50 == 0 {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        });
        let seen = executor(2).block_on(async move {
            let mut seen = Vec::new();
            loop {
                match poller.poll_async(|event, _, _| seen.push(*event)).await {
                    Ok(Poll::Handled(_)) => {}
                    Ok(nothing) => panic!("{nothing:?}"),
                    Err(PollError::Closed(closed)) => break assert!(closed.failure().is_none()),
                    Err(other) => panic!("{other}"),
                }
            }
            seen
        });
        assert_eq!(seen, (0..500).collect::<Vec<_>>());
        feeder.join().expect("nothing fails");
        running.join().expect("nothing failed");
    });

    let mut builder = disruptor_pipeline::Builder::single(8, i64::default);
    builder.handle_events_with([Stage::poller("poller", OnDrop::End)]);
    let (_producer, _running, mut pollers) =
        builder.build().expect("it is right").spawn_with_pollers().expect("it starts");
    let mut poller = pollers.take("poller").expect("it is there");
    let error = executor(1).block_on(poller.poll_async(|_, _, _| ())).expect_err("nobody would wake it");
    assert!(matches!(error, PollError::NoWakeUps { poller: "poller" }), "{error}");
}

/// The producers of a pipeline that is built at run time: as they have published already, alone and as clones.
#[test]
fn producers_of_a_builder_publish_from_tasks() {
    use disruptor_pipeline::dynamic::{Many, Stage};
    use disruptor_pipeline::wait::Blocking;

    within("one built producer in a task", || {
        let (gate, seen) = (Gate::default(), Arc::new(AtomicU64::new(0)));
        let (held, handled) = (gate.clone(), Arc::clone(&seen));
        let mut builder = disruptor_pipeline::Builder::single(4, i64::default);
        builder.producer_wait(Blocking::default());
        builder.handle_events_with([Stage::new("work", move |event: &i64, sequence: i64, _: bool| {
            held.pass();
            assert_eq!(*event, sequence);
            handled.fetch_add(1, Ordering::Relaxed);
            if *event == 300 { Err("three hundred") } else { Ok(()) }
        })]);
        let (mut producer, running) = builder.build().expect("it is right").spawn().expect("it starts");
        (0..3).for_each(|value| assert_eq!(producer.publish(|event| *event = value).expect("open"), value));
        let mut producer = producer.for_tasks().expect("it sends wake-ups");
        assert_eq!(producer.free_slots(), 1);
        let fed = std::thread::spawn(move || {
            executor(1).block_on(async move {
                for value in 3..200 {
                    assert_eq!(producer.publish_async(|event| *event = value).await.expect("open"), value);
                }
                let batch =
                    producer.publish_batch_async(3, |batch| batch.zip(200..).for_each(|(e, n)| *e = n));
                assert_eq!(batch.await.expect("open"), 200..203);
                let mut value = 203;
                // Until it fails: a task that sleeps is told.
                loop {
                    match producer.publish_async(|event| *event = value).await {
                        Ok(_) => value += 1,
                        Err(closed) => return closed,
                    }
                }
            })
        });
        // Time for the task to sleep.
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(seen.load(Ordering::Relaxed), 0);
        gate.open();
        assert_eq!(fed.join().expect("no panic").stage(), Some("work"));
        running.join().expect_err("a stage has failed");
    });

    within("several built producers in tasks", || {
        let seen = Arc::new(AtomicU64::new(0));
        let handled = Arc::clone(&seen);
        let mut builder = disruptor_pipeline::Builder::<i64, Many>::multi(4, i64::default);
        builder.wake_ups().handle_events_with([Stage::new("work", move |_: &i64, _: i64, _: bool| {
            handled.fetch_add(1, Ordering::Relaxed);
        })]);
        let (producer, running) = builder.build().expect("it is right").spawn().expect("it starts");
        let producer = producer.for_tasks().expect("it sends wake-ups");
        let executor = executor(2);
        let tasks: Vec<_> = (0..3)
            .map(|_| {
                let mut producer = producer.clone();
                executor.spawn(async move {
                    for value in 0..500 {
                        producer.publish_async(|event| *event = value).await.expect("open");
                    }
                })
            })
            .collect();
        drop(producer);
        for task in tasks {
            executor.block_on(task).expect("no panic");
        }
        running.join().expect("nothing failed");
        assert_eq!(seen.load(Ordering::Relaxed), 1_500);
    });

    // Without wake-ups: the producer comes back, with what is to be done.
    let mut builder = disruptor_pipeline::Builder::single(4, i64::default);
    builder.handle_events_with([Stage::new("work", |_: &i64, _: i64, _: bool| {})]);
    let (mut producer, running) = builder.build().expect("it is right").spawn().expect("it starts");
    producer.publish(|_| {}).expect("open");
    let error = producer.for_tasks().expect_err("nobody would wake it");
    assert!(error.to_string().contains("call `wake_ups` on the builder"), "{error}");
    let mut producer = error.producer;
    assert_eq!(producer.publish(|_| {}).expect("open"), 1);
    drop(producer);
    running.join().expect("nothing failed");
}

/// A poller of a declared pipeline in a task, also behind one that is released.
#[test]
fn a_declared_poller_is_awaited() {
    use disruptor_pipeline::{Poll, PollError};

    macro_rules! scenario {
        ($wait:ident) => {
            within("a declared poller in a task", || {
                let pipeline = disruptor! {
                    event: i64;
                    ring: 8;
                    first(sequence) = |_| {};
                    gone { poll: release };
                    audit { poll: end, wait: $wait };
                    < first -> gone -> audit >
                };
                let (mut producer, running, pollers) = pipeline.spawn_with_pollers().expect("it starts");
                let (gone, mut audit) = (pollers.gone, pollers.audit);
                // Dropped while it waits, it leaves nothing behind.
                let woken = Arc::new(Woken::default());
                let waker = Waker::from(Arc::clone(&woken));
                {
                    let mut polling = pin!(audit.poll_async(|_, _, _| ()));
                    assert!(polling.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
                }
                assert_eq!(Arc::strong_count(&woken), 2, "the waker is held by this test alone");
                let polls = std::thread::spawn(move || {
                    executor(1).block_on(async move {
                        let mut seen = vec![];
                        loop {
                            match audit.poll_async(|event, _, _| seen.push(*event)).await {
                                Ok(Poll::Handled(_)) => {}
                                Err(PollError::Closed(_)) => return seen,
                                other => panic!("{other:?}"),
                            }
                        }
                    })
                });
                // Woken by the release, and then by the stage before.
                std::thread::sleep(Duration::from_millis(10));
                producer.publish(|event| *event = 0).expect("open");
                drop(gone);
                for value in 1..300 {
                    producer.publish(|event| *event = value).expect("open");
                    if value % 50 == 0 {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
                drop(producer);
                assert_eq!(polls.join().expect("no panic"), (0..300).collect::<Vec<_>>());
                running.join().map(drop).expect("nothing failed");
            })
        };
    }
    scenario!(Blocking);
    scenario!(LiteBlocking);

    let pipeline = disruptor! { event: i64; audit { poll: end, wait: Yielding }; < audit > };
    let (_producer, _running, mut pollers) = pipeline.spawn_with_pollers().expect("it starts");
    let polled = executor(1).block_on(pollers.audit.poll_async(|_, _, _| ()));
    assert!(matches!(polled, Err(PollError::NoWakeUps { poller: "audit" })), "{polled:?}");
}
