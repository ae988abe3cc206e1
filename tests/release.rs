//! A handler that lets go of a part of its batch: who is behind it goes on, and nothing of the rest is seen early.
#![forbid(unsafe_code)]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};

use common::{Gate, until, within};
use disruptor_pipeline::{All, Handler, HandlerMut, HandlerResult, Release, Sequence, disruptor};

/// Holds the first event, so that what follows is one batch; lets go at some events, and waits in the middle at another.
#[derive(Clone, Default)]
struct Slow {
    begins: Gate,
    middle: Gate,
    releases: Vec<Sequence>,
    /// Where it waits in the middle.
    waits: Sequence,
    /// Where it fails, so many times each.
    fails: Arc<Mutex<Vec<(Sequence, u32)>>>,
    last: Sequence,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Slow {
    fn new(releases: &[Sequence], waits: Sequence) -> Self {
        Self { releases: releases.to_vec(), waits, ..Self::default() }
    }

    fn failing(releases: &[Sequence], fails: &[(Sequence, u32)]) -> Self {
        let slow = Self::new(releases, -1);
        *slow.fails.lock().expect("whole") = fails.to_vec();
        slow
    }

    fn note(&self, call: String) {
        let mut calls = self.calls.lock().expect("whole");
        assert!(calls.len() < 80, "goes round in circles");
        calls.push(call);
    }

    fn calls(&self) -> String {
        self.calls.lock().expect("whole").join(" ")
    }

    fn event(&mut self, sequence: Sequence, end: bool) -> Result<Release, String> {
        self.last = sequence;
        if sequence == 0 {
            self.begins.pass();
        }
        if sequence == self.waits {
            self.middle.pass();
        }
        self.note(format!("{sequence}{}", if end { "." } else { "" }));
        let mut fails = self.fails.lock().expect("whole");
        if let Some((_, times)) = fails.iter_mut().find(|(at, times)| *at == sequence && *times > 0) {
            *times -= 1;
            return Err(format!("no {sequence}"));
        }
        Ok(if self.releases.contains(&sequence) { Release::Now } else { Release::AtEnd })
    }
}

impl Handler<i64> for Slow {
    fn on_batch_start(&mut self, size: usize, _: usize) {
        self.note(format!("[{size}"));
    }
    fn on_event(&mut self, _: &i64, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
        self.event(sequence, end_of_batch).map(drop).map_err(Into::into)
    }
    fn releases(&mut self) -> bool {
        self.releases.contains(&self.last)
    }
}

impl HandlerMut<i64> for Slow {
    fn on_batch_start(&mut self, size: usize, _: usize) {
        self.note(format!("[{size}"));
    }
    fn on_event(&mut self, _: &mut i64, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
        self.event(sequence, end_of_batch).map(drop).map_err(Into::into)
    }
    fn releases(&mut self) -> bool {
        self.releases.contains(&self.last)
    }
}

/// A stage `work` in front of `after`, in a ring of 8 that is full of one batch: the events 1 to 7. `work` lets go at 3, and waits at 5.
macro_rules! half_way {
    ($producers:ident, $slow:ident, $($work:tt)*) => {
        within(concat!("half way: ", stringify!($($work)*)), || {
            let $slow = Slow::new(&[3], 5);
            let slow = $slow.clone();
            let after = Arc::new(Mutex::new(Vec::new()));
            let seen = Arc::clone(&after);
            let pipeline = disruptor! {
                event: i64;
                ring: 8;
                producers: $producers;
                // Who parks is woken in the middle of the batch, too.
                wait: Blocking;
                producer_wait: Blocking;
                $($work)*
                after(sequence) = move |n| seen.lock().expect("whole").push(n);
                < work -> after >
            };
            let (mut producer, running) = pipeline.spawn().expect("starts");
            let monitor = running.monitor();
            let cursor = |name| monitor.stage(name).expect("there is one").cursor;
            producer.publish(|_| {}).map(drop).expect("open");
            slow.begins.reached();
            (1..8).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
            slow.begins.open();
            slow.middle.reached();
            until("who is behind goes on", || cursor("after") == 4);
            assert_eq!(cursor("work"), 4);
            // Four slots are free, and no more.
            (8..12).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
            assert!(producer.try_publish(|_| {}).is_err());
            assert_eq!((cursor("work"), cursor("after")), (4, 4));
            slow.middle.open();
            drop(producer);
            running.join().map(drop).expect("no failure");
            assert_eq!(*after.lock().expect("whole"), (0..12).collect::<Vec<_>>());
            slow.calls()
        })
    };
}

const EACH: &str = "0. 1 2 3 4 5 6 7. 8 9 10 11.";
const BATCHES: &str = "[1 0. [7 1 2 3 4 5 6 7. [4 8 9 10 11.";

#[test]
fn handlers_release_half_way() {
    assert_eq!(half_way!(single, slow, work = slow;), BATCHES);
    assert_eq!(half_way!(multi, slow, work = slow;), BATCHES);
    assert_eq!(half_way!(single, slow, work = move || slow;), BATCHES);
    assert_eq!(half_way!(single, slow, work(&mut *) = slow;), BATCHES);
}

#[test]
fn closures_release_half_way() {
    let with_list = half_way!(single, slow, work(sequence, end_of_batch) = {
        let mut slow = slow;
        move |n, end| slow.event(n, end)
    };);
    assert_eq!(with_list, EACH);
    let without_error = half_way!(multi, slow, work(&*, sequence, end_of_batch) = {
        let mut slow = slow;
        move |_, n, end| slow.event(n, end).expect("it does not fail")
    };);
    assert_eq!(without_error, EACH);
    let without_list = half_way!(single, slow, work = {
        let mut slow = slow;
        move |_: &i64, n: Sequence, end: bool| slow.event(n, end)
    };);
    assert_eq!(without_list, EACH);
    let hooked = half_way!(single, slow, work(sequence, end_of_batch) { start: |_| {} } = {
        let mut slow = slow;
        move |n, end| slow.event(n, end)
    };);
    assert_eq!(hooked, EACH);
}

/// One of two says so later.
#[test]
fn several_as_one_release_what_all_release() {
    let calls = half_way!(single, slow, work = {
        let mut sooner = slow.clone();
        (sooner.releases, sooner.waits, sooner.calls) = (vec![1, 2, 3], -1, Arc::default());
        All((sooner, slow))
    };);
    assert_eq!(calls, BATCHES);
}

/// Of slices, the first of a batch can go, where the ring wraps.
#[test]
fn a_slice_is_released_whole() {
    within("a slice", || {
        let (slow, after) = (Slow::new(&[], 4), Gate::default());
        let (mut work, seen) = (slow.clone(), after.clone());
        let pipeline = disruptor! {
            event: i64;
            ring: 4;
            wait: Blocking;
            work(&[*], sequence) = move |events, first| {
                work.event(first, false).expect("it does not fail");
                assert_eq!(events.len(), [1, 3, 1][[0, 1, 4].iter().position(|known| *known == first).expect("a slice")]);
                Release::Now
            };
            after(sequence) = move |n| if n == 3 { seen.pass() };
            < work -> after >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        after.open();
        producer.publish(|_| {}).map(drop).expect("open");
        slow.begins.reached();
        (1..4).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
        slow.begins.open();
        after.reached();
        producer.publish(|_| {}).map(drop).expect("open");
        slow.middle.open();
        drop(producer);
        running.join().map(drop).expect("no failure");
        assert_eq!(slow.calls(), "0 1 4");
    });
}

/// Who is fused to it follows at once, and holds the producer back no longer.
#[test]
fn what_is_fused_follows_what_is_released() {
    within("a fused stage", || {
        let (slow, follower) = (Slow::new(&[3], 5), Slow::new(&[], -1));
        follower.begins.open();
        let (work, follows) = (slow.clone(), follower.clone());
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            producer_wait: Blocking;
            < work + follows >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        producer.publish(|_| {}).map(drop).expect("open");
        slow.begins.reached();
        (1..8).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
        slow.begins.open();
        slow.middle.reached();
        assert_eq!(follower.calls(), "[1 0. [3 1 2 3.");
        (8..12).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
        slow.middle.open();
        drop(producer);
        running.join().map(drop).expect("no failure");
        assert_eq!(slow.calls(), BATCHES);
        assert_eq!(follower.calls(), "[1 0. [3 1 2 3. [4 4 5 6 7. [4 8 9 10 11.");
    });
}

/// And a fused stage may itself let go of a part of what it follows with.
#[test]
fn a_fused_stage_releases() {
    within("a fused stage that releases", || {
        let (slow, first) = (Slow::new(&[3], 5), Gate::default());
        let (follows, held) = (slow.clone(), first.clone());
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            wait: Blocking;
            producer_wait: Blocking;
            work(sequence) = move |n| if n == 0 { held.pass() };
            after(sequence) = |_| {};
            < work + follows -> after >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let monitor = running.monitor();
        slow.begins.open();
        producer.publish(|_| {}).map(drop).expect("open");
        first.reached();
        (1..8).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
        first.open();
        slow.middle.reached();
        until("who is behind goes on", || monitor.stage("after").is_some_and(|after| after.cursor == 4));
        (8..12).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
        slow.middle.open();
        drop(producer);
        running.join().map(drop).expect("no failure");
        assert_eq!(slow.calls(), BATCHES);
    });
}

/// Each worker lets go of its own; what is behind them waits for the slowest.
#[test]
fn workers_release() {
    within("workers", || {
        let slow = Slow::new(&[0, 1, 2, 3, 4, 5], 6);
        slow.begins.open();
        let first = Gate::default();
        let (worker, held) = (slow.clone(), first.clone());
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            wait: Blocking;
            first(sequence) = move |n| if n == 0 { held.pass() };
            after(sequence) = |_| {};
            < first -> [worker; 2] -> after >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let monitor = running.monitor();
        let cursor = |name| monitor.stage(name).expect("there is one").cursor;
        (0..8).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
        first.open();
        slow.middle.reached();
        // The worker of the odd events is through with all; that of the even ones has let go up to 4, and waits at 6.
        until("who is behind goes on", || cursor("after") == 5);
        assert_eq!((cursor("worker"), cursor("after")), (5, 5));
        slow.middle.open();
        drop(producer);
        running.join().map(drop).expect("no failure");
        assert_eq!(cursor("after"), 8);
    });
}

/// Also where the released event stands before a hole, behind one, or last.
#[test]
fn a_release_among_holes() {
    within("holes", || {
        let slow = Slow::new(&[1, 4, 5], 5);
        let work = slow.clone();
        let after = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&after);
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            producers: multi;
            wait: Blocking;
            after(sequence) = move |n| seen.lock().expect("whole").push(n);
            < work -> after >
        };
        let (mut producer, running) = pipeline.spawn().expect("starts");
        let monitor = running.monitor();
        producer.publish(|_| {}).map(drop).expect("open");
        slow.begins.reached();
        for n in 1..8 {
            let hole = [2, 3, 6].contains(&n);
            let write = |_: &mut i64| {
                if hole {
                    resume_unwind(Box::new("a hole"))
                }
            };
            assert_eq!(catch_unwind(AssertUnwindSafe(|| producer.publish(write))).is_err(), hole);
        }
        slow.begins.open();
        slow.middle.reached();
        until("who is behind goes on", || monitor.stage("after").is_some_and(|after| after.cursor == 5));
        assert_eq!(*after.lock().expect("whole"), [0, 1, 4]);
        slow.middle.open();
        drop(producer);
        running.join().map(drop).expect("no failure");
        assert_eq!(slow.calls(), "[1 0. [4 1 4 5 7.");
        assert_eq!(*after.lock().expect("whole"), [0, 1, 4, 5, 7]);
    });
}

