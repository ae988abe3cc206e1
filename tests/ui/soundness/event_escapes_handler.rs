//! A reference to a field outlives the handler's call.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    price: u64,
}

fn main() {
    let mut escaped: Vec<&u64> = Vec::new();
    let pipeline = disruptor! {
        event: Trade;
        keep(&price) = |price| escaped.push(price);
        < keep >
    };
    pipeline.run(|producer| producer.publish(|event| event.price = 1)).unwrap().0.unwrap();
}
