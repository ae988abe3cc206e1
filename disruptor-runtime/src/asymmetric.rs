//! Asymmetric fences: of two threads that must not miss each other, the one that seldom comes pays for both.
//!
//! Two threads that each store one word and then load the other's need a fence each between the two (Dekker), which costs those
//! who publish some ten nanoseconds an event. On Linux one side can do without: `membarrier` has every running thread of the
//! process pass a fence, so that whoever calls it fences for the others, too, at any point where their code is in the written
//! order. See "asymmetric fences" in the C++ paper P1202, and `membarrier(2)`.
//!
//! Where the system has no `membarrier`, both sides fence. Where it has taken it back, as a process does that enters a sandbox, those who
//! publish fence as soon as they see it; until then they may miss who parks, who therefore does so with a limit.

#[cfg(all(target_os = "linux", not(any(miri, loom, shuttle))))]
pub(crate) use self::membarrier::{heavy_fence, is_refused, light_fence};
#[cfg(not(all(target_os = "linux", not(any(miri, loom, shuttle)))))]
pub(crate) use self::symmetric::{heavy_fence, is_refused, light_fence};

#[cfg(not(all(target_os = "linux", not(any(miri, loom, shuttle)))))]
mod symmetric {
    use crate::sync::{Ordering, fence};

    /// The frequent side.
    #[inline(always)]
    pub(crate) fn light_fence() {
        fence(Ordering::SeqCst);
    }

    /// The rare side. True: nobody is missed.
    pub(crate) fn heavy_fence() -> bool {
        fence(Ordering::SeqCst);
        true
    }

    /// Nobody refuses a fence.
    pub(crate) fn is_refused() -> bool {
        false
    }
}

#[cfg(all(target_os = "linux", not(any(miri, loom, shuttle))))]
mod membarrier {
    use crate::sync::process::{AtomicBool, LazyLock, compiler_fence};
    use crate::sync::{Ordering, fence};

    /// The kernel fences for us: those who publish need not. Set once, before the first [`heavy_fence`] returns, and taken back where the
    /// kernel refuses.
    static KERNEL_FENCES: AtomicBool = AtomicBool::new(false);

    /// The kernel has agreed to fence for us, and then refused.
    static REFUSED: AtomicBool = AtomicBool::new(false);

    /// Whether the kernel lets us, asked once.
    static REGISTERED: LazyLock<bool> = LazyLock::new(|| {
        let can = call(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
        // Relaxed: who does not see it yet fences for itself, which is never wrong.
        KERNEL_FENCES.store(can, Ordering::Relaxed);
        can
    });

    /// The frequent side: one load of a word that hardly ever changes, in place of a fence.
    #[inline(always)]
    pub(crate) fn light_fence() {
        if KERNEL_FENCES.load(Ordering::Relaxed) {
            // The processor's part is done by `heavy_fence`; the compiler must keep the order, too.
            compiler_fence(Ordering::SeqCst);
        } else {
            fence(Ordering::SeqCst);
        }
    }

    /// The rare side. False where the kernel refused, which it does only if it was told to after it had registered us: then somebody
    /// may be missed.
    #[cold]
    pub(crate) fn heavy_fence() -> bool {
        fence(Ordering::SeqCst);
        if !*REGISTERED || call(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED) {
            return true;
        }
        // Relaxed: nobody relies on when it is seen.
        KERNEL_FENCES.store(false, Ordering::Relaxed);
        REFUSED.store(true, Ordering::Relaxed);
        false
    }

    /// True once the kernel has refused: who parks may be missed, and must not park without a limit.
    pub(crate) fn is_refused() -> bool {
        REFUSED.load(Ordering::Relaxed)
    }

    fn call(command: libc::c_int) -> bool {
        // SAFETY: this system call takes three integers, and touches no memory of ours.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_kernel_does_what_it_has_promised() {
            assert!(heavy_fence());
            assert_eq!(KERNEL_FENCES.load(Ordering::Relaxed), *REGISTERED);
        }
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_utils::CachePadded;

    use super::*;
    use crate::sync::{Arc, AtomicU32, Ordering, thread};

    fn spin_until(word: &AtomicU32, round: u32) {
        let mut looks = 0_u32;
        while word.load(Ordering::Acquire) < round {
            looks += 1;
            if looks.is_multiple_of(1 << 14) {
                thread::yield_now();
            }
        }
    }

    /// Dekker's handshake, many times: never do both sides miss each other's store. Where there are two cores and no fence, some
    /// of a thousand rounds do.
    #[test]
    fn of_two_threads_at_least_one_sees_the_other() {
        const ROUNDS: u32 = 50_000;
        assert!(heavy_fence());
        let words: Arc<[CachePadded<AtomicU32>; 4]> = Arc::default();
        let theirs = Arc::clone(&words);
        let frequent = thread::spawn(move || {
            let [mine, yours, begin, done] = &*theirs;
            let mut seen = Vec::with_capacity(ROUNDS as usize);
            for round in 1..=ROUNDS {
                spin_until(begin, round);
                mine.store(round, Ordering::Relaxed);
                light_fence();
                seen.push(yours.load(Ordering::Relaxed) == round);
                done.store(round, Ordering::Release);
            }
            seen
        });
        let [yours, mine, begin, done] = &*words;
        let mut seen = Vec::with_capacity(ROUNDS as usize);
        for round in 1..=ROUNDS {
            begin.store(round, Ordering::Release);
            // Until the other side has seen it, more or less.
            (0..round % 256).for_each(|_| std::hint::black_box(()));
            mine.store(round, Ordering::Relaxed);
            assert!(heavy_fence());
            seen.push(yours.load(Ordering::Relaxed) == round);
            spin_until(done, round);
        }
        let theirs = frequent.join().expect("no panic");
        let missed = seen.iter().zip(theirs).filter(|(rare, frequent)| !*rare && !frequent).count();
        assert_eq!(missed, 0, "of {ROUNDS} rounds");
    }
}
