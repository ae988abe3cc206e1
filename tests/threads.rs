//! Starting: threads, their names and cores, what is refused and leaves nothing behind; and `run`, whose handlers borrow.
#![forbid(unsafe_code)]

mod common;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use common::{until, until_ended, within};
use disruptor_pipeline::{Closed, RunError, SpawnError, disruptor};

/// Counts how many of it there are.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The cores that are switched on.
#[cfg(target_os = "linux")]
fn online() -> Vec<usize> {
    common::cores(&fs::read_to_string("/sys/devices/system/cpu/online").expect("Linux"))
}

/// The cores that the calling thread may run on, as Linux lists them.
#[cfg(target_os = "linux")]
fn allowed() -> String {
    let status = fs::read_to_string("/proc/thread-self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    line.expect("Linux says so").trim().to_owned()
}

/// The names of this process's threads, as Linux keeps them; none elsewhere.
fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten();
    // A thread may end between the two calls.
    let name = |task: fs::DirEntry| fs::read_to_string(task.path().join("comm")).ok();
    tasks.filter_map(Result::ok).filter_map(name).map(|name| name.trim_end().to_owned()).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn a_core_that_is_not_there_is_an_error_that_lists_those_that_are() {
    let (handlers, events) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, last) = (Counted::new(&handlers), online().len() + 4_000);
    let slots = Arc::clone(&events);
    let pipeline = disruptor! {
        event: Counted = Counted::new(&slots);
        ring: 8;
        name: "nocore";
        first(sequence) = move |_| assert_eq!(counted.0.load(Ordering::SeqCst), 1);
        second(sequence) { core: last } = |_| {};
        < first -> second >
    };
    let Err(error) = pipeline.spawn() else { panic!("there is no core {last}") };
    let all = online().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let told = format!("stage `second` cannot be pinned to core {last}: the cores of this machine are {all}");
    assert_eq!(error.to_string(), told);
    let SpawnError::NoSuchCore { stage: "second", core, cores: there } = error else { panic!("{error:?}") };
    assert_eq!((core, there), (last, online()));
    assert_eq!((handlers.load(Ordering::SeqCst), events.load(Ordering::SeqCst)), (0, 0));
    until("nothing runs", || threads().iter().all(|name| !name.starts_with("nocore")));
}

#[test]
#[cfg(target_os = "linux")]
fn cores_are_given_to_the_threads_that_have_none_in_order() {
    let all = online();
    let (one, other) = (all[0], all[all.len() - 1]);
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let [a, b, c, d] = std::array::from_fn(|_| {
        let seen = Arc::clone(&seen);
        move |stage: &'static str| seen.lock().expect("no panic").push((stage, allowed()))
    });
    let pipeline = disruptor! {
        event: u64;
        cores: [one, other, one];
        a(sequence) { start: move |_| a("a") } = |_| {};
        b(sequence) { core: one, start: move |_| b("b") } = |_| {};
        c(sequence) { start: move |_| c("c") } = |_| {};
        d(sequence) { start: move |_| d("d") } = |_| {};
        < a -> b -> [c; 2] > < a + d >
    };
    pipeline.run(|_| ()).map(drop).expect("no stage fails");
    let mut seen = seen.lock().expect("no panic").clone();
    seen.sort_unstable();
    let mut told =
        [("a", one), ("b", one), ("c", other), ("c", one), ("d", one)].map(|(a, b)| (a, b.to_string()));
    told.sort_unstable();
    assert_eq!(seen, told);
}

#[test]
fn fewer_cores_than_threads_are_an_error() {
    let work = |_: &u64, _: i64, _: bool| {};
    let (a, b) = (work, work);
    let Err(error) = disruptor! { cores: [0]; < a -> b > }.spawn() else { panic!("two threads, one core") };
    let told =
        "2 threads are to be pinned, and `cores` names 1: 0; name one a thread, or fuse stages (`a + b`)";
    assert_eq!(error.to_string(), told);
}

