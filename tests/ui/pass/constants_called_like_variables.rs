//! Constants, statics and unit structs in scope that are called like the expansion's variables would be: in a pattern, each
//! would stand for itself.
#![allow(non_upper_case_globals, non_camel_case_types, dead_code)]

use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
    score: u64,
}

const handler: u32 = 1;
const sequence: i64 = 1;
static end_of_batch: bool = true;
static stages: u32 = 1;
struct a0;
struct a1;
struct batch;
struct error;
struct event;
struct events;
struct h0;
struct key;
struct on_error;
struct pipeline;
struct plan;
struct producer_wait;
struct project;
struct ring;
struct tail;
struct wait;

fn main() {
    let _settings = disruptor! {
        event: Trade;
        wait: PhasedBackoff = PhasedBackoff::default();
        producer_wait: Yielding;
        on_error: skip;
        cores: [0];
        risk(&order, &mut score) = |order, score| *score = *order;
        < risk >
    };
    let _stages = disruptor! {
        event: Trade;
        work(&order, sequence) { shard: &order, start: |_| () } = |_, _| ();
        slices(&[*], end_of_batch) = |_, _| ();
        plan { shard: |trade| trade.order } = |_, _, _| ();
        made(&order) = || |_| ();
        first(&*) = |_| ();
        < [work; 2] -> slices -> [plan; 2] -> made -> first + second >
    };
}

fn second(_: &Trade, _: i64, _: bool) {}

disruptor! {
    struct Orders;
    event: Trade;
    risk(&order: u64, &mut score: u64);
    < risk -> book >
}
