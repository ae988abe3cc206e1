//! Closures that take something else than what is listed.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: u64,
    order: u64,
}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        unmarshal(&raw, &mut order) = |raw| drop(*raw);
        business = |event| drop(event.order);
        < unmarshal -> business >
    };
}