/// Six events of which the last five are a batch, with `work` failing and letting go so: its calls, what came behind it, and its failure.
macro_rules! six_events {
    ($slow:expr, $($policy:tt)*) => {
        within("six events", || {
            let slow = $slow;
            let work = slow.clone();
            let after = Arc::new(Mutex::new(Vec::new()));
            let seen = Arc::clone(&after);
            let pipeline = disruptor! {
                event: i64;
                ring: 8;
                work { on_error: $($policy)* };
                after(sequence) = move |n| seen.lock().expect("whole").push(n);
                < work -> after >
            };
            let (mut producer, running) = pipeline.spawn().expect("starts");
            producer.publish(|_| {}).map(drop).expect("open");
            slow.begins.reached();
            (1..6).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
            slow.begins.open();
            drop(producer);
            let failure = running.join().err().map(|failure| failure.to_string());
            (slow.calls(), after.lock().expect("whole").clone(), failure)
        })
    };
}

/// And the batch begins anew there: its start is told again, with what is left of it.
#[test]
fn a_retry_rewinds_to_what_was_released_and_no_further() {
    let (calls, after, failure) = six_events!(Slow::failing(&[2], &[(4, 2)]), retry(2));
    assert_eq!(calls, "[1 0. [5 1 2 3 4 [3 3 4 [3 3 4 5.");
    assert_eq!((after, failure), (vec![0, 1, 2, 3, 4, 5], None));
    let (calls, _, failure) = six_events!(Slow::failing(&[2, 4], &[(3, 1), (5, 1)]), retry(1));
    assert_eq!((calls.as_str(), failure), ("[1 0. [5 1 2 3 [3 3 4 5. [1 5.", None));
}

