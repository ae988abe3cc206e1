//! A process that enters a sandbox while its pipelines run: what the kernel has done for them, it does no more.
//!
//! Alone in its file, as the sandbox holds for the whole process.
#![cfg(all(target_os = "linux", not(miri)))]

mod common;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use common::{until, within};
use disruptor_pipeline::disruptor;
use disruptor_pipeline::wait::{Idle, Wait};

static LOOKS: AtomicU64 = AtomicU64::new(0);
static HANDLED: AtomicU64 = AtomicU64::new(0);

/// `LiteBlocking`, with its looks counted.
#[derive(Clone)]
struct Counted;

impl Wait for Counted {
    const BLOCKS: bool = true;
    const LITE: bool = true;

    fn idle(&mut self, _: u32) -> Idle {
        LOOKS.fetch_add(1, Ordering::Relaxed);
        Idle::Park(None)
    }
}

/// From now on `membarrier` is refused to every thread of this process. False if the system does not allow that.
fn refuse_membarrier() -> bool {
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let load = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    let equals = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    let give = (libc::BPF_RET | libc::BPF_K) as u16;
    let mut filter = [
        step(load, 0, 0, 0), // the number of the system call
        step(equals, 0, 1, libc::SYS_membarrier as u32),
        step(give, 0, 0, libc::SECCOMP_RET_ERRNO | libc::EPERM as u32),
        step(give, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    let (mode, flags) = (libc::SECCOMP_SET_MODE_FILTER, libc::SECCOMP_FILTER_FLAG_TSYNC);
    // SAFETY: the first call takes numbers; the second one reads the program, which lives until it returns.
    unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::syscall(libc::SYS_seccomp, mode, flags, &raw const program) == 0
    }
}

/// With the defect a stage that was parked looks again and again, without end, as soon as it has been woken once.
#[test]
fn a_lite_wait_does_not_burn_a_core_where_membarrier_is_refused() {
    within("sandbox", || {
        let pipeline = disruptor! {
            event: u64;
            ring: 4;
            wait: Counted;
            producer_wait: Counted;
            work(&*) = |_| _ = HANDLED.fetch_add(1, Ordering::Relaxed);
            < work >
        };
        let (mut producer, running) = pipeline.spawn().expect("it starts");
        until("it is about to park", || LOOKS.load(Ordering::Relaxed) > 0);
        thread::sleep(Duration::from_millis(50));
        if !refuse_membarrier() {
            println!("not tested: the system allows no sandbox here");
            return;
        }
        for event in 1..=10 {
            producer.publish(|_| ()).expect("nothing fails");
            until("it is woken", || HANDLED.load(Ordering::Relaxed) == event);
        }
        LOOKS.store(0, Ordering::Relaxed);
        thread::sleep(Duration::from_millis(500));
        let looks = LOOKS.load(Ordering::Relaxed);
        // One a millisecond, where a core that burns has hundreds.
        assert!((1..2_000).contains(&looks), "{looks} looks in half a second");
        (0..100).for_each(|_| _ = producer.publish(|_| ()).expect("nothing fails"));
        drop(producer);
        running.join().expect("nothing fails");
        assert_eq!(HANDLED.load(Ordering::Relaxed), 110);
    });
}
