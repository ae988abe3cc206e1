//! Where threads run: cores that are chosen, priorities, huge pages, and the plan that says what came of it.
#![forbid(unsafe_code)]

mod common;

use std::sync::{Arc, Mutex};

use common::within;
use disruptor_pipeline::{RunError, RunPlan, Scheduling, SpawnError, Warning, disruptor};

/// What Linux says of the calling thread in a line of its status.
#[cfg(target_os = "linux")]
fn status(line: &str) -> String {
    let status = std::fs::read_to_string("/proc/thread-self/status").expect("Linux");
    let line = status.lines().find_map(|text| text.strip_prefix(line)).expect("Linux says so");
    line.trim_start_matches(':').trim().to_owned()
}

/// The cores that the calling thread may run on.
#[cfg(target_os = "linux")]
fn mask() -> Vec<usize> {
    common::cores(&status("Cpus_allowed_list"))
}

/// How the calling thread is scheduled: Linux's number of the policy, and the real-time priority.
#[cfg(target_os = "linux")]
fn scheduled() -> (u32, u32) {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").expect("Linux");
    // The name stands in parentheses, and may hold anything.
    let (_, fields) = stat.rsplit_once(") ").expect("Linux");
    let fields: Vec<_> = fields.split(' ').collect();
    let number = |field: usize| fields[field - 3].trim().parse().expect("a number");
    (number(41), number(40))
}

/// What threads say of themselves, each with its stage.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<(&'static str, String)>>>);

impl Said {
    fn say(&self, stage: &'static str, what: impl ToString) {
        self.0.lock().expect("no panic").push((stage, what.to_string()));
    }

    fn all(&self) -> Vec<(&'static str, String)> {
        let mut all = self.0.lock().expect("no panic").clone();
        all.sort_unstable();
        all
    }
}

#[test]
fn the_plan_has_a_row_a_thread() {
    within("plan", || {
        fn work(_: &u64, _: i64, _: bool) {}
        let (journal, audit, business) = (work, work, work);
        let pipeline = disruptor! {
            event: u64;
            ring: 64;
            name: "orders";
            wait: Yielding;
            journal { batch: 16 } = journal;
            work { wait: Blocking, batch: 64 } = work;
            business { wait: PhasedBackoff::before(disruptor_pipeline::wait::Blocking::default()), name: "last" } = business;
            < journal + audit -> [work; 2] -> business > < journal -> business >
        };
        let (producer, running) = pipeline.spawn().expect("it starts");
        let told = "\
orders: 4 threads, a ring of 64
stages           thread          core  scheduling  wait                     after     batch
journal + audit  orders/journal     -  ordinary    Yielding                 producer     16
work[0]          orders/work[0]     -  ordinary    Blocking                 audit         -
work[1]          orders/work[1]     -  ordinary    Blocking                 audit         -
business         last               -  ordinary    PhasedBackoff<Blocking>  work          -
";
        assert_eq!(running.plan().to_string(), told);
        assert_eq!(running.plan(), running.monitor().plan());
        assert_eq!(producer.monitor().plan().threads[0].stages, ["journal", "audit"]);
        drop(producer);
        running.join().map(drop).expect("no stage fails");
    });
}