#[test]
fn a_batch_of_none_or_of_more_than_the_ring_is_an_error() {
    for limit in [0, 9] {
        let pipeline = disruptor! {
            event: i64;
            ring: 8;
            name: "nobatch";
            first(sequence) { batch: limit } = |_| {};
            < first >
        };
        let mut fed = false;
        let Err(error) = pipeline.run(|_| fed = true) else { panic!("a batch of {limit}") };
        assert!(!fed, "it has not started");
        let told = format!("stage `first` has `batch: {limit}`: choose 1 to 8, the slots of the ring");
        assert_eq!(error.to_string(), told);
        let RunError::Spawn(SpawnError::BatchLimit { stage: "first", batch, ring: 8 }) = error else {
            panic!("{error:?}")
        };
        assert_eq!(batch, limit);
        until("nothing runs", || threads().iter().all(|name| !name.starts_with("nobatch")));
    }
    for limit in [1, 8] {
        let pipeline =
            disruptor! { event: i64; ring: 8; first(sequence) { batch: limit } = |_| {}; < first > };
        pipeline.run(|producer| producer.publish(|_| {}).map(drop)).expect("it starts").0.expect("open");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn threads_bear_the_names_of_pipeline_and_stage() {
    within("names", || {
        let names = |_: i64| {
            let thread = thread::current().name().map(str::to_owned);
            let system = fs::read_to_string("/proc/thread-self/comm").expect("Linux").trim_end().to_owned();
            (thread.expect("it has a name"), system)
        };
        let (mut seen, mut seen_own, mut seen_long) = (None, None, None);
        let pipeline = disruptor! {
            event: i64;
            name: "orders";
            risk(sequence) = |n| seen = Some(names(n));
            own(sequence) { name: format!("risk-{}", "eu") } = |n| seen_own = Some(names(n));
            replication(sequence) = |n| seen_long = Some(names(n));
            < (risk, own) -> replication >
        };
        assert_eq!(pipeline.topology().name, "orders");
        pipeline.run(|producer| producer.publish(|_| {}).map(drop)).expect("starts").0.expect("open");
        let both = |name: &str, system: &str| Some((name.to_owned(), system.to_owned()));
        assert_eq!(seen, both("orders/risk", "orders/risk"));
        assert_eq!(seen_own, both("risk-eu", "risk-eu"));
        // Linux keeps 15 bytes.
        assert_eq!(seen_long, both("orders/replication", "orders/replicat"));
    });
}

#[test]
fn a_thread_without_a_pipelines_name_bears_the_stages() {
    let mut seen = None;
    let pipeline = disruptor! {
        event: i64;
        risk(sequence) = |_| seen = thread::current().name().map(str::to_owned);
        < risk >
    };
    pipeline.run(|producer| producer.publish(|_| {}).map(drop)).expect("starts").0.expect("open");
    assert_eq!(seen.as_deref(), Some("risk"));
}

/// The standard library panics at such a name; the stages whose threads are there already must not wait for ever.
#[test]
fn a_name_that_no_thread_can_bear_is_an_error() {
    macro_rules! pipeline {
        () => {
            disruptor! {
                event: i64;
                name: "nulled";
                first(sequence) = |_| {};
                second(sequence) { name: "a\0b" } = |_| {};
                < first -> second >
            }
        };
    }
    within("a name with a NUL", || {
        let refused = |error: SpawnError| {
            let SpawnError::ThreadName { stage: "second", name } = &error else { panic!("{error:?}") };
            assert_eq!(name, "a\0b");
        };
        let Err(RunError::Spawn(error)) = pipeline!().run(|_| 0) else { panic!("there is no such name") };
        refused(error);
        let Err(error) = pipeline!().spawn() else { panic!("there is no such name") };
        refused(error);
        until("nothing runs", || threads().iter().all(|name| !name.starts_with("nulled")));
    });
}

#[test]
#[cfg(target_os = "linux")]
fn stages_are_pinned_also_from_a_pinned_thread() {
    within("pinning from a pinned thread", || {
        let cores = common::usable_cores();
        let (one, other) = (cores[0], cores[cores.len() - 1]);
        if one == other {
            println!("one core alone: pinning to another is not tried");
        }
        let mut outer = String::new();
        let mut inner = (String::new(), String::new());
        // A stage's thread is a thread that is pinned.
        let pipeline = disruptor! {
            event: i64;
            pinned(sequence) { core: one } = |_| {
                outer = allowed();
                let (seen_one, seen_other) = (&mut inner.0, &mut inner.1);
                let pipeline = disruptor! {
                    event: i64;
                    first(sequence) { core: one } = |_| *seen_one = allowed();
                    second(sequence) { core: other } = |_| *seen_other = allowed();
                    < first -> second >
                };
                pipeline.run(|producer| producer.publish(|_| {}).map(drop)).expect("starts").0.expect("open");
            };
            < pinned >
        };
        pipeline.run(|producer| producer.publish(|_| {}).map(drop)).expect("starts").0.expect("open");
        assert_eq!((outer, inner), (one.to_string(), (one.to_string(), other.to_string())));
    });
}

#[test]
fn run_lends_what_stands_around_it() {
    within("borrowed state", || {
        let words = ["to".to_owned(), "be".to_owned()];
        let mut longest = "";
        let mut count = 0;
        let pipeline = disruptor! {
            event: &str = "";
            read(&*) = |word| if word.len() > longest.len() { longest = *word };
            tally(&*) = |_| count += 1;
            < (read, tally) >
        };
        let (fed, _) = pipeline
            .run(|producer| {
                for word in words.iter().cycle().take(1_000) {
                    producer.publish(|event| *event = word).expect("open");
                }
                words.len()
            })
            .expect("no stage fails");
        assert_eq!((fed, longest, count), (2, "to", 1_000));
    });
}

#[test]
fn a_feed_that_panics_ends_its_pipeline_and_passes_the_panic_on() {
    within("a feed that panics", || {
        let mut count = 0;
        let pipeline = disruptor! { event: i64; tally(sequence) = |_| count += 1; < tally > };
        let run = catch_unwind(AssertUnwindSafe(|| {
            pipeline.run(|producer| {
                (0..100).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
                panic!("no more to feed");
            })
        }));
        let Err(payload) = run.map(drop) else { panic!("the feed's panic was lost") };
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"no more to feed"));
        assert_eq!(count, 100);
    });
}

