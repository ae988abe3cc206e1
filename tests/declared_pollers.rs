//! Pollers of declared pipelines: what they see, where they may stand, and what follows when they are dropped.
#![forbid(unsafe_code)]

mod common;

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use common::{until, within};
use disruptor_pipeline::{Poll, PollError, RunError, TryPublishError, disruptor};

/// Counts events, and checks that each is the next.
fn counting(count: &Arc<AtomicI64>) -> impl FnMut(&i64, i64, bool) + use<> {
    let count = Arc::clone(count);
    move |event, sequence, _| {
        assert_eq!(*event, sequence);
        assert_eq!(count.fetch_add(1, Ordering::AcqRel), sequence);
    }
}

#[test]
fn what_a_poll_has_handled_is_committed_and_no_more() {
    within("prefix commit", || {
        let pipeline = disruptor! { event: i64; ring: 8; audit { poll: release }; < audit > };
        let (mut producer, running, mut pollers) = pipeline.spawn_with_pollers().expect("it starts");
        let audit = &mut pollers.audit;
        assert_eq!((audit.name(), audit.next_sequence()), ("audit", 0));
        assert_eq!(audit.poll(|_, _, _| ()).expect("it is open"), Poll::Idle);
        for value in 0..8 {
            producer.publish(|event| *event = value).expect("there is room");
        }
        // Stops behind the third.
        let mut seen = Vec::new();
        let polled = audit.poll(|event, sequence, end| {
            seen.push((*event, sequence, end));
            if *event == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(polled.expect("it is open"), Poll::Handled(3));
        assert_eq!(seen, [(0, 0, false), (1, 1, false), (2, 2, false)]);
        assert_eq!((audit.next_sequence(), producer.free_slots()), (3, 3));
        // Fails at the fifth: the fourth is handled.
        let failed = audit.poll(|event, _, _| if *event == 4 { Err("no") } else { Ok(()) });
        assert!(matches!(failed, Err(PollError::Failed { poller: "audit", sequence: 4, .. })), "{failed:?}");
        // Panics at the sixth: the fifth is handled.
        let panicked = catch_unwind(AssertUnwindSafe(|| audit.poll(|event, _, _| assert!(*event != 5))));
        assert!(panicked.is_err());
        assert_eq!((audit.next_sequence(), producer.free_slots()), (5, 5));
        let mut ends = Vec::new();
        let polled = audit.take(2).poll(|event, _, end| ends.push((*event, end))).expect("it is open");
        assert_eq!((polled, &ends[..]), (Poll::Handled(2), &[(5, false), (6, true)][..]));
        drop(producer);
        assert_eq!(audit.poll(|_, _, _| ()).expect("there is one left"), Poll::Handled(1));
        let Err(PollError::Closed(closed)) = audit.poll(|_, _, _| ()) else { panic!("the stream has ended") };
        assert!(closed.failure().is_none() && !closed.is_halted());
        drop(pollers);
        running.join().map(drop).expect("nothing failed");
    });
}

#[test]
fn a_poller_stands_between_stages() {
    within("in the middle", || {
        let (before, behind) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
        let (first, last) = (counting(&before), counting(&behind));
        let pipeline = disruptor! {
            event: i64;
            ring: 16;
            wait: Yielding;
            first = first;
            audit { poll: end };
            last = last;
            < first -> audit -> last >
        };
        assert!(pipeline.topology().to_text().contains("producer -> first -> audit -> last"));
        let (mut producer, running, pollers) = pipeline.spawn_with_pollers().expect("it starts");
        let feeder = thread::spawn(move || {
            for value in 0..10_000 {
                producer.publish(|event| *event = value).expect("nothing fails");
            }
        });
        let (mut audit, mut next) = (pollers.audit, 0);
        loop {
            let polled = audit.poll_within(Duration::from_millis(50), |event, sequence, _| {
                assert_eq!((*event, sequence), (next, next));
                assert!(before.load(Ordering::Acquire) > next, "the stage before has not handled it");
                assert!(behind.load(Ordering::Acquire) <= next, "the stage behind was not held back");
                next += 1;
            });
            if polled.is_err() {
                break;
            }
        }
        feeder.join().expect("nothing fails");
        running.join().map(drop).expect("nothing failed");
        assert_eq!((next, behind.load(Ordering::Acquire)), (10_000, 10_000));
    });
}

/// Defect 6 of the peers: the ring fills for ever. Here the producer waits for room when the poller is dropped.
#[test]
fn defect_06_a_declared_poller_that_is_dropped_holds_nobody_back() {
    macro_rules! scenario {
        ($producers:ident, $wait:expr) => {
            within("released", || {
                // The only one of all.
                let pipeline = disruptor! {
                    event: i64;
                    ring: 8;
                    producers: $producers;
                    producer_wait: $wait;
                    audit { poll: release };
                    < audit >
                };
                let (mut producer, running, pollers) = pipeline.spawn_with_pollers().expect("it starts");
                let mut audit = pollers.audit;
                for value in 0..8 {
                    producer.publish(|event| *event = value).expect("there is room");
                }
                assert_eq!(audit.take(3).poll(|_, _, _| ()).expect("it is open"), Poll::Handled(3));
                (8..11).for_each(|value| drop(producer.try_publish(|event| *event = value)));
                assert!(matches!(producer.try_publish(|_| ()), Err(TryPublishError::Full)));
                let monitor = running.monitor();
                let feeder = thread::spawn(move || {
                    for value in 11..1_000 {
                        producer.publish(|event| *event = value).expect("nobody holds it back");
                    }
                    assert_eq!((producer.free_slots(), producer.backlog()), (8, 0));
                    assert!(producer.try_publish(|_| ()).is_ok());
                });
                // Long enough for it to park.
                thread::sleep(Duration::from_millis(20));
                drop(audit);
                feeder.join().expect("nothing fails");
                let progress = monitor.stage("audit").expect("it was declared");
                assert_eq!((progress.backlog, progress.ended, monitor.free_slots()), (0, true, 8));
                running.join().map(drop).expect("nothing failed");
            })
        };
    }
    scenario!(single, Blocking::after(0));
    scenario!(multi, Blocking::after(0));
    scenario!(multi, LiteBlocking::default());

    // Beside a stage.
    within("released beside a stage", || {
        let count = Arc::new(AtomicI64::new(0));
        let work = counting(&count);
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            wait: Blocking;
            producer_wait: Blocking;
            work = work;
            audit { poll: release };
            < (work, audit) >
        };
        let (mut producer, running, pollers) = pipeline.spawn_with_pollers().expect("it starts");
        let feeder = thread::spawn(move || {
            for value in 0..1_000 {
                producer.publish(|event| *event = value).expect("nothing fails");
            }
        });
        until("the ring is full", || count.load(Ordering::Acquire) == 8);
        drop(pollers);
        feeder.join().expect("nothing fails");
        running.join().map(drop).expect("nothing failed");
        assert_eq!(count.load(Ordering::Acquire), 1_000);
    });
}

/// Two pollers side by side, and one behind the first of them; behind all a stage that blocks, and is woken by whom they waited on.
#[test]
fn those_behind_released_pollers_go_on() {
    macro_rules! scenario {
        ($chains:tt, $producers:ident) => {
            within("released in the middle", || {
                let (before, behind) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
                let (first, last) = (counting(&before), counting(&behind));
                let (mut producer, running, pollers) =
                    scenario!(@ $chains, $producers, first, last).spawn_with_pollers().expect("it starts");
                for value in 0..8 {
                    producer.publish(|event| *event = value).expect("there is room");
                }
                let (mut one, other, mut chained) = (pollers.one, pollers.other, pollers.chained);
                assert_eq!(chained.poll(|_, _, _| ()).expect("it is open"), Poll::Gated);
                let mut handled = 0;
                while handled < 2 {
                    if let Poll::Handled(some) = one.take(2 - handled).poll(|_, _, _| ()).expect("it is open") {
                        handled += some;
                    }
                }
                until("the stage before is through", || before.load(Ordering::Acquire) == 8);
                assert_eq!(chained.take(1).poll(|_, _, _| ()).expect("it is open"), Poll::Handled(1));
                assert_eq!(behind.load(Ordering::Acquire), 0, "the other has handled nothing");
                drop(one);
                drop(other);
                until("the stage behind goes on", || behind.load(Ordering::Acquire) == 1);
                // Also what its upstream had not handled.
                let mut handled = 1;
                while handled < 4 {
                    if let Poll::Handled(some) =
                        chained.take(4 - handled).poll(|_, _, _| ()).expect("it is open")
                    {
                        handled += some;
                    }
                }
                until("the stage behind goes on", || behind.load(Ordering::Acquire) == 4);
                // It parks now; and is woken, first by the release, and then by whom it waits on from then on.
                thread::sleep(Duration::from_millis(10));
                drop(chained);
                until("all is handled", || behind.load(Ordering::Acquire) == 8);
                for value in 8..1_000 {
                    producer.publish(|event| *event = value).expect("nobody holds it back");
                    if value % 100 == 0 {
                        // Time to park.
                        thread::sleep(Duration::from_millis(2));
                        until("it is woken", || behind.load(Ordering::Acquire) == value + 1);
                    }
                }
                drop(producer);
                running.join().map(drop).expect("nothing failed");
                assert_eq!(behind.load(Ordering::Acquire), 1_000);
            })
        };
        (@ behind_a_stage, $producers:ident, $first:ident, $last:ident) => {
            disruptor! {
                event: i64;
                ring: 8;
                producers: $producers;
                first { wait: Yielding } = $first;
                one { poll: release };
                other { poll: release };
                chained { poll: release };
                last { wait: Blocking::after(0) } = $last;
                < first -> (one -> chained, other) -> last >
            }
        };
        (@ behind_the_producers, $producers:ident, $first:ident, $last:ident) => {
            disruptor! {
                event: i64;
                ring: 8;
                producers: $producers;
                first { wait: Yielding } = $first;
                one { poll: release };
                other { poll: release };
                chained { poll: release };
                last { wait: LiteBlocking } = $last;
                < (one -> chained, other) -> last > < first >
            }
        };
    }
    scenario!(behind_a_stage, single);
    scenario!(behind_the_producers, single);
    scenario!(behind_the_producers, multi);
}

#[test]
fn a_poller_that_ends_the_pipeline() {
    within("end", || {
        let (before, behind) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
        let (first, last) = (counting(&before), counting(&behind));
        let pipeline = disruptor! {
            event: i64;
            ring: 16;
            first = first;
            audit { poll: end };
            last = last;
            < first -> audit -> last >
        };
        let (mut producer, running, pollers) = pipeline.spawn_with_pollers().expect("it starts");
        for value in 0..10 {
            producer.publish(|event| *event = value).expect("there is room");
        }
        until("they have come", || before.load(Ordering::Acquire) == 10);
        let mut audit = pollers.audit;
        assert_eq!(audit.take(4).poll(|_, _, _| ()).expect("it is open"), Poll::Handled(4));
        drop(audit);
        let closed = producer.publish(|_| ()).expect_err("it has ended");
        let text = "the pipeline is closed: its poller `audit`, which was to end it, was dropped";
        assert_eq!(closed.to_string(), text);
        running.join().map(drop).expect("nothing failed");
        assert_eq!((before.load(Ordering::Acquire), behind.load(Ordering::Acquire)), (10, 4));
    });
}

/// A poller that has come to its end and one that is released are not the same: those behind the first end where it did.
#[test]
fn a_poller_is_told_of_a_failure_and_of_a_halt() {
    within("told", || {
        let behind = Arc::new(AtomicI64::new(0));
        let last = counting(&behind);
        let pipeline = disruptor! {
            event: i64;
            ring: 16;
            check(&*) { batch: 1 } = |event| if *event == 3 { Err("three") } else { Ok(()) };
            audit { poll: release };
            last = last;
            < check -> audit -> last >
        };
        let (mut producer, running, pollers) = pipeline.spawn_with_pollers().expect("it starts");
        for value in 0..8 {
            let _ = producer.publish(|event| *event = value);
        }
        let (mut audit, mut seen) = (pollers.audit, Vec::new());
        let closed = loop {
            match audit.poll_within(Duration::from_millis(50), |event, _, _| seen.push(*event)) {
                Ok(_) => {}
                Err(PollError::Closed(closed)) => break closed,
                Err(error) => panic!("{error}"),
            }
        };
        assert_eq!(seen, [0, 1, 2]);
        assert_eq!((closed.stage(), closed.sequence()), (Some("check"), Some(3)));
        assert!(matches!(audit.poll(|_, _, _| ()), Err(PollError::Closed(_))), "and so again");
        running.join().map(drop).expect_err("a stage has failed");
        assert_eq!(behind.load(Ordering::Acquire), 3);

        let pipeline = disruptor! { event: i64; audit { poll: release }; < audit > };
        let (mut producer, running, mut pollers) = pipeline.spawn_with_pollers().expect("it starts");
        producer.publish(|_| ()).expect("there is room");
        running.halt().map(drop).expect("nothing failed");
        let Err(PollError::Closed(closed)) = pollers.audit.poll(|_, _, _| ()) else { panic!("it is halted") };
        assert!(closed.is_halted());
    });
}

#[test]
fn a_forgotten_poller_does_not_hold_up_a_halt() {
    within("forgotten", || {
        let pipeline = disruptor! { event: i64; ring: 4; audit { poll: release }; last(sequence) = |_| (); < audit -> last > };
        let (mut producer, running, pollers) = pipeline.spawn_with_pollers().expect("it starts");
        std::mem::forget(pollers);
        let feeder =
            thread::spawn(move || (0..).find_map(|value| producer.publish(|event| *event = value).err()));
        until("the ring is full", || running.monitor().free_slots() == 0);
        running.monitor().halt();
        assert!(feeder.join().expect("no panic").expect("it has ended").is_halted());
        running.join().map(drop).expect("nothing failed");
    });
}

#[derive(Default)]
struct Trade {
    order: i64,
    score: i64,
}

/// A poller that sees one field, beside a stage that writes another; and the whole, behind.
#[test]
fn a_poller_sees_what_its_list_names() {
    let pipeline = disruptor! {
        event: Trade;
        ring: 8;
        audit(&order) { poll: end, wait: Blocking };
        typed(&order: i64) { poll: release };
        score(&order, &mut score) = |order, score| *score = order * 2;
        report { poll: end };
        < (audit, typed, score) -> report >
    };
    let fed = pipeline.run_with_pollers(|producer, pollers| {
        for value in 0..5 {
            producer.publish(|trade| trade.order = value).expect("there is room");
        }
        let (mut audit, mut report) = (pollers.audit, pollers.report);
        // Released at once.
        drop(pollers.typed);
        let mut orders: Vec<i64> = vec![];
        audit.poll(|order, sequence, _| orders.push(*order - sequence)).expect("it is open");
        assert_eq!(orders, [0; 5]);
        let mut pairs = vec![];
        while pairs.len() < 5 {
            let polled = report
                .poll_within(Duration::from_secs(1), |trade, _, _| pairs.push((trade.order, trade.score)));
            polled.expect("it is open");
        }
        assert_eq!(pairs, [(0, 0), (1, 2), (2, 4), (3, 6), (4, 8)]);
        "fed"
    });
    let (fed, handlers) = fed.expect("nothing failed");
    let () = handlers.audit;
    assert_eq!(fed, "fed");
}

/// Events and handlers may borrow, and a closure that panics leaves nobody waiting.
#[test]
fn pollers_of_a_scoped_pipeline() {
    let texts = ["one".to_owned(), "two".to_owned()];
    let mut lengths = vec![];
    let pipeline = disruptor! {
        event: &str = "";
        audit { poll: release };
        last(&*) = |text| lengths.push(text.len());
        < audit -> last >
    };
    let fed = pipeline.run_with_pollers(|producer, mut pollers| {
        texts.iter().for_each(|text| drop(producer.publish(|event| *event = text)));
        let mut seen = vec![];
        pollers.audit.poll(|text, _, _| seen.push(*text)).expect("it is open");
        seen.concat()
    });
    assert_eq!(fed.expect("nothing failed").0, "onetwo");
    assert_eq!(lengths, [3, 3]);

    let pipeline = disruptor! { event: u64; audit { poll: end }; last(sequence) = |_| (); < audit -> last > };
    let ended: Result<(), _> = catch_unwind(AssertUnwindSafe(|| {
        let fed: Result<((), _), RunError> = pipeline.run_with_pollers(|_, _| panic!("the feed"));
        drop(fed);
    }));
    assert!(ended.is_err());
}

disruptor! {
    /// Orders, with types that can be written.
    struct Orders;
    event: Trade;
    ring: 8;
    wait: Yielding;
    audit(&order: i64) { poll: release, wait: PhasedBackoff<Blocking> = PhasedBackoff::before(Blocking::default()) };
    report { poll: end };
    < audit -> book -> report >
}

struct Gateway {
    producer: OrdersProducer,
    running: OrdersRunning<fn(&Trade, i64, bool)>,
    pollers: OrdersPollers,
}

#[test]
fn a_named_pipeline_names_its_pollers() {
    within("named", || {
        let orders: Orders<fn(&Trade, i64, bool)> = Orders { book: |_, _, _| () };
        let (producer, running, pollers) = orders.pipeline().spawn_with_pollers().expect("it starts");
        let Gateway { mut producer, running, mut pollers } = Gateway { producer, running, pollers };
        producer.publish(|trade| trade.order = 7).expect("there is room");
        let mut seen = 0;
        let polled = pollers.audit.poll_within(common::DEADLINE, |order, _, _| seen = *order);
        assert_eq!((polled.expect("it is open"), seen), (Poll::Handled(1), 7));
        drop(pollers.audit);
        producer.publish(|trade| trade.order = 8).expect("there is room");
        let mut orders = vec![];
        while orders.len() < 2 {
            let polled = pollers.report.poll_within(common::DEADLINE, |trade, _, _| orders.push(trade.order));
            polled.expect("it is open");
        }
        assert_eq!(orders, [7, 8]);
        drop((producer, pollers.report));
        running.join().map(drop).expect("nothing failed");
    });
}

#[test]
fn a_poller_that_publishes_to_a_full_ring_is_refused() {
    within("own ring", || {
        let pipeline = disruptor! { event: i64; ring: 4; audit { poll: release }; < audit > };
        let (mut producer, running, pollers) = pipeline.spawn_with_pollers().expect("it starts");
        let mut audit = pollers.audit;
        for value in 0..4 {
            producer.publish(|event| *event = value).expect("there is room");
        }
        let mut closed = None;
        let polled = audit.poll(|_, _, _| {
            assert!(matches!(producer.try_publish(|_| ()), Err(TryPublishError::Full)));
            closed = producer.publish(|_| ()).err();
            ControlFlow::Break(())
        });
        assert_eq!(polled.expect("it was open"), Poll::Handled(1));
        assert_eq!(closed.expect("it would wait for itself").stage(), Some("audit"));
        drop(audit);
        running.join().map(drop).expect_err("it has failed");
    });
}

/// Fewer threads than stages: the caller's are not counted, and `clear` comes behind a poller, too.
#[test]
fn pollers_have_no_thread() {
    within("threads", || {
        let pipeline = disruptor! {
            event: i64;
            threads: 2;
            a(sequence) = |_| ();
            b(sequence) = |_| ();
            c(sequence) = |_| ();
            audit { poll: end };
            clear: |event| *event = -1;
            < a -> b -> audit -> c > < b -> audit >
        };
        let (mut producer, running, mut pollers) = pipeline.spawn_with_pollers().expect("it starts");
        let threads: Vec<_> = running.plan().threads.iter().map(|row| row.stages.join(" + ")).collect();
        assert_eq!(threads, ["a + b", "c + clear"]);
        producer.publish(|event| *event = 5).expect("open");
        let polled = pollers.audit.poll_within(common::DEADLINE, |event, _, _| assert_eq!(*event, 5));
        assert_eq!(polled.expect("it is open"), Poll::Handled(1));
        drop((producer, pollers));
        running.join().map(drop).expect("nothing failed");

        let pipeline = disruptor! {
            event: i64;
            audit { poll: release };
            clear: |event| *event = -1;
            < audit >
        };
        assert!(pipeline.topology().to_text().contains("producer -> audit -> clear"));
    });
}
