//! Handlers that may not leave the thread they are made on.
use std::cell::Cell;
use std::rc::Rc;

use disruptor_pipeline::{Handler, HandlerResult, disruptor};

struct Worker(Rc<Cell<u64>>);

impl Handler<u64> for Worker {
    fn on_event(&mut self, event: &u64, _: i64, _: bool) -> HandlerResult {
        self.0.set(*event);
        Ok(())
    }
}

fn main() {
    let seen = Rc::new(Cell::new(0));
    let (mine, listed) = (Rc::clone(&seen), Rc::clone(&seen));
    let _pipeline = disruptor! {
        event: u64;
        worker = Worker(seen);
        closure = move |event: &u64, _, _| mine.set(*event);
        listed(&*) = move |event| listed.set(*event);
        < worker -> closure -> listed >
    };
}