#[test]
fn a_batch_of_which_nothing_was_released_begins_anew_as_a_whole() {
    let (calls, _, failure) = six_events!(Slow::failing(&[], &[(3, 2), (5, 1)]), retry(2));
    assert_eq!(calls, "[1 0. [5 1 2 3 [5 1 2 3 [5 1 2 3 4 5. [5 1 2 3 4 5.");
    assert_eq!(failure, None);
}

#[test]
fn a_skip_leaves_what_was_released() {
    let (calls, after, failure) = six_events!(Slow::failing(&[2, 4], &[(3, 1), (5, 1)]), skip);
    assert_eq!((calls.as_str(), failure), ("[1 0. [5 1 2 3 4 5.", None));
    assert_eq!(after, [0, 1, 2, 3, 4, 5]);
}

/// A handler that learns the end of its batches hands on what it has let go of, and nothing of the rest.
#[test]
fn a_failure_behind_a_release_leaves_what_was_released() {
    let (calls, after, failure) = six_events!(Slow::failing(&[2], &[(4, 1)]), stop);
    assert_eq!(calls, "[1 0. [5 1 2 3 4");
    assert_eq!(after, [0, 1, 2]);
    assert_eq!(failure.as_deref(), Some("stage `work` failed at sequence 4: no 4"));
}

