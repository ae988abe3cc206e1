//! Clauses of stages that are written otherwise.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: Vec<u8>,
    order: u64,
}

fn check(_: &u64) {}

fn main() {
    let _signs = disruptor! {
        event: Trade;
        a(&order): check;
        b(&order) => check;
        c(&order) -> check;
        d(&order) check;
        < a -> b -> c -> d >
    };
    let _parts = disruptor! {
        event: Trade;
        a(&order) = ;
        b { batch: 4 } (&order) = check;
        c(&order) = |order| *order + ;
        d(&order) = |order|;
        5;
        < a -> b -> c -> d >
    };
    let _twice = disruptor! {
        event: Trade;
        a(&order) = check;
        a(&raw) = |raw: &Vec<u8>| drop(raw.len());
        < a >
    };
}
