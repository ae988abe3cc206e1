//! An event that borrows is not given to threads that may outlive what it borrows.
use disruptor_pipeline::disruptor;

fn main() {
    let text = String::from("x");
    let look = |_: &Option<&str>, _: i64, _: bool| {};
    let (mut producer, _running) = disruptor! { < look > }.spawn().unwrap();
    producer.publish(|event| *event = Some(&text)).unwrap();
}
