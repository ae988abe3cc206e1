//! A `;` that is missing, or a `,` in its place: the next clause is read all the same.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: Vec<u8>,
    order: u64,
}

fn check(_: &u64) {}

fn main() {
    let _settings = disruptor! {
        event: Trade ring: 64, name: "orders";
        decode(&raw) = |raw| drop(raw.len());
        < decode >
    };
    let _stages = disruptor! {
        event: Trade;
        decode(&raw) = |raw| drop(raw.len()), price(&order) = |order| drop(*order) risk(&order) = check;
        < decode -> price -> risk >
    };
    let _before_a_chain = disruptor! {
        event: Trade;
        decode(&raw) = |raw| drop(raw.len())
        < decode >
    };
    let _at_the_end = disruptor! {
        event: Trade;
        < risk >
        risk(&order) = check
    };
}
