//! Waits and policies of the user's own whose names are nearly the runtime's; and fields that are `input`.
#![deny(warnings)]
use disruptor_pipeline::wait::{Idle, Wait};
use disruptor_pipeline::{Decision, Fault, OnError, disruptor};

#[derive(Clone)]
struct Blocking2;

impl Blocking2 {
    fn new() -> Self {
        Self
    }
}

impl Wait for Blocking2 {
    const BLOCKS: bool = false;

    fn idle(&mut self, _: u32) -> Idle {
        Idle::Look
    }
}

struct Skipp;

impl OnError for Skipp {
    fn decide(&mut self, _: &Fault<'_>) -> Decision {
        Decision::Skip
    }
}

fn retries(_: u32) -> Skipp {
    Skipp
}

#[derive(Default)]
struct Trade {
    raw: u64,
    order: u64,
}

fn main() {
    let skipp = Skipp;
    let pipeline = disruptor! {
        event: Trade;
        input: raw;
        wait: Blocking2::new();
        decode(&raw, &mut order) { on_error: skipp, wait: Blocking2 } = |raw, order| *order = raw + 1;
        risk(&order) { on_error: retries(3) } = |order| assert_eq!(*order, 1);
        price(&order) { on_error: Skipp } = |order| assert_eq!(*order, 1);
        < decode -> (risk, price) >
    };
    pipeline.run(|producer| producer.publish(|_| ()).unwrap()).unwrap();
}
