//! Closures that may not leave the thread that they are made on, for what they capture.
use std::cell::Cell;
use std::rc::Rc;

use disruptor_pipeline::disruptor;

fn main() {
    let seen = Rc::new(Cell::new(0));
    let (mine, listed) = (Rc::clone(&seen), Rc::clone(&seen));
    let _pipeline = disruptor! {
        event: u64;
        closure = move |event: &u64, _, _| mine.set(*event);
        listed(&*) = move |event| listed.set(*event);
        named = move |event: &u64, _: i64, _: bool| seen.set(*event);
        < closure -> listed -> named >
    };
}
