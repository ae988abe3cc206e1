//! A claim shows its events by `&`: two threads may look at it together only where the events are `Sync`.
use std::cell::Cell;

use disruptor_pipeline::disruptor;

fn main() {
    let pipeline = disruptor! { event: Cell<u64>; handle(&*) = |_| {}; < handle > };
    let (mut producer, _running) = pipeline.spawn().unwrap();
    let claim = producer.claim(1).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| claim[0].set(1));
        claim[0].set(2);
    });
}
