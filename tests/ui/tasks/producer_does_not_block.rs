//! A task sleeps only where somebody wakes it: the producer's wait must block.
use disruptor_pipeline::disruptor;

async fn feed() {
    let handle = |_: &u64, _: i64, _: bool| {};
    let (mut producer, _running) = disruptor! { < handle > }.spawn().unwrap();
    producer.publish_async(|event| *event = 1).await.unwrap();

    let pipeline = disruptor! { producer_wait: Yielding; < handle > };
    let (mut producer, _running) = pipeline.spawn().unwrap();
    producer.publish_batch_async(1, |_| {}).await.unwrap();
}

fn main() {
    let _ = feed();
}