/// The handlers fill buffers of the events that they let go of; producers overwrite at once.
#[test]
fn nothing_is_lost_or_seen_twice_however_it_is_released() {
    within("releases under load", || {
        const EVENTS: i64 = 200_000;
        let (mut before, mut behind, mut fused) = (0, 0, 0);
        let pipeline = disruptor! {
            event: i64;
            ring: 64;
            producers: multi;
            wait: Yielding;
            producer_wait: Yielding;
            first(&mut *, sequence) = |event, n| {
                *event *= 2;
                before += 1;
                if n % 3 == 0 { Release::Now } else { Release::AtEnd }
            };
            follows(&*, sequence) = |event, n| {
                fused += event;
                if n % 5 == 0 { Ok(Release::Now) } else if n < 0 { Err("never") } else { Ok(Release::AtEnd) }
            };
            behind(&*) = |event| behind += event;
            < first + follows -> behind >
        };
        let fed = pipeline.run(|producer| {
            std::thread::scope(|scope| {
                for half in 0..2 {
                    let mut producer = producer.clone();
                    scope.spawn(move || {
                        (0..EVENTS).filter(|n| n % 2 == half).for_each(|n| {
                            producer.publish(|event| *event = n).map(drop).expect("open");
                        });
                    });
                }
            });
        });
        fed.map(drop).expect("no failure");
        assert_eq!((before, fused, behind), (EVENTS, EVENTS * (EVENTS - 1), EVENTS * (EVENTS - 1)));
    });
}