#[test]
fn a_feed_that_keeps_a_clone_of_its_producer_ends_all_the_same() {
    within("a producer that outlives its feed", || {
        let mut count = 0;
        let pipeline =
            disruptor! { event: i64; producers: multi; tally(sequence) = |_| count += 1; < tally > };
        let (mut kept, _) = pipeline
            .run(|producer| {
                (0..100).for_each(|n| assert_eq!(producer.publish(|_| {}).expect("open"), n));
                producer.clone()
            })
            .expect("no stage fails");
        let closed: Closed = kept.publish(|_| panic!("written")).expect_err("closed");
        assert!(closed.failure().is_none());
        assert_eq!(count, 100);
    });
}

#[test]
fn a_failure_ends_a_run() {
    within("a run that fails", || {
        let pipeline = disruptor! { event: i64; fail(sequence) = |_| Err::<(), _>("no"); < fail > };
        let run = pipeline.run(|producer| while producer.publish(|_| {}).is_ok() {});
        let Err(RunError::Failed(failure)) = run else { panic!("it has failed") };
        assert_eq!(failure.to_string(), "stage `fail` failed at sequence 0: no");
    });
}

#[test]
fn every_event_of_the_ring_is_dropped_once() {
    within("events that are dropped", || {
        let events = Arc::new(AtomicUsize::new(0));
        let (slots, new) = (Arc::clone(&events), Arc::clone(&events));
        let pipeline =
            disruptor! { event: Counted = Counted::new(&slots); ring: 64; work(sequence) = |_| {}; < work > };
        assert_eq!(events.load(Ordering::SeqCst), 0);
        let (mut producer, running) = pipeline.spawn().expect("starts");
        assert_eq!(events.load(Ordering::SeqCst), 64);
        (0..100).for_each(|_| assert!(producer.publish(|event| *event = Counted::new(&new)).is_ok()));
        let monitor = running.monitor();
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        until_ended(&monitor);
        assert_eq!(events.load(Ordering::SeqCst), 64);
        drop(monitor);
        assert_eq!(events.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn a_ring_that_cannot_be_filled_drops_what_was_made() {
    let events = Arc::new(AtomicUsize::new(0));
    let slots = Arc::clone(&events);
    let pipeline = disruptor! {
        event: Counted = {
            assert!(slots.load(Ordering::SeqCst) < 5, "five are enough");
            Counted::new(&slots)
        };
        ring: 8;
        work(sequence) = |_| {};
        < work >
    };
    let spawned = catch_unwind(AssertUnwindSafe(|| pipeline.spawn().map(drop)));
    assert!(spawned.is_err());
    assert_eq!(events.load(Ordering::SeqCst), 0);
}
