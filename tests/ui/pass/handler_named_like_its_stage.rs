//! The argument list of a stage without `=` goes to the function that is called like the stage.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: u64,
    order: u64,
}

fn unmarshal(raw: &u64, order: &mut u64) {
    *order = raw + 1;
}

fn main() {
    let mut sum = 0;
    let pipeline = disruptor! {
        event: Trade;
        unmarshal(&raw, &mut order);
        business(&order) = |order| sum += order;
        < unmarshal -> business >
    };
    pipeline.run(|producer| producer.publish(|event| event.raw = 4)).unwrap().0.unwrap();
    assert_eq!(sum, 5);
}
