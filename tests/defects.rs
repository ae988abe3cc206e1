//! Defects that were found in other disruptors by running them: a test for each that can show at run time. A compiler keeps out
//! the first two (`tests/ui/soundness`).
#![forbid(unsafe_code)]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use common::{DEADLINE, Gate, until, usable_cores, within};
use disruptor_pipeline::wait::{Idle, Wait};
use disruptor_pipeline::{
    BatchError, Cause, Handler, HandlerResult, Sequence, TimedBatchError, TryBatchError, disruptor,
};

/// disruptor-rs: a consumer that panics leaves the ring full for ever; `drop` panics and loses the payload.
///
/// With the defect, the loop that publishes never ends (`hung`), or one of the drops panics, or nobody has the payload.
#[test]
fn defect_03_a_consumer_that_panics_leaves_the_ring_full() {
    within("a consumer that panics", || {
        let pipeline = disruptor! {
            event: i64;
            ring: 4;
            work(sequence) = |n| if n == 2 { panic_any(42_u8) };
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let closed = loop {
            if let Err(closed) = producer.publish(|_| {}) {
                break closed;
            }
        };
        drop(producer);
        drop(running);
        let Some(Cause::Panic(panic)) = closed.cause() else { panic!("{closed}") };
        let payload = panic.take_payload().expect("nobody has taken it");
        assert_eq!(payload.downcast_ref::<u8>(), Some(&42));
    });
}

/// disruptor-rs: a closure that panics in multi-producer mode leaves a hole; consumers stall, `drop` never returns.
///
/// With the defect, the stage never comes to the event behind the hole (`hung`), nor does `join` return.
#[test]
fn defect_04_a_hole_stalls_the_consumers() {
    within("a hole", || {
        let mut seen = Vec::new();
        let pipeline = disruptor! {
            event: i64;
            ring: 4;
            producers: multi;
            first(&*, sequence) = |_, _| {};
            second(&*, sequence) = |value, n| seen.push((n, *value));
            < first -> second >
        };
        let fed = pipeline.run(|producer| {
            for value in 0..20 {
                let write = |event: &mut i64| {
                    *event = value;
                    if value % 2 == 1 {
                        resume_unwind(Box::new("half-way"));
                    }
                };
                // By every way to publish.
                let told = catch_unwind(AssertUnwindSafe(|| match value / 2 % 4 {
                    0 => drop(producer.publish(write)),
                    1 => drop(producer.publish_within(DEADLINE, write)),
                    2 => drop(producer.publish_with(|event: &mut i64, _: Sequence| write(event), ())),
                    _ => {
                        let mut claim = producer.claim(1).expect("open");
                        write(&mut claim[0]);
                        claim.publish();
                    }
                }));
                assert_eq!(told.is_err(), value % 2 == 1);
            }
            // Nor does a claim that is leaked hold up what comes after it.
            producer.claim(2).map(std::mem::forget).expect("open");
            producer.publish(|event| *event = 22).expect("open");
        });
        fed.expect("no stage fails");
        assert!(seen.into_iter().eq((0..20).step_by(2).chain([22]).map(|n| (n, n))));
    });
}

/// LMAX: a translator that throws publishes the half-written event.
///
/// With the defect, a stage meets a pair whose halves differ.
#[test]
fn defect_05_a_half_written_event_is_published() {
    macro_rules! scenario {
        ($producers:ident) => {
            within("half-written events", || {
                let mut count = 0;
                let pipeline = disruptor! {
                    event: (i64, i64) = (0, 0);
                    ring: 4;
                    producers: $producers;
                    work(&*) = |pair| {
                        assert_eq!(pair.0, pair.1, "half-written");
                        count += 1;
                    };
                    < work >
                };
                let fed = pipeline.run(|producer| {
                    for value in 1..100 {
                        let write = |pair: &mut (i64, i64)| {
                            pair.0 = value;
                            if value % 3 == 0 {
                                resume_unwind(Box::new("half-way"));
                            }
                            pair.1 = value;
                        };
                        // By every way to publish.
                        let _ = catch_unwind(AssertUnwindSafe(|| match value / 3 % 6 {
                            0 => drop(producer.publish(write)),
                            1 => drop(producer.publish_within(DEADLINE, write)),
                            2 => drop(producer.offer(write)),
                            3 => {
                                let translate = |pair: &mut (i64, i64), _: Sequence, _: i64| write(pair);
                                drop(producer.publish_with(translate, (value,)));
                            }
                            4 => {
                                let translate = |pair: &mut (i64, i64), _: Sequence, _: i64| write(pair);
                                drop(producer.publish_batch_with(translate, [(value,)]));
                            }
                            _ => {
                                let mut claim = producer.claim(1).expect("open");
                                write(&mut claim[0]);
                                claim.publish();
                            }
                        }));
                    }
                });
                fed.expect("no stage fails");
                assert_eq!(count, 66);
            })
        };
    }
    scenario!(single);
    scenario!(multi);
}

/// disruptor-rs: a dropped event poller still holds the producer back, and the ring fills for ever. What reads the ring and can go
/// in a declared pipeline is a stage, by a halt; pollers have the same test in `tests/pollers.rs`.
///
/// With the defect, `publish` waits for room that nobody makes (`hung`), or `try_publish` says `Full` for ever.
#[test]
fn defect_06_a_reader_that_is_gone_holds_the_producer_back() {
    within("a reader that is gone", || {
        let gate = Gate::default();
        let held = gate.clone();
        let pipeline = disruptor! {
            event: i64;
            ring: 4;
            work(sequence) { batch: 1 } = move |_| held.pass();
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        while producer.try_publish(|_| {}).is_ok() {}
        gate.reached();
        let monitor = running.monitor();
        monitor.halt();
        gate.open();
        drop(running);
        assert!(monitor.stages()[0].backlog > 0, "it has left events in the ring");
        assert!(producer.publish(|_| {}).expect_err("nobody reads any more").is_halted());
    });
}

/// disruptor-rs: `batch_publish(n)` with n above the ring's size spins for ever.
///
/// With the defect, the call does not return (`hung`).
#[test]
fn defect_07_a_batch_above_the_ring_spins_for_ever() {
    within("a batch above the ring", || {
        let pipeline = disruptor! { event: i64; ring: 4; work(sequence) = |_| {}; < work > };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        for count in [5, 8, usize::MAX] {
            let Err(BatchError::TooLarge(error)) = producer.publish_batch(count, |_| {}) else {
                panic!("{count} slots of a ring of 4")
            };
            assert_eq!((error.requested, error.ring), (count, 4));
            let tried = producer.try_publish_batch(count, |_| {});
            assert!(matches!(tried, Err(TryBatchError::TooLarge(_))), "{tried:?}");
            let timed = producer.publish_batch_within(DEADLINE, count, |_| {});
            assert!(matches!(timed, Err(TimedBatchError::TooLarge(_))), "{timed:?}");
            let with = producer.publish_batch_with(|_: &mut i64, _: Sequence, ()| {}, vec![((),); count]);
            assert!(matches!(with, Err(BatchError::TooLarge(_))), "{with:?}");
            assert!(matches!(producer.claim(count), Err(BatchError::TooLarge(_))));
            assert!(matches!(producer.offer_batch(count, |_| {}), Err(TryBatchError::TooLarge(_))));
        }
        // And it goes on.
        assert_eq!(producer.publish_batch(4, |_| {}).expect("open"), 0..4);
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    });
}

/// LMAX: a dead handler's sequence still gates; producers park for ever.
///
/// With the defect, the parked producers never wake (`hung`).
#[test]
fn defect_08_producers_park_for_ever_behind_a_dead_handler() {
    within("producers parked behind a handler that dies", || {
        let gate = Gate::default();
        let held = gate.clone();
        let pipeline = disruptor! {
            event: i64;
            ring: 2;
            producers: multi;
            wait: Blocking::after(0);
            producer_wait: Blocking::after(0);
            alive(sequence) = |_| {};
            dies(sequence) = move |n| {
                held.pass();
                if n == 0 { Err("dead") } else { Ok(()) }
            };
            < (alive, dies) >
        };
        let (producer, running) = pipeline.spawn().expect("starts");
        let parked = [producer.clone(), producer.clone(), producer].map(|mut producer| {
            thread::spawn(move || {
                loop {
                    if let Err(closed) = producer.publish(|_| {}) {
                        return closed;
                    }
                }
            })
        });
        let monitor = running.monitor();
        until("all three wait", || monitor.published() == 5);
        gate.open();
        for producer in parked {
            assert_eq!(producer.join().expect("no panic").stage(), Some("dies"));
        }
        running.join().map(drop).expect_err("a stage has died");
    });
}

/// Parks as `Blocking` does, and counts its looks.
#[derive(Clone)]
struct Looks(Arc<AtomicU32>);

impl Wait for Looks {
    const BLOCKS: bool = true;

    fn idle(&mut self, _: u32) -> Idle {
        self.0.fetch_add(1, Ordering::Relaxed);
        Idle::Park(None)
    }
}

/// LMAX: blocking waits wake on the cursor only, so that stages behind stages spin; and a lost wake-up in another wait.
///
/// With the defect, `behind` looks again and again while `slow` is at work, many more times than there are events; with a lost
/// wake-up, it never comes to the last event (`hung`).
#[test]
fn defect_09_a_blocking_stage_behind_a_stage_spins() {
    within("a blocking stage behind a slow one", || {
        const EVENTS: u32 = 200;
        let (looks, handled) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let (counted, count) = (Looks(Arc::clone(&looks)), Arc::clone(&handled));
        let pipeline = disruptor! {
            event: i64;
            ring: 256;
            slow(sequence) { batch: 1, wait: Blocking::default() } = |n| {
                // Time for a spinning stage to look thousands of times.
                let mut work = 0_u64;
                (0..20_000).for_each(|step| work = std::hint::black_box(work.wrapping_mul(31) + step + n as u64));
            };
            behind(sequence) { wait: counted } = move |_| { count.fetch_add(1, Ordering::Relaxed); };
            < slow -> behind >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        (0..EVENTS).for_each(|_| assert!(producer.publish(|_| {}).is_ok()));
        until("it is woken for the last event, too", || handled.load(Ordering::Relaxed) == EVENTS);
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        let looks = looks.load(Ordering::Relaxed);
        assert!(looks <= 4 * EVENTS, "{looks} looks for {EVENTS} events");
    });
}

/// badbatch: callbacks that are declared and never called.
///
/// With the defect, one of the counts stays 0.
#[test]
fn defect_10_callbacks_are_never_called() {
    #[derive(Default)]
    struct Calls([u32; 4]);
    impl Handler<i64> for Calls {
        fn on_start(&mut self) {
            self.0[0] += 1;
        }
        fn on_batch_start(&mut self, _: usize, _: usize) {
            self.0[1] += 1;
        }
        fn on_event(&mut self, _: &i64, _: Sequence, end_of_batch: bool) -> HandlerResult {
            self.0[2] += u32::from(end_of_batch);
            Ok(())
        }
        fn on_stop(&mut self) {
            self.0[3] += 1;
        }
    }
    within("callbacks", || {
        let work = Calls::default();
        let pipeline = disruptor! { event: i64; work { batch: 1 }; < work > };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        (0..3).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
        drop(producer);
        assert_eq!(running.join().expect("no stage fails").work.0, [1, 3, 3, 1]);
    });
}

/// disruptor-rs: after the calling thread is pinned, pinning a stage to another core panics.
///
/// With the defect, the inner `run` panics or is refused the last core, though the machine has it.
#[test]
fn defect_13_a_pinned_thread_cannot_pin_a_stage_to_another_core() {
    within("pinning from a pinned thread", || {
        let cores = usable_cores();
        let (one, other) = (cores[0], cores[cores.len() - 1]);
        if one == other {
            println!("one core alone: pinning to another is not tried");
        }
        let pipeline = disruptor! {
            event: i64;
            pinned(sequence) { core: one } = |_| {
                let mut count = 0;
                let pipeline = disruptor! {
                    event: i64;
                    first(sequence) { core: one } = |_| {};
                    second(sequence) { core: other } = |_| count += 1;
                    < first -> second >
                };
                pipeline.run(|producer| producer.publish(|_| {}).map(drop)).expect("starts").0.expect("open");
                assert_eq!(count, 1);
            };
            < pinned >
        };
        pipeline.run(|producer| producer.publish(|_| {}).map(drop)).expect("starts").0.expect("open");
    });
}
