//! A handler that borrows is given to threads that may outlive what it borrows.
use disruptor_pipeline::disruptor;

fn main() {
    let mut sum = 0;
    let pipeline = disruptor! {
        event: u64;
        add(&*) = |event| sum += event;
        < add >
    };
    let (_producer, _running) = pipeline.spawn().unwrap();
}