/// Starts four stages on cores that are chosen, and gives the plan and where the threads found themselves.
#[cfg(target_os = "linux")]
fn four_on_chosen_cores() -> (Arc<RunPlan>, Vec<(&'static str, String)>, usize) {
    let said = Said::default();
    let [a, b, c, d] = std::array::from_fn(|_| said.clone());
    let pipeline = disruptor! {
        event: u64;
        wait: Blocking;
        a(sequence) { start: move |_| a.say("a", status("Cpus_allowed_list")) } = |_| {};
        b(sequence) { start: move |_| b.say("b", status("Cpus_allowed_list")) } = |_| {};
        c(sequence) { start: move |_| c.say("c", status("Cpus_allowed_list")) } = |_| {};
        d(sequence) { start: move |_| d.say("d", status("Cpus_allowed_list")) } = |_| {};
        < a -> (b, c) -> d >
    };
    let (mut producer, running) = pipeline.auto_cores().spawn().expect("it never fails");
    let plan = running.plan();
    producer.publish(|_| {}).expect("open");
    drop(producer);
    running.join().map(drop).expect("no stage fails");
    (plan, said.all(), mask().len())
}

#[test]
#[cfg(target_os = "linux")]
fn chosen_cores_are_different_ones_and_the_threads_beyond_stay_unpinned_with_a_warning() {
    within("auto", || {
        let (plan, said, usable) = four_on_chosen_cores();
        let mut pinned: Vec<_> = plan.threads.iter().filter_map(|thread| thread.core).collect();
        for (thread, (stage, cores)) in plan.threads.iter().zip(&said) {
            assert_eq!(thread.stages, [*stage]);
            if let Some(core) = thread.core {
                assert_eq!(*cores, core.to_string(), "{plan}");
            }
        }
        pinned.sort_unstable();
        pinned.dedup();
        // One is left to the producer.
        let expected = 4.min(usable - 1);
        assert!(pinned.len() >= expected, "{plan}");
        let left: Vec<_> = plan.threads.iter().filter(|thread| thread.core.is_none()).collect();
        assert_eq!(pinned.len() + left.len(), 4, "no core was given twice: {plan}");
        let unpinned: Vec<_> = left.iter().map(|thread| thread.thread.clone()).collect();
        let warned = Warning::TooFewCores { threads: 4, cores: pinned.len(), unpinned };
        assert_eq!(plan.warnings, if left.is_empty() { vec![] } else { vec![warned] });
    });
}

#[test]
#[cfg(target_os = "linux")]
fn a_pinned_producer_keeps_its_core_and_hides_no_other() {
    within("pinned producer", || {
        let all = mask();
        for core in [all[0], all[all.len() - 1]] {
            let free = all.clone();
            // A pipeline of one stage that is pinned: what starts another from there is pinned, too.
            let outer = disruptor! {
                event: u64;
                outer(sequence) { core: core } = move |_| {
                    assert_eq!(mask(), [core]);
                    let (plan, said, _) = four_on_chosen_cores();
                    assert!(plan.threads.iter().all(|thread| thread.core != Some(core)), "{plan}");
                    let pinned = plan.threads.iter().filter(|thread| thread.core.is_some()).count();
                    assert!(pinned >= 4.min(free.len() - 1), "{plan}");
                    // Those that are left do not share the producer's core alone, as they would by inheritance.
                    for (_, cores) in said {
                        assert!(free.len() == 1 || cores != core.to_string(), "{plan}");
                    }
                };
                < outer >
            };
            outer
                .run(|producer| producer.publish(|_| {}).map(drop))
                .expect("no stage fails")
                .0
                .expect("open");
        }
    });
}

#[test]
#[cfg(target_os = "linux")]
fn threads_that_inherit_the_callers_pin_are_warned_of() {
    within("inherited pin", || {
        let all = mask();
        let core = all[0];
        let outer = disruptor! {
            event: u64;
            outer(sequence) { core: core } = move |_| {
                let (a, b) = (|_: &u64, _: i64, _: bool| {}, |_: &u64, _: i64, _: bool| {});
                let (producer, running) = disruptor! { event: u64; b { core: core } = b; < a -> b > }.spawn().expect("it starts");
                let warned = Warning::CallerIsPinned { core, threads: vec!["a".to_owned()] };
                assert_eq!(running.plan().warnings, if all.len() == 1 { vec![] } else { vec![warned] });
                drop((producer, running));
            };
            < outer >
        };
        outer.run(|producer| producer.publish(|_| {}).map(drop)).expect("no stage fails").0.expect("open");
    });
}

#[test]
#[cfg(target_os = "linux")]
fn a_priority_is_had_or_its_refusal_is_said() {
    within("priority", || {
        let said = Said::default();
        let [a, b] = std::array::from_fn(|_| said.clone());
        let pipeline = disruptor! {
            event: u64;
            wait: Blocking;
            a(sequence) { start: move |_| a.say("a", format!("{:?}", scheduled())) } = |_| {};
            b(sequence) { start: move |_| b.say("b", format!("{:?}", scheduled())) } = |_| {};
            < a -> b >
        };
        let (producer, running) = pipeline.priority(7).spawn().expect("it starts in any case");
        let plan = running.plan();
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        for (thread, (_, said)) in plan.threads.iter().zip(said.all()) {
            let told = if thread.scheduling == Scheduling::Fifo(7) { "(1, 7)" } else { "(0, 0)" };
            assert_eq!(said, told, "{plan}");
        }
        match plan.warnings.as_slice() {
            [] => {
                assert!(plan.threads.iter().all(|thread| thread.scheduling == Scheduling::Fifo(7)), "{plan}")
            }
            [Warning::PriorityRefused { priority: 7, threads, .. }] => {
                assert_eq!(threads, &["a", "b"], "{plan}");
                assert!(
                    plan.threads.iter().all(|thread| thread.scheduling == Scheduling::Ordinary),
                    "{plan}"
                );
            }
            other => panic!("{other:?}"),
        }
        // The producer's thread is the user's.
        assert_eq!(scheduled().1, 0);
    });
}

#[test]
fn a_priority_that_there_is_not_is_an_error() {
    for priority in [0, 100] {
        let a = |_: &u64, _: i64, _: bool| {};
        let pipeline = disruptor! { event: u64; < a > };
        let Err(RunError::Spawn(error)) = pipeline.priority(priority).run(|_| ()) else {
            panic!("{priority}")
        };
        assert_eq!(error.to_string(), format!("there is no real-time priority {priority}: choose 1 to 99"));
        assert!(matches!(error, SpawnError::NoSuchPriority { .. }));
    }
}

#[test]
fn huge_pages_are_had_or_their_refusal_is_said() {
    within("huge pages", || {
        let sum = |slots: &mut u64, event: &[u64; 128]| *slots += event.iter().sum::<u64>();
        let mut total = 0;
        let pipeline = disruptor! {
            event: [u64; 128] = [1; 128];
            // 16 MiB.
            ring: 1 << 14;
            add(&*, sequence) = |event, _sequence| sum(&mut total, event);
            < add >
        };
        let (plan, _) = pipeline
            .huge_pages(true)
            .run(|producer| {
                for _ in 0..(1 << 14) + 5 {
                    producer.publish(|_| {}).expect("open");
                }
                producer.monitor().plan()
            })
            .expect("it starts in any case");
        assert_eq!(total, 128 * ((1 << 14) + 5), "every slot was filled");
        let bytes = plan.huge_bytes.expect("they were asked for");
        match plan.warnings.as_slice() {
            [] => assert!(bytes >= 14 << 20 && bytes % (1 << 16) == 0, "{plan}"),
            [Warning::HugePagesRefused { reason }] => {
                assert!(!reason.is_empty() && bytes < 16 << 20, "{plan}")
            }
            other => panic!("{other:?}"),
        }
        let told = format!("pipeline: 1 thread, a ring of 16384, {} KiB on huge pages", bytes >> 10);
        assert_eq!(plan.to_string().lines().next(), Some(told.as_str()));
    });
}

#[test]
fn nothing_that_was_not_asked_for_is_in_the_plan() {
    let a = |_: &u64, _: i64, _: bool| {};
    let (producer, running) = disruptor! { event: u64; < a > }.spawn().expect("it starts");
    let plan = running.plan();
    assert_eq!((plan.huge_bytes, plan.threads[0].core, plan.threads[0].batch), (None, None, None));
    drop(producer);
    running.join().map(drop).expect("no stage fails");
}
