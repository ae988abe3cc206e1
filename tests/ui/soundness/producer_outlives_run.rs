//! A scoped pipeline's producer, and a clone of it, outlive the handlers that borrow.
use disruptor_pipeline::disruptor;

fn main() {
    let mut kept = None;
    {
        let mut sum = 0;
        let pipeline = disruptor! { event: u64; producers: multi; add(&*) = |event| sum += event; < add > };
        pipeline.run(|producer| kept = Some(producer)).unwrap();
    }
    kept.unwrap().publish(|event| *event = 1).unwrap();
}
