//! Chains with something missing, or too much.
use disruptor_pipeline::disruptor;

fn a<E>(_: &E, _: i64, _: bool) {}
fn b<E>(_: &E, _: i64, _: bool) {}
fn c<E>(_: &E, _: i64, _: bool) {}
fn d<E>(_: &E, _: i64, _: bool) {}

fn main() {
    let _missing = disruptor! {
        event: u64;
        < >
        < a -> () >
        < a b >
        < -> b >
        < b -> >
        < c -> -> d >
        < a (b, c) >
    };
    let _too_much = disruptor! {
        event: u64;
        < a, b >
        < a -> @ b >
        < c; d >
        < a + (b, c) >
        < (a, , d) >
    };
    let _names = disruptor! {
        event: u64;
        < a -> for >
        < b -> _ >
        < c -> 5 >
    };
    let _shards = disruptor! {
        event: u64;
        < [; 4] >
        < [a] >
        < [b; 0] >
    };
}
