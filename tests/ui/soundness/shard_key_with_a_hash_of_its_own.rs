//! A hash that answers each worker otherwise may send an event to two of them: what they read must be `Sync`.

use std::cell::Cell;
use std::hash::{Hash, Hasher};

use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Fickle;

impl Hash for Fickle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::thread::current().name().hash(state);
    }
}

#[derive(Default)]
struct Event {
    key: Fickle,
    count: Cell<u64>,
}

fn main() {
    let _listed = disruptor! {
        event: Event;
        work(&count) { shard: &key } = |count| count.set(count.get() + 1);
        < [work; 2] >
    };
    let _whole = disruptor! {
        event: Event;
        work(&*) { shard: &key } = |event| event.count.set(event.count.get() + 1);
        < [work; 2] >
    };
    let _by_function = disruptor! {
        event: Event;
        work(&count) { shard: |_| std::thread::current().id() } = |count| count.set(count.get() + 1);
        < [work; 2] >
    };
    let _written = disruptor! {
        event: Event;
        work(&mut count) { shard: &key } = |count| count.set(count.get() + 1);
        < [work; 2] >
    };
}
