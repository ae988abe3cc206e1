//! A slot is published with a Relaxed store: what ThreadSanitizer must report, or it does not work here.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

struct Ring {
    cursor: AtomicUsize,
    slot: UnsafeCell<u64>,
}

// SAFETY: none. Nothing orders the slot's accesses.
unsafe impl Sync for Ring {}

static RING: Ring = Ring { cursor: AtomicUsize::new(0), slot: UnsafeCell::new(0) };

fn main() {
    let stage = thread::spawn(|| {
        while RING.cursor.load(Ordering::Acquire) == 0 {
            thread::yield_now();
        }
        // SAFETY: none, as above.
        unsafe { RING.slot.get().read_volatile() }
    });
    // SAFETY: none, as above.
    unsafe { RING.slot.get().write_volatile(7) };
    RING.cursor.store(1, Ordering::Relaxed);
    println!("{}", stage.join().expect("no panic"));
}
