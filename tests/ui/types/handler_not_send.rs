//! A handler that may not leave the thread that it is made on.
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
    let _pipeline = disruptor! {
        event: u64;
        worker = Worker(seen);
        < worker >
    };
}
