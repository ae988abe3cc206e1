//! A handler that is scoped crosses to another thread all the same.
use std::cell::Cell;

use disruptor_pipeline::disruptor;

fn main() {
    let seen = Cell::new(0);
    let pipeline = disruptor! { event: u64; note(&*) = |event| seen.set(*event); < note > };
    pipeline.run(|producer| producer.publish(|event| *event = 1)).unwrap().0.unwrap();
}
