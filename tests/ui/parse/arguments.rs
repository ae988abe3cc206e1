//! Entries of argument lists that mean nothing.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: Vec<u8>,
    order: u64,
}

fn check<A, B, C>(_: A, _: B, _: C) {}

fn main() {
    let _words = disruptor! {
        event: Trade;
        a(raw, mut order, sequense) = |raw, order, sequence| check(raw, order, sequence);
        b(&raw order, 5) = |raw, order| check(raw, order, 0);
        < a -> b >
    };
    let _places = disruptor! {
        event: Trade;
        a(&raw.len, &&order, &) = |raw, order, other| check(raw, order, other);
        b(&[4]) = |batch| drop(batch.len());
        c(&0u8, &"raw", &'a) = |zero, raw, a| check(zero, raw, a);
        d(&raw, , &order) = |raw, order| check(raw, order, 0);
        < a -> b -> c -> d >
    };
    let _together = disruptor! {
        event: Trade;
        a(&[*], &raw) = |batch, raw| check(batch, raw, 0);
        b(&raw, &raw) = |one, other| check(one, other, 0);
        < a -> b >
    };
}
