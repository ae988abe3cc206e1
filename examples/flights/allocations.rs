//! Counts allocations of the calling thread, for the test that parsing makes none.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use crate::columns::Columns;
use crate::event::Flight;
use crate::lines::RawLine;

struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is handed to the system's allocator as it is; the count is a thread's own and allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is handed on.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The allocations that `act` makes.
fn allocations(act: impl FnOnce()) -> u64 {
    let before = COUNT.get();
    act();
    COUNT.get() - before
}

#[test]
fn a_line_is_taken_and_parsed_without_allocation() {
    let columns = Columns::find(b"carrier,dep_delay,dest").expect("a header");
    let lines: [&[u8]; 6] =
        [b"UA,-3,IAH", b"\"B6\",\"12\",\"A, \"\"B\"\"\"", b"MQ,NA,X", b"AA,,X", b"too,few", b"AA,soon,X"];
    let mut flight = Flight::default();
    let mut valid = 0;
    let made = allocations(|| {
        for (number, bytes) in (2..).zip(lines.into_iter().cycle().take(600)) {
            flight.line.set(RawLine { number, bytes });
            valid += usize::from(flight.record.parse(flight.line.bytes(), &columns).is_ok());
        }
    });
    assert_eq!((valid, made), (400, 0));
    assert_eq!(allocations(|| drop(Vec::<u8>::with_capacity(1))), 1, "the count counts");
}
